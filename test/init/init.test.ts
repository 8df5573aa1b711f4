import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { reference } from '../../src/backends/reference.js'
import { FastKMeans } from '../../src/fastkmeans.js'
import type { FastKMeansOptions, Init, InitContext } from '../../src/options.js'
import { trialsOf } from '../../src/init/kMeansPlusPlus.js'
import { drawFromSums, drawRow, integerExponent, prefixSums } from '../../src/init/context.js'
import { golden, goldenSet } from '../golden/kmeans.js'
import { expectClose, expectSame } from '../matchers.js'
import { generator, integerOf, kinds, makePoints, nearestLabels } from '../oracles.js'
import { watchSessions } from '../watchSessions.js'

const NAMED = ['random', 'k-means++', 'k-means||', 'afk-mc2'] as const
const quiet: FastKMeansOptions = { device: 'reference', maxPointsPerCentroid: null, minPointsPerCentroid: 0, emptyCluster: 'keep' }

/** The starting centroids: those that the labels of the first E-step belong to. */
async function startOf(
  x: Float32Array,
  d: number,
  k: number,
  options: FastKMeansOptions,
  sampleWeight?: ArrayLike<number>,
): Promise<Float32Array> {
  const km = new FastKMeans(d, k, { ...quiet, niter: 1, tol: -1, ...options })
  const controller = new AbortController()
  await km.train(x, { sampleWeight, signal: controller.signal, onIteration: () => controller.abort() })
  return km.centroids
}

// most problems here have few different points
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

const rowsOfSet = (values: Float32Array, d: number): string[] =>
  Array.from({ length: values.length / d }, (_, i) => values.subarray(i * d, (i + 1) * d).join())

describe.each(NAMED)('%s', (init) => {
  it('starts from k points of the training set, different ones where there are as many', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const u = generator(seed)
      const [n, d] = [integerOf(u, 1, 80), integerOf(u, 1, 6)]
      const k = integerOf(u, 1, n)
      const kind = kinds[seed % kinds.length]
      const x = makePoints(seed, n, d, kind)
      const start = rowsOfSet(await startOf(x, d, k, { init, seed }), d)
      const points = new Set(rowsOfSet(x, d))
      const context = `seed ${seed}: ${kind}, n=${n} d=${d} k=${k}`
      for (const row of start) expect(points.has(row), context).toBe(true)
      if (init === 'k-means++' || (init === 'random' && points.size === n))
        expect(new Set(start).size, context).toBe(Math.min(k, points.size))
    }
  })

  it('is the same for the same seed, and another for another seed', async () => {
    const x = makePoints(3, 300, 2, 'uniform')
    const starts = await Promise.all([1, 1, 2, 3, -1].map((seed) => startOf(x, 2, 10, { init, seed })))
    expectSame(starts[0], starts[1])
    expect(new Set(starts.map((start) => start.join())).size).toBe(4)
  })

  it('is at norm 1 when spherical, zero vectors aside', async () => {
    const x = makePoints(3, 50, 3, 'uniform')
    const start = await startOf(x, 3, 7, { init, spherical: true })
    for (let j = 0; j < 7; j++) expect(Math.hypot(...start.subarray(j * 3, j * 3 + 3))).toBeCloseTo(1, 6)
  })
})

describe.each(['k-means++', 'k-means||', 'afk-mc2'] as const)('%s', (init) => {
  it('never starts from a point of weight 0 while others are left', async () => {
    for (let seed = 0; seed < 30; seed++) {
      const x = makePoints(seed, 60, 2, 'uniform')
      const weights = Float32Array.from({ length: 60 }, (_, i) => Number(i % 3 === 0))
      const allowed = new Set(rowsOfSet(x, 2).filter((_, i) => i % 3 === 0))
      const start = rowsOfSet(await startOf(x, 2, 5, { init, seed }, weights), 2)
      const wrong = start.filter((row) => !allowed.has(row))
      expect(wrong, `seed ${seed}`).toEqual([])
    }
  })

  it('finds groups that lie far apart, where random starts miss some', async () => {
    const x = Float32Array.from({ length: 200 }, (_, i) => (i < 100 ? (i % 2) * 0.1 : Math.floor(i / 2) % 5) * 1000 + (i % 7) * 0.01)
    let found = 0
    let random = 0
    for (let seed = 0; seed < 10; seed++) {
      found += (await new FastKMeans(1, 5, { ...quiet, init, seed, niter: 1 }).fit(x)).obj[0]
      random += (await new FastKMeans(1, 5, { ...quiet, init: 'random', seed, niter: 1 }).fit(x)).obj[0]
    }
    expect(found).toBeLessThan(random / 2)
  })
})

describe('k-means++', () => {
  it.each(golden.potentials)(
    "leaves the potential of scikit-learn's greedy k-means++ in the mean of $seeds seeds: $set k=$k",
    async ({ set, k, seeds, mean }) => {
      const { x, d } = await goldenSet(set)
      let total = 0
      for (let seed = 0; seed < seeds; seed++)
        total += (await new FastKMeans(d, k, { ...quiet, init: 'k-means++', seed, niter: 1 }).fit(x)).obj[0]
      expectClose(total / seeds, mean, 'potential')
    },
  )

  it('tries 2 + ⌊ln k⌋ candidates', () => {
    for (let k = 1; k < 1_000_000; k = Math.ceil(k * 1.01)) expect(trialsOf(k), `k = ${k}`).toBe(2 + Math.floor(Math.log(k)))
    for (let power = 1; power < 20; power++) {
      const k = Math.floor(Math.exp(power))
      expect([trialsOf(k), trialsOf(k + 1)]).toEqual([1 + power, 2 + power])
    }
  })
})

describe('afk-mc2', () => {
  it('draws the second point in proportion to the squared distance to the first', async () => {
    const x = Float32Array.of(0, 1, 2, 4)
    const hits = new Map<number, number>()
    let total = 0
    for (let seed = 0; seed < 2500; seed++) {
      const [first, second] = await startOf(x, 1, 2, { init: 'afk-mc2', seed })
      if (first !== 0) continue
      total++
      hits.set(second, (hits.get(second) ?? 0) + 1)
    }
    expect(total).toBeGreaterThan(500)
    for (const value of [1, 2, 4]) expect(Math.abs((hits.get(value) ?? 0) / total - value ** 2 / 21), `${value}`).toBeLessThan(0.05)
    expect(hits.get(0)).toBeUndefined()
  })

  it('goes on for fifty proposals a point, past those that earlier points have taken', async () => {
    // The chance that a chain meets none of the places left is (4 / 5)^50 at most.
    const x = Float32Array.from({ length: 100 }, (_, i) => i % 5)
    for (let seed = 0; seed < 30; seed++)
      expect((await startOf(x, 1, 5, { init: 'afk-mc2', seed })).toSorted(), `seed ${seed}`).toEqual(Float32Array.of(0, 1, 2, 3, 4))
  })
})

describe('k-means||', () => {
  it('fills up with points that are not chosen yet where its rounds draw too few', async () => {
    // Beside the farthest, all others' distances are 0 in integers: a round draws one point.
    const x = Float32Array.from([0, ...Array.from({ length: 10 }, (_, i) => 10 ** (8 * i - 36))])
    for (let seed = 0; seed < 20; seed++) expect(new Set(await startOf(x, 1, 9, { init: 'k-means||', seed })).size, `seed ${seed}`).toBe(9)
  })

  it('draws about 2k candidates in each of five rounds, and weighs each by the points nearest to it', async () => {
    const x = makePoints(7, 2000, 2, 'uniform')
    let candidates = 0
    for (let seed = 0; seed < 5; seed++) {
      const sessions = watchSessions((session) => vi.spyOn(session, 'columnStats'))
      await startOf(x, 2, 10, { init: 'k-means||', seed })
      const [drawn] = vi.mocked(reference.open).mock.calls[1][0].blocks
      const [weights] = vi.mocked(sessions[1].columnStats).mock.calls[0]
      vi.mocked(reference.open).mockRestore()
      const counts = new Float64Array(drawn.length / 2)
      for (const label of nearestLabels(x, drawn, 2)) counts[label]++
      const unit = weights!.reduce((a, b) => a + b) / 2000
      expectSame(
        weights!.map((weight) => weight / unit),
        counts,
        `seed ${seed}`,
      )
      candidates += counts.length
    }
    expect(candidates / 5).toBeGreaterThan(1 + 5 * 2 * 10 * 0.85)
    expect(candidates / 5).toBeLessThan(1 + 5 * 2 * 10 * 1.1)
  })
})

describe.each(['k-means||', 'afk-mc2'] as const)('%s', (init) => {
  it('comes close to k-means++: the mean potential of 20 seeds is at most half as much again', async () => {
    const { x, d } = await goldenSet('digits')
    const mean = golden.potentials.find(({ set }) => set === 'digits')!.mean
    let total = 0
    for (let seed = 0; seed < 20; seed++) total += (await new FastKMeans(d, 10, { ...quiet, init, seed, niter: 1 }).fit(x)).obj[0]
    expect(total / 20).toBeLessThan(mean * 1.5)
  })
})

it('k-means|| takes more candidates than the call stack holds arguments', async () => {
  const n = 90_000
  const x = Float32Array.from({ length: n }, (_, i) => i * i)
  const km = new FastKMeans(1, 2, { ...quiet, init: 'k-means||', niter: 1 })
  await expect(km.train(x)).resolves.toBeUndefined()
})

describe('given centroids', () => {
  const x = makePoints(9, 50, 2, 'uniform')

  it('are taken as they are, from an array or a function, and copied', async () => {
    const given = Float32Array.of(0, 0, 0.5, 0.5, -1, 2)
    expectSame(await startOf(x, 2, 3, { init: given }), given)
    expectSame(await startOf(x, 2, 3, { init: async () => given }), given)
    const km = await new FastKMeans(2, 3, { ...quiet, init: given }).fit(x)
    expect(km.centroids.buffer).not.toBe(given.buffer)
    expect([...given]).toEqual([0, 0, 0.5, 0.5, -1, 2])
  })

  it('come from a function that is told n, d, k, seed and the run, and may ask for rows', async () => {
    const told: Omit<InitContext, 'rows'>[] = []
    const init: Init = async ({ rows, ...context }) => {
      told.push(context)
      return rows(Uint32Array.of(3, 1, 4))
    }
    const start = await startOf(x, 2, 3, { init, seed: 8 })
    expectSame(start, Float32Array.of(...x.subarray(6, 8), ...x.subarray(2, 4), ...x.subarray(8, 10)))
    await new FastKMeans(2, 3, { ...quiet, init, seed: 8, nredo: 2 }).train(x)
    expect(told).toEqual([0, 0, 1].map((redo) => ({ n: 50, d: 2, k: 3, seed: 8, redo })))
  })

  it('from a function that throws reject with its error', async () => {
    const reason = new Error('mine')
    const init = (): Float32Array => {
      throw reason
    }
    await expect(new FastKMeans(2, 3, { ...quiet, init }).train(x)).rejects.toBe(reason)
  })
})

describe('draws', () => {
  it('take rows in proportion to integers, whose sum is exact', () => {
    const values = Float64Array.of(0, 1e-30, 0, 3e-30, 0)
    const exponent = integerExponent(3e-30, 5)
    const sums = prefixSums(values, 2 ** exponent)
    expect(sums[4]).toBeLessThanOrEqual(2 ** 53)
    const hits = new Float64Array(5)
    for (let i = 0; i < 1000; i++) hits[drawFromSums(sums, i / 1000)]++
    expect([...hits]).toEqual([0, 250, 0, 750, 0])
    expect(drawFromSums(sums, 1 - 2 ** -53)).toBe(3)
  })

  it('drawRow is uniform without weights, and never takes a weight of 0', () => {
    expect([0, 0.2, 0.5, 1 - 2 ** -53].map((u) => drawRow(u, 5))).toEqual([0, 1, 2, 4])
    expect([0, 0.4, 0.6, 1 - 2 ** -53].map((u) => drawRow(u, 4, Float64Array.of(0, 1, 0, 1)))).toEqual([1, 1, 3, 3])
  })
})
