/** @file What holds for all metrics that look at the points. */

import { describe, expect, test } from 'vitest'
import {
  calinskiHarabaszScore,
  daviesBouldinScore,
  type Label,
  type PointMetricOptions,
  silhouetteSamples,
  silhouetteScore,
} from '../../src/metrics/index.js'
import type { PointsInput } from '../../src/points.js'
import { calinskiHarabaszByDefinition, daviesBouldinByDefinition, randomLabels, randomPoints, silhouettesByDefinition } from './oracles.js'

type Metric = (x: PointsInput, labels: ArrayLike<Label>, options?: PointMetricOptions) => Promise<number | Float64Array>

const METRICS: Record<string, Metric> = { calinskiHarabaszScore, daviesBouldinScore, silhouetteSamples, silhouetteScore }
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const ORACLES: Record<string, (x: ArrayLike<number>, d: number, labels: ArrayLike<number>) => number | number[]> = {
  calinskiHarabaszScore: calinskiHarabaszByDefinition,
  daviesBouldinScore: daviesBouldinByDefinition,
  silhouetteSamples: silhouettesByDefinition,
  silhouetteScore: (x, d, labels) => mean(silhouettesByDefinition(x, d, labels)),
}

const flat = (score: number | Float64Array | number[]): number[] => (typeof score === 'number' ? [score] : [...score])
function expectSame(actual: number | Float64Array, expected: number | Float64Array | number[], tolerance: number): void {
  const [a, e] = [flat(actual), flat(expected)]
  expect(a).toHaveLength(e.length)
  for (const [i, value] of e.entries()) expect(Math.abs(a[i] - value) / Math.max(1, Math.abs(value))).toBeLessThanOrEqual(tolerance)
}

describe.each(Object.keys(METRICS))('%s', (name) => {
  const metric = METRICS[name]
  const x = randomPoints(90, 3, 1)
  const labels = randomLabels(90, 4, 2)

  test.each([
    { n: 3, d: 1, k: 2 },
    { n: 5, d: 2, k: 4 },
    { n: 63, d: 3, k: 7 },
    { n: 64, d: 16, k: 2 },
    { n: 65, d: 17, k: 64 },
    { n: 130, d: 1, k: 40 },
    { n: 200, d: 33, k: 3 },
    { n: 21, d: 513, k: 5 },
  ])('is what the definition says: n = $n, d = $d, k = $k', async ({ n, d, k }) => {
    const x = randomPoints(n, d, n + d)
    const labels = Array.from({ length: n }, (_, i) => (i < k ? i : randomLabels(n, k, d)[i]))
    expectSame(await metric(x, labels, { d }), ORACLES[name](x, d, labels), 1e-12)
  })

  test('does not change when clusters are renamed', async () => {
    const score = await metric(x, labels, { d: 3 })
    expectSame(
      await metric(
        x,
        labels.map((label) => `c${9 - label}`),
        { d: 3 },
      ),
      score,
      1e-14,
    )
    expectSame(
      await metric(
        x,
        labels.map((label) => 1e9 * label - 7.5),
        { d: 3 },
      ),
      score,
      1e-14,
    )
  })

  test('does not change when all points are moved, as far as 2^40, by steps that float64 holds', async () => {
    const score = await metric(x, labels, { d: 3 })
    for (const offset of [-17, 2 ** 20, -(2 ** 36)])
      expectSame(
        await metric(
          Float64Array.from(x, (value) => value + offset),
          labels,
          { d: 3 },
        ),
        score,
        1e-12,
      )
  })

  test('does not change when all points are scaled by a power of two, from 2^-10 to 2^60', async () => {
    const score = await metric(x, labels, { d: 3 })
    for (const exponent of [-10, 7, 60])
      expectSame(
        await metric(
          x.map((value) => value * 2 ** exponent),
          labels,
          { d: 3 },
        ),
        score,
        1e-14,
      )
  })

  test('gives the same for every form of the same points', async () => {
    const score = await metric(x, labels, { d: 3 })
    const rows = Array.from({ length: 90 }, (_, i) => [...x.subarray(3 * i, 3 * i + 3)])
    const tensor = { shape: [90, 3], isDisposed: false, data: () => Promise.resolve(x) }
    expect(await metric(Float64Array.from(x), labels, { d: 3 })).toEqual(score)
    expect(await metric(rows, labels)).toEqual(score)
    expect(await metric(tensor, labels)).toEqual(score)
    expect(await metric({ blocks: [x.subarray(0, 30), x.subarray(30)], n: 90, d: 3 }, labels)).toEqual(score)
    expect(await metric([x.subarray(0, 3), x.subarray(3)], labels, { d: 3 })).toEqual(score)
  })

  test('does not change its input', async () => {
    const before = [x.slice(), labels.slice()]
    await metric(x, labels, { d: 3 })
    expect([x, labels]).toEqual(before)
  })

  test('refuses one cluster, and as many clusters as points: scikit-learn asks for 2 to n − 1', async () => {
    const four = Float32Array.of(1, 2, 3, 4)
    await expect(metric(four, [1, 1, 1, 1], { d: 1 })).rejects.toThrow(
      new RangeError(`${name}: expected labels of 2 to n - 1 clusters, got 1 cluster for n = 4`),
    )
    await expect(metric(four, [1, 2, 3, 4], { d: 1 })).rejects.toThrow(
      new RangeError(`${name}: expected labels of 2 to n - 1 clusters, got 4 clusters for n = 4`),
    )
    await expect(metric(Float32Array.of(1), [1], { d: 1 })).rejects.toThrow('got 1 cluster for n = 1')
  })

  test('refuses another number of labels than points', async () => {
    await expect(metric(x, labels.slice(1), { d: 3 })).rejects.toThrow(
      new RangeError(
        `${name}: expected one label per point, got 89 labels for n = 90; labels of a training on a sample (maxPointsPerCentroid) are those of trainRows: await km.predict(x) labels all points`,
      ),
    )
  })

  test('refuses what are no labels', async () => {
    await expect(metric(x, undefined as never, { d: 3 })).rejects.toThrow(
      new TypeError(`${name}: expected labels to be an array of labels, got undefined`),
    )
    await expect(metric(Float32Array.of(1, 2, 3), [1, NaN, 2], { d: 1 })).rejects.toThrow(
      new RangeError(`${name}: expected finite labels, got NaN (index 1)`),
    )
  })

  test.each([NaN, Infinity, -Infinity])('refuses %d among the points, and names row and column', async (value) => {
    for (const type of [Float32Array, Float64Array]) {
      const bad = type.from(x)
      bad[3 * 41 + 2] = value
      await expect(metric(bad, labels, { d: 3 })).rejects.toThrow(
        new RangeError(`${name}: expected finite values, got ${value} (row 41, column 2)`),
      )
    }
  })

  test('refuses points without d, with a wrong d, and none', async () => {
    await expect(metric(x, labels)).rejects.toThrow(`${name}: expected d (the number of columns)`)
    await expect(metric(x, labels, { d: 7 })).rejects.toThrow(`${name}: expected whole rows of d = 7 columns`)
    await expect(metric([], [])).rejects.toThrow(`${name}: expected at least one point`)
    await expect(metric('x' as never, labels)).rejects.toThrow(TypeError)
  })

  test('throws the reason of a signal that is aborted already, before it looks at anything', async () => {
    const reason = new Error('enough')
    await expect(metric(null as never, null as never, { d: 3, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
