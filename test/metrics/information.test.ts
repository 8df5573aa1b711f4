import { describe, expect, test } from 'vitest'
import {
  adjustedMutualInfoScore,
  type AverageMethod,
  completenessScore,
  homogeneityCompletenessVMeasure,
  homogeneityScore,
  mutualInfoScore,
  normalizedMutualInfoScore,
  vMeasureScore,
} from '../../src/metrics/index.js'
import { entropyByDefinition, expectedMutualInfoByPermutation, mutualInfoByDefinition, randomLabels } from './oracles.js'

const METHODS: AverageMethod[] = ['arithmetic', 'geometric', 'min', 'max']
const MEANS: Record<AverageMethod, (u: number, v: number) => number> = {
  arithmetic: (u, v) => (u + v) / 2,
  geometric: (u, v) => Math.sqrt(u * v),
  min: Math.min,
  max: Math.max,
}
const CASES = Array.from({ length: 60 }, (_, salt) => {
  const n = 10 + salt
  return { salt, t: randomLabels(n, 2 + (salt % 5), salt), p: randomLabels(n, 2 + (salt % 7), salt + 1000) }
})

describe('mutualInfoScore', () => {
  test.each(CASES)('is Σ p(a, b) · log(p(a, b) / (p(a)·p(b))) (salt $salt)', ({ t, p }) => {
    expect(mutualInfoScore(t, p)).toBeCloseTo(mutualInfoByDefinition(t, p), 13)
  })

  test('is the entropy where the labelings are the same partition: log k for k clusters of one size', () => {
    const t = Array.from({ length: 60 }, (_, i) => i % 6)
    expect(
      mutualInfoScore(
        t,
        t.map((label) => `c${label}`),
      ),
    ).toBeCloseTo(Math.log(6), 15)
  })

  test('is 0, exactly, for independent labelings, one cluster, one point and none', () => {
    expect(mutualInfoScore([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0)
    expect(mutualInfoScore([0, 0, 0], [0, 1, 2])).toBe(0)
    expect(mutualInfoScore([4], [2])).toBe(0)
    expect(mutualInfoScore([], [])).toBe(0)
  })

  test('is never negative nor above an entropy, where rounding would take it there', () => {
    for (const { t, p } of CASES) {
      const mi = mutualInfoScore(t, p)
      expect(mi).toBeGreaterThanOrEqual(0)
      expect(mi).toBeLessThanOrEqual(Math.min(mutualInfoScore(t, t), mutualInfoScore(p, p)))
    }
    const products = Array.from({ length: 9 * 7 * 11 }, (_, i) => i)
    expect(
      mutualInfoScore(
        products.map((i) => i % 9),
        products.map((i) => Math.floor(i / 9)),
      ),
    ).toBeLessThan(1e-16)
  })
})

describe('normalizedMutualInfoScore', () => {
  test.each(CASES)('is the mutual information over each mean of the entropies (salt $salt)', ({ t, p }) => {
    const mi = mutualInfoByDefinition(t, p)
    for (const averageMethod of METHODS) {
      const expected = mi / MEANS[averageMethod](entropyByDefinition(t), entropyByDefinition(p))
      expect(normalizedMutualInfoScore(t, p, { averageMethod })).toBeCloseTo(expected, 13)
    }
  })

  test('takes the arithmetic mean by default', () => {
    for (const { t, p } of CASES)
      expect(normalizedMutualInfoScore(t, p)).toBe(normalizedMutualInfoScore(t, p, { averageMethod: 'arithmetic' }))
  })

  test('min ≥ geometric ≥ … in the order of the means: min, geometric, arithmetic, max', () => {
    for (const { t, p } of CASES) {
      const [min, geometric, arithmetic, max] = (['min', 'geometric', 'arithmetic', 'max'] as const).map((averageMethod) =>
        normalizedMutualInfoScore(t, p, { averageMethod }),
      )
      expect(min).toBeGreaterThanOrEqual(geometric - 1e-15)
      expect(geometric).toBeGreaterThanOrEqual(arithmetic - 1e-15)
      expect(arithmetic).toBeGreaterThanOrEqual(max - 1e-15)
    }
  })

  test('with the arithmetic mean is the V-measure', () => {
    for (const { t, p } of CASES) expect(normalizedMutualInfoScore(t, p)).toBeCloseTo(vMeasureScore(t, p), 14)
  })

  test('is 1 where both have one cluster or no points, 0 where only one has', () => {
    for (const averageMethod of METHODS) {
      expect(normalizedMutualInfoScore([1, 1], [2, 2], { averageMethod })).toBe(1)
      expect(normalizedMutualInfoScore([], [], { averageMethod })).toBe(1)
      expect(normalizedMutualInfoScore([1, 1], [2, 3], { averageMethod })).toBe(0)
      expect(normalizedMutualInfoScore([1, 2], [3, 3], { averageMethod })).toBe(0)
    }
  })

  test("with 'min' is 1, exactly, where one labeling refines the other", () => {
    const t = randomLabels(500, 3, 1)
    const finer = t.map((label, i) => label * 10 + (i % 10))
    expect(normalizedMutualInfoScore(t, finer, { averageMethod: 'min' })).toBe(1)
    expect(normalizedMutualInfoScore(finer, t, { averageMethod: 'min' })).toBe(1)
    expect(normalizedMutualInfoScore(t, finer)).toBeLessThan(0.7)
  })
})

describe('adjustedMutualInfoScore', () => {
  test.each(
    CASES.slice(0, 20).map(({ salt }) => ({
      salt,
      t: [0, 1, ...randomLabels(4, 2 + (salt % 3), salt)],
      p: [0, 1, ...randomLabels(4, 2 + (salt % 4), salt + 7)],
    })),
  )('takes away the mean over all permutations (salt $salt)', ({ t, p }) => {
    const expected = expectedMutualInfoByPermutation(t, p)
    const mi = mutualInfoByDefinition(t, p)
    for (const averageMethod of METHODS) {
      const range = MEANS[averageMethod](entropyByDefinition(t), entropyByDefinition(p)) - expected
      if (Math.abs(range) < 1e-9) continue
      expect(adjustedMutualInfoScore(t, p, { averageMethod })).toBeCloseTo((mi - expected) / range, 12)
    }
  })

  test('is about 0 for random labelings of many clusters, where the normalised score is far above', () => {
    for (let salt = 0; salt < 5; salt++) {
      const t = randomLabels(2000, 200, salt)
      const p = randomLabels(2000, 150, salt + 50)
      expect(normalizedMutualInfoScore(t, p)).toBeGreaterThan(0.4)
      expect(Math.abs(adjustedMutualInfoScore(t, p))).toBeLessThan(0.02)
    }
  })

  test('is 1 where both have one cluster or no points, or all points are singletons in both; 0 where one has one cluster', () => {
    for (const averageMethod of METHODS) {
      expect(adjustedMutualInfoScore([], [], { averageMethod })).toBe(1)
      expect(adjustedMutualInfoScore([7], [8], { averageMethod })).toBe(1)
      expect(adjustedMutualInfoScore([1, 1, 1], [2, 2, 2], { averageMethod })).toBe(1)
      expect(adjustedMutualInfoScore([1, 2, 3], [3, 1, 2], { averageMethod })).toBe(1)
      expect(adjustedMutualInfoScore([1, 1, 1], [1, 2, 3], { averageMethod })).toBe(0)
      expect(adjustedMutualInfoScore([1, 2, 3], [1, 1, 1], { averageMethod })).toBe(0)
    }
  })

  test('is negative below chance', () => {
    expect(adjustedMutualInfoScore([0, 0, 1, 1], [0, 1, 0, 1])).toBeLessThan(-0.4)
  })

  test('takes a million points of a hundred thousand clusters without a pass over all pairs of clusters', () => {
    const t = Int32Array.from({ length: 1_000_000 }, (_, i) => i % 100_000)
    const p = Int32Array.from({ length: 1_000_000 }, (_, i) => Math.floor(i / 10))
    expect(adjustedMutualInfoScore(t, t)).toBe(1)
    expect(Math.abs(adjustedMutualInfoScore(t, p))).toBeLessThan(0.01)
  })
})

describe('homogeneity, completeness and V-measure', () => {
  test.each(CASES)('are 1 − H(C|K)/H(C), 1 − H(K|C)/H(K) and their harmonic mean (salt $salt)', ({ t, p }) => {
    const joint = entropyByDefinition(t.map((label, i) => `${label} ${p[i]}`))
    const homogeneity = 1 - (joint - entropyByDefinition(p)) / entropyByDefinition(t)
    const completeness = 1 - (joint - entropyByDefinition(t)) / entropyByDefinition(p)
    const actual = homogeneityCompletenessVMeasure(t, p)
    expect(actual.homogeneity).toBeCloseTo(homogeneity, 12)
    expect(actual.completeness).toBeCloseTo(completeness, 12)
    expect(actual.vMeasure).toBeCloseTo((2 * homogeneity * completeness) / (homogeneity + completeness), 12)
  })

  test('come out the same one by one', () => {
    for (const { t, p } of CASES)
      expect(homogeneityCompletenessVMeasure(t, p, { beta: 0.5 })).toEqual({
        homogeneity: homogeneityScore(t, p),
        completeness: completenessScore(t, p),
        vMeasure: vMeasureScore(t, p, { beta: 0.5 }),
      })
  })

  test('homogeneity of swapped labelings is completeness, bit for bit', () => {
    for (const { t, p } of CASES) expect(homogeneityScore(t, p)).toBe(completenessScore(p, t))
  })

  test('clusters that split classes are homogeneous, exactly; clusters that join them complete, exactly', () => {
    expect(homogeneityScore([0, 0, 1, 1, 1], [0, 1, 2, 3, 3])).toBe(1)
    expect(completenessScore([0, 0, 1, 1, 1], [0, 1, 2, 3, 3])).toBeLessThan(1)
    expect(completenessScore([0, 1, 2, 3, 3], [0, 0, 1, 1, 1])).toBe(1)
    expect(homogeneityScore([0, 1, 2, 3, 3], [0, 0, 1, 1, 1])).toBeLessThan(1)
  })

  test('are all 1 for no points and for one', () => {
    const perfect = { homogeneity: 1, completeness: 1, vMeasure: 1 }
    expect(homogeneityCompletenessVMeasure([], [])).toEqual(perfect)
    expect(homogeneityCompletenessVMeasure([1], ['x'])).toEqual(perfect)
  })

  test('one cluster is complete and nothing else; singletons of one class are homogeneous and nothing else', () => {
    expect(homogeneityCompletenessVMeasure([0, 1, 2], [0, 0, 0])).toEqual({ homogeneity: 0, completeness: 1, vMeasure: 0 })
    expect(homogeneityCompletenessVMeasure([0, 0, 0], [0, 1, 2])).toEqual({ homogeneity: 1, completeness: 0, vMeasure: 0 })
  })

  test('beta = 0 is homogeneity alone, and a large beta completeness', () => {
    for (const { t, p } of CASES) {
      expect(vMeasureScore(t, p, { beta: 0 })).toBeCloseTo(homogeneityScore(t, p), 14)
      expect(vMeasureScore(t, p, { beta: 1e12 })).toBeCloseTo(completenessScore(t, p), 10)
    }
    expect(vMeasureScore([0, 0], [0, 1], { beta: 0 })).toBe(0)
  })

  test.each([-1, NaN, Infinity, '1'])('refuse beta = %o', (beta) => {
    expect(() => vMeasureScore([1], [1], { beta: beta as number })).toThrow(new RangeError(`vMeasureScore: expected beta ≥ 0, got ${beta}`))
  })
})
