/** @file Whole trainings: every device gives the bits that the reference gives, whatever the start, the weights, the repair. */
import { describe, expect, test, vi } from 'vitest'
import { FastKMeans } from '../../src/index.js'
import type { Device, FastKMeansOptions } from '../../src/index.js'
import { backendOf, REQUIRED } from './backends.js'
import { CASES } from './cases.js'
import type { Case } from './cases.js'

vi.spyOn(console, 'warn').mockImplementation(() => {})

const VARIANTS: readonly FastKMeansOptions[] = [
  { init: 'random', emptyCluster: 'random' },
  { init: 'k-means++', emptyCluster: 'farthest' },
  { init: 'k-means||', emptyCluster: 'split' },
  { init: 'afk-mc2', emptyCluster: 'keep', nredo: 2 },
  { spherical: true, emptyCluster: 'farthest', chunkSizeData: 'auto', chunkSizeCentroids: 'auto' },
  { maxPointsPerCentroid: 3, tol: -1, niter: 4, emptyCluster: 'split' },
  { dtype: 'float16', tolMode: 'sklearn', tol: 1e-3 },
]

const LARGEST_FLOAT16 = 65_504

const TRAINED = CASES.filter(({ name }) => /n=(321|65|1000|500|300)\b/.test(name) && !name.includes('k=1000'))
const [SCORED] = TRAINED

/** What the reference gives, found once for all devices. */
const expected = new Map<string, Promise<unknown>>()
function expectedTraining(options: FastKMeansOptions, c: Case): Promise<unknown> {
  const key = `${JSON.stringify(options)} ${c.name}`
  const seen = expected.get(key) ?? train('reference', options, c)
  expected.set(key, seen)
  return seen
}

async function train(device: Device, options: FastKMeansOptions, c: Case): Promise<unknown> {
  const km = new FastKMeans(c.d, c.k, { niter: 12, seed: 3, maxPointsPerCentroid: null, ...options, device })
  await km.train(c.x, { sampleWeight: c.weights })
  const stats = km.iterationStats.map(({ iteration, obj, shift, changed, replaced, imbalance }) => ({
    iteration,
    obj,
    shift,
    changed,
    replaced,
    imbalance,
  }))
  const { labels, sqDistances } = await km.assign(c.x)
  // The score is the sum of these distances: one case is enough, and a session less for the others.
  const score = c === SCORED ? await km.score(c.x) : undefined
  return { ...pick(km), stats, assigned: labels, sqDistances, score }
}

const pick = ({ centroids, labels, inertia, counts, nIter, stopReason, trainRows }: FastKMeans): object => ({
  centroids,
  labels,
  inertia,
  counts,
  nIter,
  stopReason,
  trainRows,
})

describe.each(REQUIRED)('device %s', (device) => {
  test.each(VARIANTS.map((options) => [JSON.stringify(options), options] as const))('trains like the reference: %s', async (_, options) => {
    for (const c of TRAINED) {
      if (options.dtype === 'float16' && c.x.some((value) => Math.abs(value) > LARGEST_FLOAT16)) continue
      expect(await train(device, options, c), c.name).toStrictEqual(await expectedTraining(options, c))
    }
  })

  test('reports the backend it ran on and why', async () => {
    const { backend } = await backendOf(device)
    const km = new FastKMeans(2, 2, { device })
    await km.train([
      [0, 0],
      [0, 1],
      [5, 5],
    ])
    expect(km.stats).toMatchObject({ backend: backend.name, why: `device: '${device}'`, precision: 'exact' })
  })
})
