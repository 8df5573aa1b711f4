/**
 * @file This library in a process of its own: `ours.ts DEVICE [PRECISION]`. Empty clusters keep their
 * centroids, and all iterations are done.
 */
import type { FastKMeansOptions } from '../../src/index.js'
import { FastKMeans } from '../library.js'
import { serve } from './serve.js'

const device = process.argv[2] as FastKMeansOptions['device']
const precision = (process.argv[3] ?? 'exact') as 'exact' | 'fast'

await serve(
  `fastkmeans for TypeScript (${device}${precision === 'fast' ? ', fast' : ''})`,
  async ({ blocks, start, d, k, niter, init }) => {
    const km = new FastKMeans(d, k, {
      device,
      precision,
      init: init === 'rows' ? start : init,
      niter,
      tol: -1,
      maxPointsPerCentroid: null,
      emptyCluster: 'keep',
    })
    await km.train(blocks.length === 1 ? blocks[0] : blocks)
    const { backend } = km.stats
    return { iterations: km.nIter, centroids: km.centroids, predict: () => km.labels, backend }
  },
)
