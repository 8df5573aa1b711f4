import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import type { TrainOptions } from '../src/arguments.js'
import type { FastKMeansOptions } from '../src/options.js'
import type { PointsInput } from '../src/points.js'
import { expectSame } from './matchers.js'
import { makePoints } from './oracles.js'

const quiet: FastKMeansOptions = { device: 'reference', minPointsPerCentroid: 0 }
const x = makePoints(1, 100, 3, 'uniform')
const METHODS = ['train', 'fit', 'fitPredict', 'fitTransform'] as const
const QUERIES = ['predict', 'assign', 'transform', 'score'] as const

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

function withValue(value: number, row: number, column: number): Float32Array {
  const bad = x.slice()
  bad[row * 3 + column] = value
  bad[bad.length - 1] = NaN
  return bad
}

const disposed = { shape: [100, 3], isDisposed: true, data: async () => x }

/** Points, arguments, options, and what is wrong. */
const CASES: [string, unknown, TrainOptions, FastKMeansOptions & { k?: number }, string][] = [
  ['NaN', withValue(NaN, 7, 1), {}, {}, 'expected finite values, got NaN (row 7, column 1)'],
  ['Infinity', withValue(Infinity, 0, 2), {}, {}, 'expected finite values, got Infinity (row 0, column 2)'],
  ['−Infinity', withValue(-Infinity, 98, 0), {}, {}, 'expected finite values, got -Infinity (row 98, column 0)'],
  ['NaN in rows that a subsample may leave out', withValue(NaN, 50, 0), {}, { maxPointsPerCentroid: 1 }, 'got NaN (row 50, column 0)'],
  ['NaN and float16', withValue(NaN, 7, 1), {}, { dtype: 'float16' }, 'expected finite values, got NaN (row 7, column 1)'],
  ['a wrong d', new Float32Array(100), {}, {}, 'expected whole rows of d = 3 columns, got 100 values, which is no multiple of d'],
  [
    'a wrong d of rows',
    [
      [1, 2],
      [3, 4],
    ],
    {},
    {},
    'expected d = 3 columns, got 2 (row 0)',
  ],
  ['n < k', x.slice(0, 9), {}, {}, 'expected at least k = 4 points, got n = 3; take fewer clusters'],
  ['no points', new Float32Array(0), {}, {}, 'expected at least one point, got an empty array'],
  ['no rows', [], {}, {}, 'expected at least one point, got an empty array'],
  ['nothing', undefined, {}, {}, 'got undefined'],
  ['a disposed tensor', disposed, {}, {}, 'expected a live tensor, got a disposed one'],
  ['n that is not that of x', x, { n: 99 }, {}, 'expected n · d = 99 · 3 = 297 values, got 300'],
  ['an overflow of n · d', x, { n: 2 ** 53 - 1 }, {}, 'expected n · d below 2^53, got 9007199254740991 · 3'],
  [
    'a negative weight',
    x,
    { sampleWeight: Array.from({ length: 100 }, (_, i) => (i === 5 ? -1 : 1)) },
    {},
    "expected sample weights that are not negative and within float32's range, got -1 (row 5)",
  ],
  ['a weight that is NaN', x, { sampleWeight: new Float32Array(100).fill(NaN) }, {}, "float32's range, got NaN (row 0)"],
  ['weights beyond float32', x, { sampleWeight: new Float64Array(100).fill(1e39) }, {}, "float32's range, got 1e+39 (row 0)"],
  [
    'weights of all zeros',
    x,
    { sampleWeight: new Float32Array(100) },
    {},
    'expected at least one sample weight above 0 in float32, got only zeros',
  ],
  ['too few weights', x, { sampleWeight: [1, 2] }, {}, 'expected n = 100 sample weights, got 2'],
  ['weights that are none', x, { sampleWeight: 5 as never }, {}, 'expected n = 100 sample weights, got 5'],
  [
    'a missing weight, which is no 0',
    x,
    { sampleWeight: Array.from({ length: 100 }, (_, i) => (i === 9 ? null : 1)) as number[] },
    {},
    'expected sample weights that are numbers, got null (row 9)',
  ],
  ['weights as words', x, { sampleWeight: Array(100).fill('1') }, {}, "expected sample weights that are numbers, got '1' (row 0)"],
  [
    'weights of bigints',
    x,
    { sampleWeight: new BigInt64Array(100) as never },
    {},
    'expected sample weights that are numbers, got 0n (row 0)',
  ],
  ['weights in place of the options', x, new Float32Array(100) as never, {}, 'expected an options object, got Float32Array'],
  ['null in place of the options', x, null as never, {}, 'expected an options object, got null'],
  ['init of the wrong size', x, {}, { init: new Float32Array(11) }, 'expected init to give k · d = 4 · 3 = 12 values, got 11'],
  ['init with NaN', x, {}, { init: new Float32Array(12).fill(NaN, 4, 5) }, 'all finite, got NaN (centroid 1, column 1)'],
  [
    'an init function of the wrong size',
    x,
    {},
    { init: () => new Float32Array(3) },
    'expected init to give k · d = 4 · 3 = 12 values, got 3',
  ],
  ['an init function that gives rows', x, {}, { init: (() => [[1, 2, 3]]) as never }, 'values in a Float32Array, got an array of 1'],
  [
    'an init function that asks for rows that are not there',
    x,
    {},
    { init: ({ rows }) => rows(Uint32Array.of(0, 1, 2, 100)) },
    'expected init to ask for rows from 0 to n - 1 = 99, got 100',
  ],
  [
    'a device that is not there',
    x,
    {},
    { device: 'webgpu' },
    "device 'webgpu' is not there: this version has no webgpu backend; use 'auto', 'cuda', 'cpu', 'wasm', 'tfjs' or 'reference'",
  ],
  [
    'an option of fit that is not known',
    x,
    { sampleWeights: [1] } as never,
    {},
    "unknown option 'sampleWeights'; did you mean 'sampleWeight'?",
  ],
  ['more k than 2^31', x, {}, { k: 2 ** 31 - 1 }, 'expected at least k = 2147483647 points, got n = 100; take fewer clusters'],
  [
    'values beyond float16',
    Float32Array.from(x, (v, i) => (i === 31 ? 70_000 : v)),
    {},
    { dtype: 'float16' },
    "expected values up to 65504 for dtype 'float16', got 70000 (row 10, column 1)",
  ],
]

describe.each(METHODS)('%s', (method) => {
  it.each(CASES)('refuses %s, and the model stays as it was', async (_, input, args, options, message) => {
    const km = await new FastKMeans(3, 4, quiet).fit(x)
    const { centroids, labels, inertia, stats } = km
    km.setParams(options)
    const error: unknown = await km[method](input as PointsInput, args).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).toMatch(new RegExp(`^FastKMeans\\.${method}: `))
    expect(km.centroids).toBe(centroids)
    expect([km.labels, km.inertia, km.stats]).toEqual([labels, inertia, stats])
    await km.setParams({ ...quiet, maxPointsPerCentroid: 256, dtype: 'float32', init: 'random', k: 4 }).train(x)
    expectSame(km.centroids, centroids)
  })

  it('refuses a second training while one runs, which goes on', async () => {
    const km = new FastKMeans(3, 4, { ...quiet, onIteration: () => new Promise((resolve) => setTimeout(resolve, 5)) })
    const first = km.train(x)
    await expect(km[method](x)).rejects.toThrow(
      `FastKMeans.${method}: expected no other training of this model to run, got a second call; await the first`,
    )
    await expect(km[method](x)).rejects.toThrow('await the first')
    expect(() => km.setParams({ niter: 2 })).toThrow('FastKMeans.setParams: expected no training to run, got a call while one does')
    await first
    await km[method](x)
    expect(km.nIter).toBeGreaterThan(0)
  })
})

describe.each(QUERIES)('%s', (method) => {
  it.each<[string, unknown, string]>([
    ['NaN', withValue(NaN, 7, 1), 'expected finite values, got NaN (row 7, column 1)'],
    ['a wrong d', new Float32Array(100), 'expected whole rows of d = 3 columns, got 100 values, which is no multiple of d'],
    ['no points', new Float32Array(0), 'expected at least one point, got an empty array'],
    ['a disposed tensor', disposed, 'expected a live tensor, got a disposed one'],
    ['nothing', null, 'expected points (a typed array, an array of rows, a tensor, an Arrow column or table, or Points), got null'],
  ])('refuses %s', async (_, input, message) => {
    const km = FastKMeans.fromCentroids(x.slice(0, 6), 3, quiet)
    await expect(km[method](input as PointsInput)).rejects.toThrow(`FastKMeans.${method}: ${message}`)
  })

  it('refuses what is no object of options, and no signal', async () => {
    const km = FastKMeans.fromCentroids(x.slice(0, 6), 3, quiet)
    await expect(km[method](x, null as never)).rejects.toThrow(`FastKMeans.${method}: expected an options object, got null`)
    await expect(km[method](x, { signal: 5 as never })).rejects.toThrow(`FastKMeans.${method}: expected signal to be an AbortSignal, got 5`)
  })

  it('refuses to answer before a training, and options that are not known', async () => {
    await expect(new FastKMeans(3, 4, quiet)[method](x)).rejects.toThrow(
      `FastKMeans.${method}: expected a trained model, got none; call train or fit first`,
    )
    const km = FastKMeans.fromCentroids(x.slice(0, 6), 3, quiet)
    await expect(km[method](x, { signals: 1 } as never)).rejects.toThrow(
      `FastKMeans.${method}: unknown option 'signals'; did you mean 'signal'?`,
    )
    await expect(km[method](x, { n: 5 })).rejects.toThrow(`FastKMeans.${method}: expected n · d = 5 · 3 = 15 values, got 300`)
  })
})

describe('FastKMeans', () => {
  it.each(['centroids', 'labels', 'inertia', 'counts', 'nIter', 'obj', 'iterationStats', 'stopReason', 'stats', 'trainRows'] as const)(
    'has no %s before a training',
    (name) => {
      const member = name === 'obj' ? 'iterationStats' : name
      expect(() => new FastKMeans(3, 4)[name]).toThrow(`FastKMeans.${member}: expected a trained model, got none; call train or fit first`)
    },
  )

  it.each([0, -3, 2.5, NaN, Infinity, '8', null, undefined])('refuses d = %s and k = %s', (size) => {
    const expected = typeof size === 'string' ? `'${size}'` : String(size)
    expect(() => new FastKMeans(size as number, 4)).toThrow(`FastKMeans: expected d to be a positive integer below 2^31, got ${expected}`)
    expect(() => new FastKMeans(4, size as number)).toThrow(`FastKMeans: expected k to be a positive integer below 2^31, got ${expected}`)
  })

  it('refuses unknown options, naming the nearest, and a chunk size of 0', () => {
    expect(() => new FastKMeans(3, 4, { nIter: 5 } as FastKMeansOptions)).toThrow(
      "FastKMeans: unknown option 'nIter'; did you mean 'niter'?",
    )
    expect(() => new FastKMeans(3, 4, { chunkSizeData: 0 })).toThrow(
      "FastKMeans: expected chunkSizeData to be a positive integer or 'auto', got 0",
    )
    expect(() => new FastKMeans(3, 4, { chunkSizeCentroids: 0 })).toThrow(
      "FastKMeans: expected chunkSizeCentroids to be a positive integer or 'auto', got 0",
    )
  })

  it.each([null, undefined, 5, 'niter'])('setParams refuses %o', (params) => {
    const shown = typeof params === 'string' ? `'${params}'` : String(params)
    expect(() => new FastKMeans(3, 4).setParams(params as FastKMeansOptions)).toThrow(
      `FastKMeans.setParams: expected an options object, got ${shown}`,
    )
  })

  it.each<[unknown, string]>([
    [new Float32Array(7), 'expected k · d values with d = 3, got 7'],
    [new Float32Array(0), 'expected k · d values with d = 3, got an empty Float32Array'],
    [[], 'expected k · d values with d = 3, got an empty array'],
    [
      [
        [1, 2, 3],
        [4, 5],
      ],
      'expected d = 3 columns, got 2 (centroid 1)',
    ],
    [
      [
        [1, 2],
        [3, 4, 5, 6],
      ],
      'expected d = 3 columns, got 2 (centroid 0)',
    ],
    [Float32Array.of(1, 2, NaN), 'expected finite float32 values, got NaN (centroid 0, column 2)'],
    [Float64Array.of(1, 2, 3, 1e39, 5, 6), 'expected finite float32 values, got 1e+39 (centroid 1, column 0)'],
    [[[1, 2, null]], 'expected numbers, got null (centroid 0, column 2)'],
    [['1', '2', '3'], "expected numbers, got '1' (centroid 0, column 0)"],
    ['123', "expected k · d values with d = 3, got '123'"],
    [new BigInt64Array(3), 'expected numbers, got 0n (centroid 0, column 0)'],
    [{ centroids: new Float32Array(3) }, 'expected k · d values with d = 3, got Object'],
    [null, 'expected k · d values with d = 3, got null'],
  ])('fromCentroids refuses %o', (centroids, message) => {
    expect(() => FastKMeans.fromCentroids(centroids as Float32Array, 3)).toThrow(`FastKMeans.fromCentroids: ${message}`)
  })
})
