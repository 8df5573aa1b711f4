import { describe, expect, test } from 'vitest'
import { expectedMutualInfo } from '../../src/metrics/expectedMutualInfo.js'
import { expectedMutualInfoByPermutation, randomLabels } from './oracles.js'

const sizesOf = (labels: readonly number[]): Float64Array => {
  const sizes = new Map<number, number>()
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  return Float64Array.from(sizes.values())
}

const choose = (n: number, k: number): bigint => {
  let value = 1n
  for (let i = 1; i <= k; i++) value = (value * BigInt(n - k + i)) / BigInt(i)
  return value
}

/** The hypergeometric probability of m from exact binomial coefficients, as scikit-learn's eight log-gammas without their errors. */
function exactTerm(a: number, b: number, n: number): number {
  const scale = 10n ** 40n
  let sum = 0
  for (let m = Math.max(1, a + b - n); m <= Math.min(a, b); m++) {
    const p = Number((choose(a, m) * choose(n - a, b - m) * scale) / choose(n, b)) / 1e40
    sum += (m / n) * Math.log((m * n) / (a * b)) * p
  }
  return sum
}

describe('expectedMutualInfo', () => {
  test.each(Array.from({ length: 15 }, (_, salt) => ({ salt })))('is the mean over all permutations (salt $salt)', ({ salt }) => {
    const t = randomLabels(6, 2 + (salt % 4), salt)
    const p = randomLabels(6, 2 + (salt % 3), salt + 99)
    expect(expectedMutualInfo(sizesOf(t), sizesOf(p), 6)).toBeCloseTo(expectedMutualInfoByPermutation(t, p), 13)
  })

  test.each([
    [
      [3, 4],
      [5, 2],
    ],
    [
      [1, 1, 1, 97],
      [50, 50],
    ],
    [
      [99, 1],
      [98, 2],
    ],
    [
      [60, 40],
      [99, 1],
    ],
    [
      [10, 20, 30, 140],
      [5, 95, 100],
    ],
    [
      [250, 250],
      [499, 1],
    ],
  ])('is the sum of exact hypergeometric means: %j × %j', (rows, columns) => {
    const n = rows.reduce((sum, size) => sum + size, 0)
    let expected = 0
    for (const a of rows) for (const b of columns) expected += exactTerm(a, b, n)
    const actual = expectedMutualInfo(Float64Array.from(rows), Float64Array.from(columns), n)
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-14 * expected)
  })

  test('is the entropy of the other labeling where one is all singletons: every permutation says the same', () => {
    const n = 1000
    const halves = Float64Array.of(500, 500)
    expect(expectedMutualInfo(new Float64Array(n).fill(1), halves, n)).toBeCloseTo(Math.log(2), 14)
    expect(expectedMutualInfo(new Float64Array(n).fill(1), new Float64Array(n).fill(1), n)).toBeCloseTo(Math.log(n), 13)
  })

  test('is 0 where one labeling has one cluster', () => {
    expect(expectedMutualInfo(Float64Array.of(12), Float64Array.of(3, 4, 5), 12)).toBeCloseTo(0, 15)
  })

  test('is symmetric, bit for bit', () => {
    for (let salt = 0; salt < 30; salt++) {
      const rows = sizesOf(randomLabels(400, 3 + salt, salt))
      const columns = sizesOf(randomLabels(400, 20, salt + 500))
      expect(expectedMutualInfo(rows, columns, 400)).toBe(expectedMutualInfo(columns, rows, 400))
    }
  })

  test('is (k − 1)(l − 1) / 2n to first order at a hundred million points, where log-gammas have no digit left', () => {
    const n = 1e8
    const emi = expectedMutualInfo(new Float64Array(10).fill(n / 10), new Float64Array(8).fill(n / 8), n)
    expect(emi / ((9 * 7) / (2 * n))).toBeCloseTo(1, 6)
  })

  test('lies between 0 and the smaller entropy', () => {
    for (let salt = 0; salt < 30; salt++) {
      const rows = sizesOf(randomLabels(300, 2 + salt, salt))
      const emi = expectedMutualInfo(rows, sizesOf(randomLabels(300, 5, salt + 200)), 300)
      const entropy = rows.reduce((sum, size) => sum - (size / 300) * Math.log(size / 300), 0)
      expect(emi).toBeGreaterThan(0)
      expect(emi).toBeLessThan(entropy)
    }
  })
})
