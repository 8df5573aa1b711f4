import { inspect } from 'node:util'
import { Field, FixedSizeList, Float32, Vector, makeData, tableFromArrays } from 'apache-arrow'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import type { FastKMeansOptions } from '../src/options.js'
import type { PointsInput } from '../src/points.js'
import { expectSame } from './matchers.js'
import { expectBelongsTogether, makePoints, nearestLabels } from './oracles.js'
import { watchSessions } from './watchSessions.js'

const quiet: FastKMeansOptions = { device: 'reference', minPointsPerCentroid: 0 }
const x = makePoints(1, 300, 3, 'groups')
const make = (): FastKMeans => new FastKMeans(3, 5, quiet)

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

describe('train', () => {
  it("solves the four points of scikit-learn's test by hand: labels, centroids, inertia, iterations", async () => {
    // sklearn/cluster/tests/test_k_means.py, test_kmeans_results: labels 0 0 1 1, inertia 0.375, n_iter 2
    const init = Float32Array.of(0, 0, 1, 1)
    const km = new FastKMeans(2, 2, { ...quiet, init })
    await km.train(
      [
        [0, 0],
        [0.5, 0],
        [0.5, 1],
        [1, 1],
      ],
      { sampleWeight: [3, 1, 1, 3] },
    )
    expect([...km.labels]).toEqual([0, 0, 1, 1])
    expect([...km.centroids]).toEqual([0.125, 0, 0.875, 1])
    expect([km.inertia, km.nIter, km.stopReason]).toEqual([0.375, 2, 'labels'])
    expect([...km.obj]).toEqual([0.5, 0.375])
    expect([...km.counts]).toEqual([2, 2])
  })

  it('returns nothing, fit the model, fitPredict the labels, fitTransform the distances', async () => {
    const km = make()
    expect(await km.train(x)).toBeUndefined()
    const other = make()
    expect(await other.fit(x)).toBe(other)
    const third = make()
    const labels = await third.fitPredict(x)
    expectSame(labels, km.labels)
    labels.fill(-1)
    expectSame(third.labels, km.labels)
    expectSame(await make().fitTransform(x), await km.transform(x))
    expectSame(await km.predict(x), km.labels)
  })

  it.each<[string, number, number, number]>([
    ['n = k = 1, d = 1', 1, 1, 1],
    ['k = n', 40, 40, 3],
    ['d = 1', 50, 4, 1],
    ['k = 1', 50, 1, 7],
  ])('works at the edge: %s', async (_, n, k, d) => {
    const points = makePoints(2, n, d, 'uniform')
    for (const init of ['random', 'k-means++', 'k-means||', 'afk-mc2'] as const) {
      const km = await new FastKMeans(d, k, { ...quiet, init }).fit(points)
      expectBelongsTogether(km, points, init)
      if (n === k) expect([km.inertia, km.counts.every((count) => count === 1)]).toEqual([0, true])
    }
  })

  it('is the same bit for bit, however the points come', async () => {
    const d = 3
    const expected = await new FastKMeans(d, 5, { ...quiet, seed: 4 }).fit(x)
    const cuts = [0, 1, 8, 9, 77, 200, 300]
    const blocks = cuts.slice(1).map((end, i) => x.subarray(cuts[i] * d, end * d))
    const type = new FixedSizeList(d, new Field('item', new Float32()))
    const list = (values: Float32Array) =>
      makeData({ type, length: values.length / d, nullCount: 0, child: makeData({ type: new Float32(), data: values }) })
    const padded = Float32Array.of(9, 9, 9, ...x, 7, 7, 7)
    const column = (t: number): Float32Array => Float32Array.from({ length: 300 }, (_, i) => x[i * d + t])
    const inputs: Record<string, PointsInput> = {
      'blocks of odd sizes': blocks,
      Points: { blocks, n: 300, d },
      rows: Array.from({ length: 300 }, (_, i) => [...x.subarray(i * d, (i + 1) * d)]),
      Float64Array: Float64Array.from(x),
      'a tensor': { shape: [300, d], isDisposed: false, data: async () => x },
      'a view': padded.subarray(d, d + x.length),
      'Arrow chunks': new Vector(blocks.map((block) => list(block.slice()))),
      'an Arrow slice': new Vector([list(padded), list(x)]).slice(1, 301),
      'an Arrow table': tableFromArrays({ a: column(0), b: column(1), c: column(2) }),
    }
    for (const [name, input] of Object.entries(inputs)) {
      const km = await new FastKMeans(d, 5, { ...quiet, seed: 4 }).fit(input)
      expectSame(km.centroids, expected.centroids, name)
      expectSame(km.labels, expected.labels, name)
      expectSame(km.obj, expected.obj, name)
      expect(km.inertia, name).toBe(expected.inertia)
      expectSame(await expected.predict(input), expected.labels, name)
    }
  })

  it('never writes to points, weights or given centroids', async () => {
    const given = { x: x.slice(), weights: Float64Array.from({ length: 300 }, (_, i) => i), init: x.slice(0, 15) }
    const copies = structuredClone(given)
    const km = new FastKMeans(3, 5, { ...quiet, init: given.init, spherical: true, emptyCluster: 'split' })
    await km.train(given.x, { sampleWeight: given.weights })
    expect(given).toEqual(copies)
  })

  it('reports how it went in stats', async () => {
    const km = await new FastKMeans(3, 5, { ...quiet, precision: 'fast' }).fit(Float64Array.from(x))
    expect(km.stats).toMatchObject({
      backend: 'reference',
      why: "device: 'reference'",
      precision: 'fast',
      input: 'Float64Array rounded to float32',
      recheckedRows: 0,
      warnings: [],
      memory: { points: 3600 },
    })
    expect(km.stats.time.total).toBeGreaterThanOrEqual(km.stats.time.init + km.stats.time.iterations)
    expect(km.trainRows).toBeNull()
  })

  it('hands its session the weights by one power of two, the largest in [1, 2)', async () => {
    const sampleWeight = Float32Array.from({ length: 300 }, (_, i) => 0.3 + i)
    const sessions = watchSessions((session) => vi.spyOn(session, 'prepare'))
    await make().train(x, { sampleWeight })
    const [{ weights }] = vi.mocked(sessions[0].prepare).mock.calls[0]
    expectSame(
      weights!,
      Float64Array.from(sampleWeight, (weight) => weight / 256),
    )
  })

  it('counts the rechecked rows of all iterations of all runs', async () => {
    watchSessions((session) => {
      const { step } = session
      session.step = async (options) => ({ ...(await step.call(session, options)), rechecked: 7 })
    })
    const km = await new FastKMeans(3, 5, { ...quiet, niter: 4, tol: -1, nredo: 2 }).fit(x)
    expect(km.stats.recheckedRows).toBe(2 * 4 * 7)
  })

  it('disposes of its session, also where it fails', async () => {
    const sessions = watchSessions()
    await make().train(x)
    await expect(make().train(Float32Array.of(...x, NaN, 0, 0))).rejects.toThrow('expected finite values')
    expect(sessions.map(({ dispose }) => vi.mocked(dispose).mock.calls.length)).toEqual([1, 1])
  })

  it('prints a line per iteration when verbose, with the run where there are several', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const km = await new FastKMeans(3, 5, { ...quiet, verbose: true }).fit(x)
    expect(log).toHaveBeenCalledTimes(km.nIter)
    expect(log.mock.calls[0][0]).toMatch(/^iteration 1\/25: inertia [\d.e+]+, shift [\d.e+-]+, 300 labels changed \([\d.]+ s\)$/)
    await km.setParams({ nredo: 2 }).train(x)
    expect(log.mock.calls.at(-1)![0]).toMatch(/^run 2\/2, iteration /)
  })
})

describe('a model', () => {
  it('from centroids predicts, and says what it does not know', async () => {
    const centroids = x.slice(0, 15)
    const rows = Array.from({ length: 5 }, (_, j) => [...centroids.subarray(j * 3, j * 3 + 3)])
    const blocks = [centroids.subarray(0, 6), centroids.subarray(6)]
    for (const given of [centroids, Float64Array.from(centroids), rows, blocks, [...centroids]]) {
      const km = FastKMeans.fromCentroids(given, 3, quiet)
      expect(km.k).toBe(5)
      expectSame(km.centroids, centroids)
      expectSame(await km.predict(x), nearestLabels(x, centroids, 3))
    }
    const km = FastKMeans.fromCentroids(centroids, 3)
    expect(km.centroids).not.toBe(centroids)
    for (const name of ['labels', 'inertia', 'counts', 'nIter', 'obj', 'iterationStats', 'stopReason', 'stats', 'trainRows'] as const)
      expect(() => km[name]).toThrow('expected a model that was trained, got one made from centroids')
  })

  it('gives its parameters, and takes them back', async () => {
    const km = new FastKMeans(3, 5, { ...quiet, niter: 7, tol: 0.5 })
    expect(km.getParams()).toMatchObject({ d: 3, k: 5, niter: 7, tol: 0.5, seed: 0, init: 'random', nredo: 1 })
    expect(km.setParams(km.getParams())).toBe(km)
    const { d, k, ...options } = km.getParams()
    expect(new FastKMeans(d, k, options).getParams()).toEqual(km.getParams())
    km.setParams({ k: 2, niter: 3 })
    expect(km.getParams()).toMatchObject({ k: 2, niter: 3, tol: 0.5 })
    await km.train(x)
    expect(km.centroids.length).toBe(6)
    expect(() => km.setParams({ d: 4 })).toThrow('FastKMeans.setParams: expected d to stay 3, got 4; make a new model')
    expect(() => km.setParams({ k: 0 })).toThrow('FastKMeans.setParams: expected k to be a positive integer below 2^31, got 0')
    expect(() => km.setParams({ niter: 0, tol: 3 })).toThrow('FastKMeans.setParams: expected niter')
    expect(km.getParams()).toMatchObject({ niter: 3, tol: 0.5 })
  })

  it('keeps predicting with its old centroids after setParams, and is replaced by the next training', async () => {
    const km = await new FastKMeans(3, 5, quiet).fit(x)
    const labels = km.labels
    km.setParams({ k: 2 })
    expectSame(await km.predict(x), labels)
    await km.train(x)
    expect(Math.max(...(await km.predict(x)))).toBe(1)
  })

  it('tells who asks for results too early to wait for them', async () => {
    const km = new FastKMeans(3, 5, quiet)
    expect(() => km.labels).toThrow('FastKMeans.labels: expected a trained model, got none; call train or fit first')
    const training = km.fit(x)
    expect(() => km.labels).toThrow('FastKMeans.labels: expected a trained model, got one whose training still runs; await it first')
    await training
    expect(km.labels.length).toBe(x.length / 3)
  })

  it('takes signal and onIteration of a training in place of those of the constructor, and undefined for neither', async () => {
    const calls: string[] = []
    const km = new FastKMeans(3, 5, { ...quiet, niter: 1, onIteration: () => void calls.push('own') })
    await km.train(x, { onIteration: () => void calls.push('given') })
    await km.train(x, { onIteration: undefined, signal: undefined })
    expect(calls).toEqual(['given', 'own'])
  })

  it('shows its state when printed', async () => {
    const km = new FastKMeans(3, 5, quiet)
    expect(inspect(km)).toBe('FastKMeans(d=3, k=5) not trained')
    expect(inspect(FastKMeans.fromCentroids(x.slice(0, 6), 3))).toBe('FastKMeans(d=3, k=2) from given centroids')
    await km.train(x)
    expect(inspect(km)).toBe(`FastKMeans(d=3, k=5) trained on reference: inertia ${km.inertia}, ${km.nIter} iterations, stopped by labels`)
  })

  it('is of no use after dispose, which may be called twice', async () => {
    const km = await new FastKMeans(3, 5, quiet).fit(x)
    km.dispose()
    km.dispose()
    await expect(km.train(x)).rejects.toThrow('FastKMeans.train: expected a live model, got one that was disposed of')
    await expect(km.predict(x)).rejects.toThrow('FastKMeans.predict: expected a live model, got one that was disposed of')
    expect(() => km.centroids).toThrow('FastKMeans.centroids: expected a live model, got one that was disposed of')
  })

  it.each(['random', 'k-means++'] as const)('disposed of during a training stops it at once: %s', async (init) => {
    const large = makePoints(6, 20_000, 32, 'uniform')
    const { signal } = new AbortController()
    const km = new FastKMeans(32, 400, { ...quiet, maxPointsPerCentroid: null, niter: 1000, init, signal })
    setTimeout(() => km.dispose(), 60)
    const start = performance.now()
    await expect(km.train(large)).rejects.toThrow('FastKMeans.train: expected a live model, got one disposed of during the training')
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
