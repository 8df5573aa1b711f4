/** @file What an iteration costs once little changes: bounds of the E-steps before must not be given up for a way that begins anew. */
import { expect, it } from 'vitest'
import { makeBlobs } from '../../../src/datasets/index.js'
import { FastKMeans } from '../../../src/fastkmeans.js'
import { isas } from './helpers.js'

// Without the native library (helpers.ts says why), 'wasm' alone: the same C code.
const DEVICES = isas.length > 0 ? (['cpu', 'wasm'] as const) : (['wasm'] as const)

// Retried, since a busy machine may keep one iteration waiting; an iteration that begins anew does so every time.
it.each(DEVICES)('the slowest of the last iterations takes less than the first one: %s', { retry: 2 }, async (device) => {
  const [d, k] = [128, 1024]
  const { x } = makeBlobs({ n: 100 * k, d, centers: k, clusterStd: 4, seed: 1 })
  const options = { device, niter: 25, tol: -1, maxPointsPerCentroid: null, emptyCluster: 'keep' } as const
  const { iterationStats } = await new FastKMeans(d, k, options).fit(x)
  const seconds = iterationStats.map(({ time }) => time)
  expect(seconds).toHaveLength(25)
  expect(Math.max(...seconds.slice(12))).toBeLessThan(seconds[0])
})
