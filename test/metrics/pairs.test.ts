import { describe, expect, test } from 'vitest'
import { adjustedRandScore, fowlkesMallowsScore, pairConfusionMatrix, randScore } from '../../src/metrics/index.js'
import { pairsByCounting, randomLabels } from './oracles.js'

const CASES = Array.from({ length: 100 }, (_, salt) => {
  const n = 2 + (salt % 37)
  return { salt, t: randomLabels(n, 1 + (salt % 5), salt), p: randomLabels(n, 1 + (salt % 7), salt + 1000) }
})

describe('pairConfusionMatrix', () => {
  test.each(CASES)('counts pairs as pair counting does (salt $salt)', ({ t, p }) => {
    expect(pairConfusionMatrix(t, p)).toEqual(pairsByCounting(t, p))
  })

  test('has the entries of the documentation of scikit-learn', () => {
    expect(pairConfusionMatrix([0, 0, 1, 1], [1, 1, 0, 0])).toEqual([
      [8, 0],
      [0, 4],
    ])
    expect(pairConfusionMatrix([0, 0, 1, 2], [0, 0, 1, 1])).toEqual([
      [8, 2],
      [0, 2],
    ])
  })

  test('is transposed when the labelings are swapped', () => {
    for (const { t, p } of CASES) {
      const [[tn, fp], [fn, tp]] = pairConfusionMatrix(t, p)
      expect(pairConfusionMatrix(p, t)).toEqual([
        [tn, fn],
        [fp, tp],
      ])
    }
  })

  test('counts all n·(n − 1) pairs exactly at a million points, where products pass 2^32', () => {
    const n = 1_000_000
    const t = new Int32Array(n)
    const p = Int32Array.from({ length: n }, (_, i) => (i < 600_000 ? 0 : 1))
    expect(pairConfusionMatrix(t, p)).toEqual([
      [0, 0],
      [2 * 600_000 * 400_000, 600_000 * 599_999 + 400_000 * 399_999],
    ])
  })
})

describe('randScore', () => {
  test.each(CASES)('is the share of pairs on which both agree (salt $salt)', ({ t, p }) => {
    const [[tn, fp], [fn, tp]] = pairsByCounting(t, p)
    expect(randScore(t, p)).toBe((tn + tp) / (tn + fp + fn + tp))
  })

  test('is 0 where one labeling joins all and the other none', () => {
    expect(randScore([0, 0, 0], [0, 1, 2])).toBe(0)
  })

  test('is 1 where there are no pairs', () => {
    expect(randScore([], [])).toBe(1)
    expect(randScore([3], ['a'])).toBe(1)
  })
})

describe('adjustedRandScore', () => {
  test.each(CASES)('is the Rand index less its mean over its maximum less its mean (salt $salt)', ({ t, p }) => {
    const [[, fp], [fn, tp]] = pairsByCounting(t, p)
    const all = t.length * (t.length - 1)
    const expected = ((tp + fp) * (tp + fn)) / all
    const most = (2 * tp + fp + fn) / 2
    if (most === expected) expect(adjustedRandScore(t, p)).toBe(1)
    else expect(adjustedRandScore(t, p)).toBeCloseTo((tp - expected) / (most - expected), 13)
  })

  test('is about 0 for random labelings, whatever the numbers of clusters', () => {
    for (const [k, l] of [
      [2, 2],
      [2, 50],
      [50, 50],
      [300, 10],
    ])
      for (let salt = 0; salt < 5; salt++) {
        const score = adjustedRandScore(randomLabels(5000, k, salt), randomLabels(5000, l, salt + 50))
        expect(Math.abs(score)).toBeLessThan(0.005)
      }
  })

  test('falls to −0.5 where two pairs are crossed', () => {
    expect(adjustedRandScore([0, 0, 1, 1], [0, 1, 0, 1])).toBe(-0.5)
  })

  test('has no rounding but the last at a million points: a score of about 1e-12 keeps its digits', () => {
    // Two halves that share 250,001 + 250,001 of a million points: by hand 2·(tp·tn − fn·fp) / ((tp+fn)(fn+tn) + (tp+fp)(fp+tn)) in
    // integers.
    const n = 1_000_000
    const t = Int32Array.from({ length: n }, (_, i) => (i < n / 2 ? 0 : 1))
    const p = Int32Array.from({ length: n }, (_, i) => (i < 250_000 || i >= 750_000 ? 0 : 1))
    const [[tn, fp], [fn, tp]] = pairConfusionMatrix(t, p).map((row) => row.map(BigInt))
    const numerator = 2n * (tp * tn - fn * fp)
    expect(numerator).toBe(-500_000_000_000_000_000n)
    expect(adjustedRandScore(t, p)).toBe(Number(numerator) / Number((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn)))
    expect(adjustedRandScore(t, p)).toBeCloseTo(-1e-6, 11)
  })
})

describe('fowlkesMallowsScore', () => {
  test.each(CASES)('is the geometric mean of precision and recall over pairs (salt $salt)', ({ t, p }) => {
    const [[, fp], [fn, tp]] = pairsByCounting(t, p)
    const expected = tp === 0 ? 0 : tp / Math.sqrt((tp + fp) * (tp + fn))
    expect(fowlkesMallowsScore(t, p)).toBeCloseTo(expected, 14)
  })

  test('is 0 where no pair is joined by both, singletons and fewer than two points among them', () => {
    expect(fowlkesMallowsScore([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0)
    expect(fowlkesMallowsScore([0, 1, 2], [0, 1, 2])).toBe(0)
    expect(fowlkesMallowsScore([1], [1])).toBe(0)
    expect(fowlkesMallowsScore([], [])).toBe(0)
  })
})
