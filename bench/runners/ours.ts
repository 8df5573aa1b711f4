/**
 * @file This library in a process of its own: `ours.ts OPTIONS`, JSON. Empty clusters keep their centroids, and all iterations are done.
 */
import type { FastKMeansOptions } from '../../src/index.js'
import { FastKMeans } from '../library.js'
import { serve } from './serve.js'

const options = JSON.parse(process.argv[2]) as FastKMeansOptions

await serve('fastkmeans for TypeScript', async ({ blocks, start, d, k, niter, init, seed }) => {
  const given = { init: init === 'rows' ? start : init, seed, niter, tol: -1, maxPointsPerCentroid: null, emptyCluster: 'keep' } as const
  const km = new FastKMeans(d, k, { ...options, ...given })
  await km.train(blocks.length === 1 ? blocks[0] : blocks)
  const { backend } = km.stats
  return { iterations: km.nIter, centroids: km.centroids, predict: () => km.labels, backend }
})
