import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import type { EmptyCluster, FastKMeansOptions, Init } from '../src/options.js'
import { expectClose, expectSame } from './matchers.js'
import {
  expectBelongsTogether,
  generator,
  inertiaBy,
  integerOf,
  kinds,
  makePoints,
  nearestLabels,
  permutation,
  permuteRows,
} from './oracles.js'

const INITS: Init[] = ['random', 'k-means++', 'k-means||', 'afk-mc2']
const WAYS: EmptyCluster[] = ['random', 'farthest', 'split', 'keep']
const quiet: FastKMeansOptions = { device: 'reference', maxPointsPerCentroid: null, minPointsPerCentroid: 0 }

interface Problem {
  context: string
  x: Float32Array
  n: number
  d: number
  k: number
  weights?: Float32Array
  options: FastKMeansOptions
}

/** The seeded problem number `seed`: any kind of points, shape, start, weights, repair. */
function problem(seed: number): Problem {
  const u = generator(seed)
  const n = integerOf(u, 1, 120)
  const d = integerOf(u, 1, 20)
  const k = integerOf(u, 1, Math.min(n, 9))
  const kind = kinds[seed % kinds.length]
  const weights = seed % 3 === 1 ? Float32Array.from({ length: n }, (_, i) => (i === 0 ? 1 : integerOf(u, 0, 6) / 2)) : undefined
  const options = { ...quiet, seed, init: INITS[seed % 4], emptyCluster: WAYS[integerOf(u, 0, 3)], niter: integerOf(u, 1, 30) }
  return {
    context: `seed ${seed}: ${kind}, n=${n} d=${d} k=${k} ${options.init}`,
    x: makePoints(seed, n, d, kind),
    n,
    d,
    k,
    weights,
    options,
  }
}

async function each(check: (p: Problem) => Promise<void>, count = 100): Promise<void> {
  for (let seed = 0; seed < count; seed++) await check(problem(seed))
}

const fit = (
  { d, k, options }: Problem,
  x: Float32Array,
  sampleWeight?: ArrayLike<number>,
  more: FastKMeansOptions = {},
): Promise<FastKMeans> => new FastKMeans(d, k, { ...options, ...more }).fit(x, { sampleWeight })

/** k·d values: means of two rows, so that they are no points. */
function startOf({ x, n, d, k }: Problem): Float32Array {
  return Float32Array.from({ length: k * d }, (_, i) => {
    const j = Math.floor(i / d)
    return (x[(j % n) * d + (i % d)] + x[((3 * j + 1) % n) * d + (i % d)]) / 2
  })
}

// problems with few different points warn of empty clusters
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

describe('every training', () => {
  it('ends with labels, counts and inertia that belong to the centroids: labels of least distance, lowest index on ties', async () => {
    await each(async (p) => expectBelongsTogether(await fit(p, p.x, p.weights), p.x, p.context, p.weights))
  })

  it('never raises the inertia while no centroid is replaced', async () => {
    await each(async (p) => {
      const { obj, iterationStats } = await fit(p, p.x, p.weights, { niter: 40 })
      for (let i = 1; i < obj.length; i++) {
        if (iterationStats[i - 1].replaced === 0)
          expect(obj[i], `${p.context}, iteration ${i}`).toBeLessThanOrEqual(obj[i - 1] * (1 + 1e-6) + 1e-9)
      }
    })
  })

  it('gives the inertia of the labels found in it as obj of an iteration', async () => {
    await each(async (p) => {
      const init = startOf(p)
      const km = await fit(p, p.x, p.weights, { init, niter: 1, tol: -1 })
      const expected = inertiaBy(p.x, init, nearestLabels(p.x, init, p.d), p.d, p.weights)
      expectClose(km.obj, [expected], 'obj', p.context)
    })
  })

  it('makes each centroid the mean of its points', async () => {
    await each(async (p) => {
      const init = startOf(p)
      const labels = nearestLabels(p.x, init, p.d)
      const km = await fit(p, p.x, p.weights, { init, niter: 1, tol: -1, emptyCluster: 'keep' })
      for (let j = 0; j < p.k; j++) {
        const rows = Array.from(labels.keys()).filter((i) => labels[i] === j)
        const total = rows.reduce((sum, i) => sum + (p.weights?.[i] ?? 1), 0)
        for (let t = 0; t < p.d; t++) {
          const values = rows.map((i) => (p.weights?.[i] ?? 1) * p.x[i * p.d + t])
          const mean = total === 0 ? init[j * p.d + t] : values.reduce((sum, value) => sum + value, 0) / total
          const size = values.reduce((sum, value) => Math.max(sum, Math.abs(value)), Math.abs(mean))
          expect(Math.abs(km.centroids[j * p.d + t] - mean), `${p.context}, centroid ${j}`).toBeLessThanOrEqual(
            Math.abs(mean) * 2 ** -24 + size * 1e-13,
          )
        }
      }
    })
  })

  it('tells the imbalance of the clusters as k·Σ size² / n²', async () => {
    const km = new FastKMeans(1, 2, { ...quiet, init: Float32Array.of(0, 9), niter: 1 })
    await km.train(Float32Array.of(0, 0, 1, 9))
    expect(km.iterationStats.map(({ imbalance }) => imbalance)).toEqual([(2 * (3 ** 2 + 1 ** 2)) / 4 ** 2])
    await km.setParams({ k: 1, init: 'random' }).train(Float32Array.of(0, 0, 1, 9))
    expect(km.iterationStats[0].imbalance).toBe(1)
  })

  it('is the same for the same seed, bit for bit, and another for another seed', async () => {
    let others = 0
    await each(async (p) => {
      const [a, b] = [await fit(p, p.x, p.weights), await fit(p, p.x, p.weights)]
      expectSame(a.centroids, b.centroids, p.context)
      expectSame(a.labels, b.labels, p.context)
      expectSame(a.obj, b.obj, p.context)
      expect(a.inertia).toBe(b.inertia)
      const other = await fit(p, p.x, p.weights, { seed: p.options.seed! + 1e6 })
      others += Number(other.centroids.some((value, i) => value !== a.centroids[i]))
    })
    expect(others).toBeGreaterThan(60)
  })
})

describe('the result', () => {
  it('has its labels permuted, and the same centroids, where the rows are permuted', async () => {
    await each(async (p) => {
      const options = { init: startOf(p), emptyCluster: 'keep' as const }
      const order = permutation(generator(p.options.seed! + 500), p.n)
      const a = await fit(p, p.x, p.weights, options)
      const weights = p.weights && Float32Array.from(order, (i) => p.weights![i])
      const b = await fit(p, permuteRows(p.x, p.d, order), weights, options)
      expectSame(b.centroids, a.centroids, p.context)
      expectSame(
        b.labels,
        order.map((i) => a.labels[i]),
        p.context,
      )
    })
  })

  it('is scaled by a power of two where the points are, labels unchanged', async () => {
    await each(async (p) => {
      const a = await fit(p, p.x, p.weights, { tol: 0 })
      for (const scale of [2 ** -40, 2 ** 30]) {
        const scaled = (values: Float32Array): Float32Array => values.map((value) => value * scale)
        const b = await fit(p, scaled(p.x), p.weights, { tol: 0 })
        expectSame(b.labels, a.labels, p.context)
        expectSame(b.centroids, scaled(a.centroids), p.context)
        expect(b.inertia).toBe(a.inertia * scale * scale)
      }
    })
  })

  it('is that of repeated points, bit for bit, where the weights are integers', async () => {
    await each(async (p) => {
      const u = generator(p.options.seed! + 900)
      const weights = Float32Array.from({ length: p.n }, (_, i) => (i === 0 ? 1 : integerOf(u, 0, 3)))
      const order = Array.from(weights).flatMap((weight, i) => Array<number>(weight).fill(i))
      if (order.length < p.k) return
      const options = { init: startOf(p), emptyCluster: 'keep' as const, tol: 0 }
      const a = await fit(p, p.x, weights, options)
      const b = await fit(p, permuteRows(p.x, p.d, order), undefined, options)
      expectSame(a.centroids, b.centroids, p.context)
      expectSame(
        order.map((i) => a.labels[i]),
        b.labels,
        p.context,
      )
      expectClose(a.inertia, b.inertia, 'float64', p.context)
      expectClose(a.obj.slice(0, 1), b.obj.slice(0, 1), 'obj', p.context)
    })
  })

  it('is the same for weights scaled by a power of two, and for equal weights as for none', async () => {
    await each(async (p) => {
      const options = { init: startOf(p), emptyCluster: 'farthest' as const, tol: 0 }
      const none = await fit(p, p.x, undefined, options)
      const ones = await fit(p, p.x, new Float32Array(p.n).fill(4), options)
      expectSame(ones.centroids, none.centroids, p.context)
      expectClose(ones.inertia, none.inertia * 4, 'float64', p.context)
    })
  })
})

describe('nredo', () => {
  it('keeps the best of the runs, the earliest of equals, and equals that run alone', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const p = problem(seed)
      const starts = Array.from({ length: 4 }, (_, redo) =>
        startOf({ ...p, x: makePoints(seed + redo * 77, p.n, p.d, kinds[seed % kinds.length]) }),
      )
      const options = { emptyCluster: 'keep' as const, tol: 0 }
      const singles = await Promise.all(starts.map((init) => fit(p, p.x, p.weights, { ...options, init })))
      const least = singles.reduce((a, b) => (b.inertia < a.inertia ? b : a))
      const seen = new Set<number>()
      const km = await fit(p, p.x, p.weights, {
        ...options,
        nredo: 4,
        init: ({ redo, rows }) => rows(Uint32Array.of(0)).then(() => starts[redo]),
        onIteration: ({ redo }) => void seen.add(redo),
      })
      expectSame(km.centroids, least.centroids, p.context)
      expectSame(km.labels, least.labels, p.context)
      expect([km.inertia, km.nIter, km.stopReason], p.context).toEqual([least.inertia, least.nIter, least.stopReason])
      expect([...seen]).toEqual([0, 1, 2, 3])
    }
  })

  it('draws other starts in each run, and its first run is that of nredo = 1', async () => {
    const x = makePoints(5, 200, 2, 'uniform')
    const first: number[][] = [[], [], []]
    const onIteration = ({ redo, iteration, obj }: { redo: number; iteration: number; obj: number }): void => {
      if (iteration === 1) first[redo].push(obj)
    }
    for (const init of INITS) await new FastKMeans(2, 8, { ...quiet, init, nredo: 3, onIteration }).train(x)
    for (let i = 0; i < INITS.length; i++) expect(new Set(first.map((objs) => objs[i])).size).toBe(3)
    const single = await new FastKMeans(2, 8, { ...quiet, init: INITS[0] }).fit(x)
    expect(single.obj[0]).toBe(first[0][0])
  })
})

describe('spherical', () => {
  it('keeps centroids at norm 1, labels being those of least Euclidean distance', async () => {
    await each(async (p) => {
      const km = await fit(p, p.x, p.weights, { spherical: true })
      expectSame(km.labels, nearestLabels(p.x, km.centroids, p.d), p.context)
      for (let j = 0; j < p.k; j++) {
        const norm = Math.hypot(...km.centroids.subarray(j * p.d, (j + 1) * p.d))
        if (norm !== 0) expect(Math.abs(norm - 1), p.context).toBeLessThan(1e-6)
      }
    })
  })

  it('keeps the centroid of a cluster whose points sum to zero', async () => {
    const km = new FastKMeans(2, 1, { ...quiet, spherical: true, init: Float32Array.of(3, 4) })
    await km.train(Float32Array.of(1, 1, -1, -1, 0, 0))
    expect([...km.centroids]).toEqual([Math.fround(0.6), Math.fround(0.8)])
  })
})
