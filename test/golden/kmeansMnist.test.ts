import { expect, it } from 'vitest'
import { expectClose } from '../matchers.js'
import { golden, replay } from './kmeans.js'

// Centroids rounded to float32 could turn labels whose two distances differ by less than about 1e-7; the least gap of these runs is 1e-6.
it.each(golden.mnist)('MNIST, 10,000 digits: the labels, iterations and inertia of scikit-learn, seed $seed', async (run) => {
  const { km, differing } = await replay(run)
  expect(differing).toBe(0)
  expect(km.nIter).toBe(run.nIter)
  expectClose(km.inertia, run.inertia, 'inertia')
})
