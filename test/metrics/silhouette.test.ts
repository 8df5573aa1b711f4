import { describe, expect, test } from 'vitest'
import { silhouetteSamples, silhouetteScore } from '../../src/metrics/index.js'
import { takeRows } from '../../src/points.js'
import { random, sampleWithoutReplacement, STREAM } from '../../src/random.js'
import { madePoints } from './golden.js'
import { randomLabels, randomPoints, silhouettesByDefinition } from './oracles.js'

describe('silhouetteSamples', () => {
  test.each(Array.from({ length: 40 }, (_, salt) => ({ salt, n: 5 + 7 * salt, d: 1 + (salt % 6), k: 2 + ((salt * salt) % 50) })))(
    'is what the definition says: n = $n, d = $d, k ≤ $k',
    async ({ salt, n, d, k }) => {
      const x = randomPoints(n, d, salt)
      const labels = randomLabels(n, Math.min(k, n - 2), salt + 500)
      labels[0] = labels[1]
      labels[2] = labels[1] + 1
      const actual = await silhouetteSamples(x, labels, { d })
      const expected = silhouettesByDefinition(x, d, labels)
      expect(actual).toHaveLength(n)
      for (const [i, value] of expected.entries()) expect(actual[i], `point ${i}`).toBeCloseTo(value, 12)
    },
  )

  test("has the values of Rousseeuw's definition on a case done by hand", async () => {
    // Points 0, 2 | 6, 10 on a line. Point 0: a = 2, b = (6 + 10)/2 = 8; point 2: a = 2, b = (4 + 8)/2 = 6; 6: a = 4, b = 5; 10: a = 4, b =
    // 9.
    const actual = await silhouetteSamples(Float32Array.of(0, 2, 6, 10), [0, 0, 1, 1], { d: 1 })
    expect([...actual]).toEqual([6 / 8, 4 / 6, 1 / 5, 5 / 9])
  })

  test('is 0 for a cluster of one point', async () => {
    const actual = await silhouetteSamples([[0], [1], [5], [9]], ['a', 'a', 'b', 'c'])
    expect(actual[2]).toBe(0)
    expect(actual[3]).toBe(0)
    expect(actual[0]).toBeGreaterThan(0)
  })

  test('is 0 where a and b are 0: equal points in two clusters', async () => {
    const actual = await silhouetteSamples(new Float32Array(10), [0, 0, 1, 1, 1], { d: 2 })
    expect([...actual]).toEqual([0, 0, 0, 0, 0])
  })

  test('is 1 where the points of each cluster are equal and clusters differ', async () => {
    const actual = await silhouetteSamples([[0.1], [0.7], [0.1], [0.7], [0.1]], [0, 1, 0, 1, 0])
    expect([...actual]).toEqual([1, 1, 1, 1, 1])
  })

  test('is negative for a point in the wrong cluster', async () => {
    const actual = await silhouetteSamples([[0], [0.1], [9], [9.1], [9.2]], [0, 0, 0, 1, 1])
    expect(actual[2]).toBeLessThan(-0.9)
  })

  test('lies in [−1, 1]', async () => {
    const actual = await silhouetteSamples(randomPoints(500, 2, 1), randomLabels(500, 30, 2), { d: 2 })
    expect(actual.every((value) => value >= -1 && value <= 1)).toBe(true)
  })

  test('keeps the order of the points, however the labels lie', async () => {
    const x = randomPoints(100, 2, 7)
    const labels = randomLabels(100, 5, 8)
    const values = await silhouetteSamples(x, labels, { d: 2 })
    const back = Array.from({ length: 100 }, (_, i) => 99 - i)
    const reversed = await silhouetteSamples(
      back.map((i) => [x[2 * i], x[2 * i + 1]]),
      back.map((i) => labels[i]),
    )
    for (const i of back) expect(reversed[99 - i]).toBeCloseTo(values[i], 13)
  })

  test('is right to the last digits at 2^33 from the origin, where ‖x‖² − 2x·y + ‖y‖² has none', async () => {
    const near = madePoints({ n: 120, d: 8, k: 3, salt: 5 })
    const far = madePoints({ n: 120, d: 8, k: 3, salt: 5, offset: 2 ** 33 })
    expect(await silhouetteSamples(far.x, far.labels, { d: 8 })).toEqual(await silhouetteSamples(near.x, near.labels, { d: 8 }))
  })

  test('takes tiles of every size: few rows of a hundred thousand columns', async () => {
    const d = 100_000
    const x = randomPoints(13, d, 3)
    const labels = randomLabels(13, 3, 4)
    const expected = silhouettesByDefinition(x, d, labels)
    const actual = await silhouetteSamples(x, labels, { d })
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12)
  })
})

describe('silhouetteScore', () => {
  test('is the mean of the samples', async () => {
    const x = randomPoints(333, 3, 1)
    const labels = randomLabels(333, 6, 2)
    const samples = await silhouetteSamples(x, labels, { d: 3 })
    const score = await silhouetteScore(x, labels, { d: 3 })
    expect(score).toBeCloseTo(samples.reduce((sum, value) => sum + value, 0) / 333, 14)
  })

  test('of a sample is the score of these points alone', async () => {
    const points = { blocks: [randomPoints(500, 3, 1)], n: 500, d: 3 }
    const labels = randomLabels(500, 4, 2)
    const ids = sampleWithoutReplacement(500, 60, random(42, STREAM.silhouette))
    const alone = await silhouetteScore(
      takeRows(points, ids),
      Array.from(ids, (id) => labels[id]),
    )
    expect(await silhouetteScore(points, labels, { sampleSize: 60, seed: 42 })).toBe(alone)
  })

  test('of a sample is the same for the same seed, with seed 0 by default, and another for another', async () => {
    const { x, labels } = madePoints({ n: 2000, d: 2, k: 5, salt: 3 })
    const sampled = (seed?: number) => silhouetteScore(x, labels, { d: 2, sampleSize: 200, seed })
    expect(await sampled(1)).toBe(await sampled(1))
    expect(await sampled()).toBe(await sampled(0))
    expect(await sampled(1)).not.toBe(await sampled(2))
    expect(await sampled(-5)).not.toBe(await sampled(5))
  })

  test('of a sample comes close to the score of all', async () => {
    const { x, labels } = madePoints({ n: 3000, d: 2, k: 5, salt: 3 })
    const all = await silhouetteScore(x, labels, { d: 2 })
    for (let seed = 0; seed < 5; seed++)
      expect(Math.abs((await silhouetteScore(x, labels, { d: 2, sampleSize: 600, seed })) - all)).toBeLessThan(0.06)
  })

  test('of a sample of at least n points is the score of all', async () => {
    const x = randomPoints(50, 2, 1)
    const labels = randomLabels(50, 3, 2)
    const all = await silhouetteScore(x, labels, { d: 2 })
    expect(await silhouetteScore(x, labels, { d: 2, sampleSize: 50 })).toBe(all)
    expect(await silhouetteScore(x, labels, { d: 2, sampleSize: 10 ** 9 })).toBe(all)
  })

  test('of a sample asks for 2 to m − 1 clusters in the sample', async () => {
    const labels = new Int32Array(1000)
    labels[0] = 1
    labels[1] = 1
    await expect(silhouetteScore(randomPoints(1000, 1, 1), labels, { d: 1, sampleSize: 3 })).rejects.toThrow(
      'silhouetteScore: expected labels of 2 to n - 1 clusters, got 1 cluster for n = 3',
    )
  })

  test('of a sample takes a million points at the cost of the sample', async () => {
    const n = 1_000_000
    const x = Float32Array.from({ length: n }, (_, i) => (i % 2) * 10 + (i % 7) / 7)
    const labels = Int32Array.from({ length: n }, (_, i) => i % 2)
    const score = await silhouetteScore(x, labels, { d: 1, sampleSize: 300 })
    expect(score).toBeGreaterThan(0.9)
  })

  test.each([0, -1, 1.5, NaN, Infinity, '10'])('refuses sampleSize = %o', async (sampleSize) => {
    await expect(silhouetteScore([[1], [2], [3]], [0, 0, 1], { sampleSize: sampleSize as number })).rejects.toThrow(
      new RangeError(`silhouetteScore: expected sampleSize to be a positive integer, got ${sampleSize}`),
    )
  })

  test.each([0.5, NaN, 2 ** 60])('refuses seed = %o', async (seed) => {
    await expect(silhouetteScore([[1], [2], [3]], [0, 0, 1], { sampleSize: 2, seed })).rejects.toThrow(
      new RangeError(`silhouetteScore: expected seed to be a safe integer, got ${seed}`),
    )
  })
})
