import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { reference } from '../src/backends/reference.js'
import { repairEmptyClusters } from '../src/emptyClusters.js'
import { limbScales, sampledMean } from '../src/exact.js'
import { FastKMeans } from '../src/fastkmeans.js'
import type { EmptyCluster, FastKMeansOptions } from '../src/options.js'
import { golden, replay } from './golden/kmeans.js'
import { expectClose, expectSame } from './matchers.js'
import { expectBelongsTogether, makePoints } from './oracles.js'

const WAYS: EmptyCluster[] = ['random', 'farthest', 'split', 'keep']
const quiet: FastKMeansOptions = { device: 'reference', minPointsPerCentroid: 0 }
const far = (values: number[]): Float32Array => Float32Array.from(values)

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

describe("emptyCluster 'farthest'", () => {
  it.each(golden.empty)('relocates as scikit-learn does: $set k=$k $moved $weights', async (run) => {
    const { km, differing } = await replay(run)
    expect(km.iterationStats[0].replaced).toBeGreaterThanOrEqual(run.moved!.length)
    expect(differing).toBe(0)
    expect(km.nIter).toBe(run.nIter)
    expectClose(km.inertia, run.inertia, 'inertia')
  })

  it('gives the lowest of equally far rows, taken out of its cluster, whose centroid is that of the others', async () => {
    // cluster 0 holds 0, 4, 8 and −4; the farthest from 2 are rows 2 and 3, at distance 6
    const km = new FastKMeans(1, 2, { ...quiet, init: far([2, 1e6]), niter: 1, emptyCluster: 'farthest' })
    await km.train(far([0, 4, 8, -4]))
    expect([...km.centroids]).toEqual([0, 8])
    expect([...km.labels]).toEqual([0, 0, 1, 0])
    expect(km.iterationStats[0]).toMatchObject({ replaced: 1, changed: 4, obj: 4 + 4 + 36 + 36 })
  })

  it('leaves a cluster empty rather than take a point at distance 0, and passes over the only point of a cluster', async () => {
    const same = new FastKMeans(1, 2, { ...quiet, init: far([5, 1e6]), emptyCluster: 'farthest' })
    await same.train(far([5, 5, 5]))
    expect([...same.centroids, ...same.counts]).toEqual([5, 1e6, 3, 0])
    const single = new FastKMeans(1, 3, { ...quiet, init: far([1, 9, 1e6]), niter: 1, emptyCluster: 'farthest' })
    await single.train(far([-1, 0, 30]))
    expect([...single.centroids, ...single.counts]).toEqual([0, 30, -1, 1, 1, 1])
  })

  it('never takes a row of weight 0', async () => {
    const km = new FastKMeans(1, 2, { ...quiet, init: far([2, 1e6]), niter: 1, emptyCluster: 'farthest' })
    await km.train(far([0, 4, 900, -4]), { sampleWeight: [1, 1, 0, 1] })
    expect([...km.centroids]).toEqual([2, -4])
  })
})

describe("emptyCluster 'split'", () => {
  it('gives the empty cluster its donor, nudged by 1 ± 1/1024 with the sign changing from column to column', async () => {
    const km = new FastKMeans(2, 2, { ...quiet, init: far([0, 0, 1e6, 1e6]), niter: 1, tol: -1, emptyCluster: 'split' })
    const seen: number[] = []
    await km.train(far([1023, 1023, 1025, 1025]), { onIteration: (stats) => void seen.push(stats.replaced) })
    expect(seen).toEqual([1])
    expect([...km.centroids]).toEqual([1023, 1025, 1025, 1023])
  })

  it('keeps both halves of a split at norm 1 when spherical', async () => {
    const km = new FastKMeans(2, 2, { ...quiet, spherical: true, init: far([3, 4, -1e3, 0]), niter: 1, emptyCluster: 'split' })
    await km.train(far([3, 4, 4, 3, 3, 4]))
    for (const j of [0, 1]) expect(Math.hypot(km.centroids[2 * j], km.centroids[2 * j + 1])).toBeCloseTo(1, 6)
  })

  it('never splits a cluster of one point', async () => {
    const km = new FastKMeans(1, 3, { ...quiet, init: far([1, 5, 1e6]), niter: 3, emptyCluster: 'split' })
    await km.train(far([1, 1, 5]))
    expect(km.centroids[1]).toBe(5)
  })
})

describe("emptyCluster 'random' and 'keep'", () => {
  it("'random' gives a point of the training set, another one in another iteration or for another seed", async () => {
    const x = makePoints(8, 200, 2, 'uniform')
    const given = new Set<number>()
    for (const seed of [1, 2, 3, 4]) {
      const init = far([0, 0, 1e6, 1e6])
      const km = new FastKMeans(2, 2, { ...quiet, seed, init, niter: 1 })
      await km.train(x)
      const row = Array.from({ length: 200 }, (_, i) => i).findIndex(
        (i) => x[2 * i] === km.centroids[2] && x[2 * i + 1] === km.centroids[3],
      )
      expect(row).toBeGreaterThanOrEqual(0)
      given.add(row)
    }
    expect(given.size).toBeGreaterThan(1)
  })

  it("'keep' keeps the centroid, with shift 0", async () => {
    const km = new FastKMeans(1, 2, { ...quiet, init: far([0, 1e6]), emptyCluster: 'keep' })
    await km.train(far([1, 2, 3]))
    expect([...km.centroids, ...km.counts]).toEqual([2, 1e6, 3, 0])
    expect(km.iterationStats.map(({ shift, replaced }) => [shift, replaced])).toEqual([
      [2, 0],
      [0, 0],
    ])
    expect(km.stopReason).toBe('labels')
  })
})

describe.each(WAYS)('fewer different points than k, %s', (emptyCluster) => {
  it.each([1, 3])('%i of them: the run ends, with a warning, k centroids and the labels of these', async (different) => {
    for (let seed = 0; seed < 8; seed++) {
      const x = Float32Array.from({ length: 60 }, (_, i) => (Math.floor(i / 2) % different) * 10 + (i % 2))
      const km = new FastKMeans(2, 7, { ...quiet, seed, emptyCluster, niter: 40 })
      vi.mocked(console.warn).mockClear()
      await km.train(x)
      expectBelongsTogether(km, x, `${emptyCluster}, seed ${seed}`)
      expect(km.centroids.length).toBe(14)
      expect(km.centroids.every((value) => Number.isFinite(value))).toBe(true)
      const occupied = km.counts.filter((count) => count > 0).length
      expect(occupied).toBeLessThanOrEqual(different)
      expect(console.warn).toHaveBeenCalledTimes(1)
      expect(console.warn).toHaveBeenCalledWith(
        `FastKMeans.train: points lie in ${occupied} of the k = 7 clusters only; there may be fewer different points`,
      )
      expect(km.stats.warnings).toHaveLength(1)
    }
  })

  it('also with weights, with spherical, and with every point a zero vector', async () => {
    for (const spherical of [false, true]) {
      const km = new FastKMeans(2, 3, { ...quiet, emptyCluster, spherical, niter: 10 })
      await km.train(new Float32Array(20), { sampleWeight: Array.from({ length: 10 }, (_, i) => i) })
      expectSame(km.labels, new Int32Array(10))
      expect(km.inertia).toBe(0)
      expect(km.centroids.every((value) => Math.abs(value) < 1e-30)).toBe(true)
    }
  })
})

/** One step from `init` and the repair after it. */
async function repair(
  emptyCluster: EmptyCluster,
  x: Float32Array,
  init: Float32Array,
  { iteration = 1, redo = 0, weights }: { iteration?: number; redo?: number; weights?: Float64Array } = {},
) {
  const points = { blocks: [x], n: x.length, d: 1 }
  const session = await reference.open(points, { k: init.length, precision: 'exact', chunkSizeData: 9, chunkSizeCentroids: 9 })
  const { max } = await session.columnStats(weights)
  const preparation = { scales: limbScales(max, points.n), mean: sampledMean(points), weights, spherical: false }
  await session.prepare(preparation)
  await session.setCentroids(init)
  const { counts, shifts } = await session.step()
  const context = { ...preparation, session, n: points.n, d: 1, emptyCluster, seed: 1, redo }
  const replaced = await repairEmptyClusters(context, counts, shifts, iteration)
  return { replaced, shifts, session, centroids: await session.centroids() }
}

describe('repairEmptyClusters', () => {
  it('draws another row in another iteration and in another run', async () => {
    const x = makePoints(1, 100, 1, 'uniform')
    const draws = [1, 2, 3, 4].flatMap((iteration) => [0, 1].map((redo) => ({ iteration, redo })))
    const drawn = await Promise.all(draws.map(async (draw) => (await repair('random', x, far([0, 1e6]), draw)).centroids[1]))
    expect(new Set(drawn).size).toBe(8)
  })

  it('splits by the number of points, whatever these weigh', async () => {
    const weights = Float64Array.of(1, 2 ** -20, 2 ** -20, 2 ** -20)
    const { centroids } = await repair('split', far([8, 1, 1, 1]), far([8, 1, 1e6]), { weights })
    expect([...centroids]).toEqual([8, 1 - 1 / 1024, 1 + 1 / 1024])
  })

  it('returns how many it gave a centroid, halves the donors of a split, and leaves clusters of one point', async () => {
    const { replaced } = await repair('split', far([8, 8, 8, 8]), far([8, 1e6, 2e6, 3e6, 4e6]))
    expect(replaced).toBe(3)
  })

  it.each<[EmptyCluster, number[]]>([
    ['random', [1, 1e6 - 3]],
    ['split', [1 + 3 / 1024, 1e6 - 3 * (1 + 1 / 1024)]],
    ['farthest', [1, 1e6 - 3]],
    ['keep', [1, 0]],
  ])('corrects the shifts of all centroids that it moves: %s', async (emptyCluster, expected) => {
    const { shifts } = await repair(emptyCluster, far([3, 3, 3]), far([4, 1e6]))
    expect(shifts[0]).toBeCloseTo(expected[0], 6)
    expect(shifts[1] / (expected[1] || 1)).toBeCloseTo(Number(expected[1] > 0), 6)
  })

  it('leaves alone the centroids that the labels belong to', async () => {
    const { session } = await repair('random', far([1, 2, 3]), far([0, 1e6]))
    expect([...(await session.centroids('labelled'))]).toEqual([0, 1e6])
    await session.assign()
    const before = await session.centroids()
    await session.replace(Uint32Array.of(0), far([7]))
    expectSame(await session.centroids('labelled'), before)
    expect((await session.centroids())[0]).toBe(7)
  })
})

it('labels that do not change do not end a run while centroids are replaced, nor right after', async () => {
  const split = new FastKMeans(1, 2, { ...quiet, tol: 0, init: far([4, 1e6]), emptyCluster: 'split', niter: 6 })
  await split.train(far([4, 4, 4]))
  expect(split.iterationStats.slice(1).map(({ changed, replaced }) => [changed, replaced])).toEqual([1, 2, 3, 4, 5].map(() => [0, 1]))
  expect(split.stopReason).toBe('niter')
  const farthest = new FastKMeans(1, 2, { ...quiet, tol: 0, init: far([100, 1e6]), emptyCluster: 'farthest' })
  await farthest.train(far([0, 0, 0]))
  expect(farthest.iterationStats.map(({ changed, replaced }) => [changed, replaced])).toEqual([
    [3, 1],
    [0, 0],
    [0, 0],
  ])
  expect(farthest.stopReason).toBe('labels')
})

it('a run that ends by its labels ends without a replacement', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const x = makePoints(seed, 40, 1, 'groups')
    const km = new FastKMeans(1, 6, { ...quiet, seed, init: far([0, 3, 6, 9, 1e6, 2e6]), emptyCluster: WAYS[seed % 4], niter: 100 })
    await km.train(x)
    const last = km.iterationStats.slice(-2)
    if (km.stopReason === 'labels')
      expect(
        last.map((stats) => stats.replaced),
        `seed ${seed}`,
      ).toEqual([0, 0])
    expectBelongsTogether(km, x, `seed ${seed}`)
  }
})
