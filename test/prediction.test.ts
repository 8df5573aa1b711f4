import { afterEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import type { FastKMeansOptions } from '../src/options.js'
import { golden, goldenSet, goldenStart, goldenWeights, unpackLabels } from './golden/kmeans.js'
import { expectClose, expectSame } from './matchers.js'
import { distancesOf, generator, inertiaBy, integerOf, kinds, makePoints, nearestLabels } from './oracles.js'
import { watchSessions } from './watchSessions.js'

const quiet: FastKMeansOptions = { device: 'reference' }
afterEach(() => void vi.restoreAllMocks())

describe('scikit-learn 1.9.1, with the same centroids', () => {
  it.each(golden.predictions)('gives the same predict, transform and score, weighted too: $set k=$k', async (run) => {
    const set = await goldenSet(run.set)
    const km = FastKMeans.fromCentroids(goldenStart(set, run), set.d, quiet)
    expectSame(await km.predict(set.x), unpackLabels(run.labels))
    expectClose(await km.transform(set.x.subarray(0, 5 * set.d)), run.transform, 'distances')
    expectClose(await km.score(set.x), run.score, 'float64')
    const sampleWeight = goldenWeights(set.n, run.seed + 1, 'reals')
    expectClose(await km.score(set.x, { sampleWeight }), run.weightedScore, 'float64')
  })
})

describe('predict, assign, transform and score', () => {
  it('agree with brute force, bit for bit, and with each other', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const u = generator(seed)
      const [n, d, k] = [integerOf(u, 1, 60), integerOf(u, 1, 35), integerOf(u, 1, 70)]
      const kind = kinds[seed % kinds.length]
      const context = `seed ${seed}: ${kind}, n=${n} d=${d} k=${k}`
      const x = makePoints(seed, n, d, kind)
      const c = makePoints(seed + 1000, k, d, kind)
      const km = FastKMeans.fromCentroids(c, d, quiet)
      const labels = nearestLabels(x, c, d)
      const rows = Array.from({ length: n }, (_, i) => distancesOf(x.subarray(i * d, (i + 1) * d), c, d))
      const assigned = await km.assign(x)
      expectSame(await km.predict(x), labels, context)
      expectSame(assigned.labels, labels, context)
      expectSame(
        assigned.sqDistances,
        rows.map((row, i) => row[labels[i]]),
        context,
      )
      expectSame(await km.transform(x), rows.flat().map(Math.sqrt), context)
      expectClose(await km.score(x), -inertiaBy(x, c, labels, d), 'float64', context)
    }
  })

  it('give labels of the type Int32Array, distances and the table as Float64Array', async () => {
    const km = FastKMeans.fromCentroids(Float32Array.of(0, 0, 1, 1), 2, quiet)
    const { labels, sqDistances } = await km.assign([
      [2, 2],
      [0.1, 0],
    ])
    expect([labels, sqDistances]).toEqual([Int32Array.of(1, 0), Float64Array.of(2, Math.fround(0.1) ** 2)])
    expect(await km.transform([[2, 2]])).toEqual(Float64Array.of(Math.sqrt(8), Math.sqrt(2)))
    expect(await km.score([[0, 0]])).toBe(0)
    expect(
      await km.score(
        [
          [3, 1],
          [0, 0],
        ],
        { sampleWeight: [0.5, 9] },
      ),
    ).toBe(-2)
  })

  it('dispose of their sessions, also where they fail', async () => {
    const km = FastKMeans.fromCentroids(Float32Array.of(0, 0, 1, 1), 2, quiet)
    const sessions = watchSessions()
    for (const method of ['predict', 'assign', 'transform', 'score'] as const) {
      await km[method]([[2, 2]])
      await expect(km[method](Float32Array.of(2, NaN))).rejects.toThrow(`FastKMeans.${method}: expected finite values`)
    }
    expect(sessions.map(({ dispose }) => vi.mocked(dispose).mock.calls.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
  })

  it('transform refuses a table of more than 2^31 distances, with the way out', async () => {
    const km = FastKMeans.fromCentroids(new Float32Array(2 ** 15 + 1), 1, quiet)
    await expect(km.transform(new Float32Array(2 ** 16))).rejects.toThrow(
      'FastKMeans.transform: expected n · k up to 2^31 distances, got 65536 · 32769; transform the points in parts',
    )
  })

  it('may run together, and during a training, with the centroids of before', async () => {
    const x = makePoints(4, 500, 4, 'uniform')
    const km = await new FastKMeans(4, 6, { ...quiet, minPointsPerCentroid: 0, niter: 2, tol: -1 }).fit(x)
    const before = km.labels.slice()
    const centroids = km.centroids.slice()
    let during: Int32Array | undefined
    const training = km.setParams({ niter: 20 }).train(x, {
      onIteration: async ({ iteration }) => {
        if (iteration === 10) during = await km.predict(x)
      },
    })
    const together = await Promise.all([km.predict(x), km.predict(x), km.assign(x)])
    await training
    expectSame(during!, nearestLabels(x, centroids, 4))
    expectSame(together[0], together[2].labels)
    expectSame(together[1], during!)
    expect(km.labels.some((label, i) => label !== before[i])).toBe(true)
  })

  it('take weights of the number of points only', async () => {
    const km = FastKMeans.fromCentroids(Float32Array.of(0, 0), 2, quiet)
    const points = makePoints(5, 10, 2, 'uniform')
    for (const n of [undefined, 10])
      await expect(km.score(points, { sampleWeight: [1, 2], n })).rejects.toThrow('FastKMeans.score: expected n = 10 sample weights, got 2')
    await expect(km.score(points, { sampleWeight: new Float32Array(10).fill(-1) })).rejects.toThrow("float32's range, got -1 (row 0)")
  })
})
