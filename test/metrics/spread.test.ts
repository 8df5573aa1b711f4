import { describe, expect, test } from 'vitest'
import { calinskiHarabaszScore, daviesBouldinScore } from '../../src/metrics/index.js'
import { spreadOf } from '../../src/metrics/spread.js'
import { pace } from '../../src/pace.js'
import { clustersByDefinition, distance, randomLabels, randomPoints } from './oracles.js'

const spread = (x: Float32Array | Float64Array, d: number, codes: number[]) => {
  const values = [...new Set(codes)].sort((a, b) => a - b)
  return spreadOf({ blocks: [x], n: codes.length, d }, { codes: Int32Array.from(codes), values }, pace(), 'metric')
}

describe('spreadOf', () => {
  test('sums the distances of the points of a cluster to its mean, and their squares', async () => {
    // Cluster 0: (0, 0), (6, 8), mean (3, 4); cluster 1: (10, 0), alone.
    const { counts, distances, sqDistances, means } = await spread(Float32Array.of(0, 0, 6, 8, 10, 0), 2, [0, 0, 1])
    expect([...counts]).toEqual([2, 1])
    expect([...distances]).toEqual([10, 0])
    expect([...sqDistances]).toEqual([50, 0])
    expect([means[2] - means[0], means[3] - means[1]]).toEqual([7, -4])
  })

  test('has the distances of means that the definition has', async () => {
    const x = randomPoints(150, 5, 3)
    const codes = randomLabels(150, 4, 4)
    const { means } = await spread(x, 5, codes)
    const clusters = clustersByDefinition(x, 5, codes).sort((a, b) => codes[a.ids[0]] - codes[b.ids[0]])
    const expected = clusters.flatMap(({ mean }) => mean)
    for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) expect(distance(means, 5, i, j)).toBeCloseTo(distance(expected, 5, i, j), 13)
  })

  test('is 0, exactly, for a cluster of equal points, where the mean of three times 0.1 is not 0.1', async () => {
    const { sqDistances } = await spread(Float64Array.of(0.1, 0.1, 0.1, 5, 5, 5.5), 1, [0, 0, 0, 1, 1, 1])
    expect(sqDistances[0]).toBe(0)
    expect(sqDistances[1]).toBeCloseTo(1 / 6, 15)
  })

  test('keeps its digits where the first point of a cluster is an outlier', async () => {
    const x = Float64Array.of(1e9, ...Array.from({ length: 999 }, (_, i) => i / 1000), 0, 1)
    const codes = [...new Array<number>(1000).fill(0), 1, 1]
    const { means, sqDistances } = await spread(x, 1, codes)
    const mean = (1e9 + (999 * 998) / 2000) / 1000
    expect(Math.abs(means[0] - means[1] - (mean - 0.5)) / mean).toBeLessThan(1e-12)
    const expected = x.subarray(0, 1000).reduce((sum, value) => sum + (value - mean) ** 2, 0)
    expect(Math.abs(sqDistances[0] / expected - 1)).toBeLessThan(1e-13)
  })

  test('loses nothing over a million equal steps', async () => {
    const n = 1_000_000
    const x = Float64Array.from({ length: n + 2 }, (_, i) => (i < n ? (i % 2) * 0.1 : i))
    const { distances, sqDistances } = await spread(x, 1, [...new Array<number>(n).fill(0), 1, 1])
    expect(Math.abs(distances[0] / 50_000 - 1)).toBeLessThan(1e-15)
    expect(Math.abs(sqDistances[0] / 2500 - 1)).toBeLessThan(1e-15)
  })

  test('reads blocks as one set', async () => {
    const x = randomPoints(100, 3, 8)
    const codes = Int32Array.from(randomLabels(100, 3, 9))
    const rows = { blocks: [x.subarray(0, 30), x.subarray(30, 33), x.subarray(33)], n: 100, d: 3 }
    const split = await spreadOf(rows, { codes, values: [0, 1, 2] }, pace(), 'metric')
    expect(split).toEqual(await spread(x, 3, [...codes]))
  })
})

describe('calinskiHarabaszScore', () => {
  test('is 1 where every cluster is a single place, as in scikit-learn, also where 0.1 is no float', async () => {
    expect(await calinskiHarabaszScore(Float32Array.of(1, 1, 2, 2), [0, 0, 1, 1], { d: 1 })).toBe(1)
    expect(await calinskiHarabaszScore([[0.1], [0.1], [0.1], [0.7], [0.7], [0.7]], [0, 0, 0, 1, 1, 1])).toBe(1)
    expect(await calinskiHarabaszScore(new Float32Array(8), [0, 0, 1, 1], { d: 2 })).toBe(1)
  })

  test('is 0 where the clusters have one mean', async () => {
    expect(await calinskiHarabaszScore([[-1], [1], [-2], [2]], [0, 0, 1, 1])).toBe(0)
  })

  test("is 45 on scikit-learn's test: two clusters of pairs, far apart", async () => {
    // test_calinski_harabasz_score: X = [[0, 0], [1, 1]] * 5 + [[3, 3], [4, 4]] * 5 + [[0, 4], [1, 3]] * 5 + [[3, 1], [4, 0]] * 5
    const pairs = [
      [0, 0, 1, 1],
      [3, 3, 4, 4],
      [0, 4, 1, 3],
      [3, 1, 4, 0],
    ]
    const x = Float32Array.from(pairs.flatMap((pair) => Array.from({ length: 5 }, () => pair).flat()))
    const labels = Array.from({ length: 40 }, (_, i) => Math.floor(i / 10))
    expect(await calinskiHarabaszScore(x, labels, { d: 2 })).toBeCloseTo((45 * (40 - 4)) / (5 * (4 - 1)), 12)
    expect(await daviesBouldinScore(x, labels, { d: 2 })).toBeCloseTo((2 * Math.sqrt(0.5)) / 3, 14)
  })
})

describe('daviesBouldinScore', () => {
  test('is 0 where every cluster is a single place, and where all means are one', async () => {
    expect(await daviesBouldinScore(Float32Array.of(1, 1, 2, 2), [0, 0, 1, 1], { d: 1 })).toBe(0)
    expect(await daviesBouldinScore([[-1], [1], [-2], [2]], [0, 0, 1, 1])).toBe(0)
  })

  test('takes clusters with one mean for infinitely far apart', async () => {
    const x = [[-1], [1], [-2], [2], [9], [11]]
    // Clusters 0 and 1 have mean 0, cluster 2 has 10: the ratios are (1 + 1)/10, (2 + 1)/10 and, for cluster 2, the larger of both.
    expect(await daviesBouldinScore(x, [0, 0, 1, 1, 2, 2])).toBeCloseTo((0.2 + 0.3 + 0.3) / 3, 15)
  })

  test('counts spreads up to 1e-8 as 0, as scikit-learn does', async () => {
    const [small, larger] = [2 ** -28, 2 ** -20].map((size) => Float64Array.of(0, size, 1, 1 + size))
    expect(await daviesBouldinScore(small, [0, 0, 1, 1], { d: 1 })).toBe(0)
    expect(await daviesBouldinScore(larger, [0, 0, 1, 1], { d: 1 })).toBeCloseTo(2 ** -20, 15)
  })
})
