/** @file What holds for every label metric, each checked over the same seeded labelings. */

import { describe, expect, test } from 'vitest'
import * as metrics from '../../src/metrics/index.js'
import type { Label } from '../../src/metrics/index.js'
import { madeLabels } from './golden.js'
import { randomLabels } from './oracles.js'

type Metric = (t: ArrayLike<Label>, p: ArrayLike<Label>) => number

const SYMMETRIC: Record<string, Metric> = {
  mutualInfoScore: metrics.mutualInfoScore,
  'normalizedMutualInfoScore, arithmetic': (t, p) => metrics.normalizedMutualInfoScore(t, p),
  'normalizedMutualInfoScore, geometric': (t, p) => metrics.normalizedMutualInfoScore(t, p, { averageMethod: 'geometric' }),
  'normalizedMutualInfoScore, min': (t, p) => metrics.normalizedMutualInfoScore(t, p, { averageMethod: 'min' }),
  'normalizedMutualInfoScore, max': (t, p) => metrics.normalizedMutualInfoScore(t, p, { averageMethod: 'max' }),
  'adjustedMutualInfoScore, arithmetic': (t, p) => metrics.adjustedMutualInfoScore(t, p),
  'adjustedMutualInfoScore, geometric': (t, p) => metrics.adjustedMutualInfoScore(t, p, { averageMethod: 'geometric' }),
  'adjustedMutualInfoScore, min': (t, p) => metrics.adjustedMutualInfoScore(t, p, { averageMethod: 'min' }),
  'adjustedMutualInfoScore, max': (t, p) => metrics.adjustedMutualInfoScore(t, p, { averageMethod: 'max' }),
  randScore: metrics.randScore,
  adjustedRandScore: metrics.adjustedRandScore,
  fowlkesMallowsScore: metrics.fowlkesMallowsScore,
}
const ALL: Record<string, Metric> = {
  ...SYMMETRIC,
  homogeneityScore: metrics.homogeneityScore,
  completenessScore: metrics.completenessScore,
  vMeasureScore: (t, p) => metrics.vMeasureScore(t, p),
  purityScore: metrics.purityScore,
}
const SEEDS = Array.from({ length: 40 }, (_, salt) => salt)
const labelings = (salt: number): [number[], number[]] => [
  randomLabels(40 + 5 * salt, 2 + (salt % 9), salt),
  randomLabels(40 + 5 * salt, 2 + (salt % 13), salt + 1000),
]

describe.each(Object.entries(SYMMETRIC))('%s', (_, metric) => {
  test('is symmetric, bit for bit', () => {
    for (const salt of SEEDS) {
      const [t, p] = labelings(salt)
      expect(metric(p, t), `salt ${salt}`).toBe(metric(t, p))
    }
  })
})

describe.each(Object.entries(ALL))('%s', (name, metric) => {
  test('does not change, bit for bit, when clusters are renamed: permuted, with gaps, negative, fractions, strings', () => {
    for (const salt of SEEDS) {
      const [t, p] = labelings(salt)
      const score = metric(t, p)
      const renamings: ((label: number) => Label)[] = [
        (label) => 100 - label,
        (label) => label * 1_000_003 - 5,
        (label) => (label * 7) % 17,
        (label) => label / 8 - 1,
        (label) => `cluster ${(label * 5) % 17}`,
        (label) => BigInt(label) << 70n,
      ]
      for (const rename of renamings) {
        expect(metric(t, p.map(rename)), `salt ${salt}`).toBe(score)
        expect(metric(t.map(rename), p), `salt ${salt}`).toBe(score)
      }
    }
  })

  test('does not change, bit for bit, when the points are shuffled', () => {
    for (const salt of SEEDS) {
      const [t, p] = labelings(salt)
      const n = t.length
      const order = t.map((_, i) => i).sort((a, b) => ((a * 17 + 3) % 101) - ((b * 17 + 3) % 101) || a - b)
      expect(new Set(order).size).toBe(n)
      expect(
        metric(
          order.map((i) => t[i]),
          order.map((i) => p[i]),
        ),
      ).toBe(metric(t, p))
    }
  })

  test('takes typed arrays, arrays and strings alike', () => {
    const [t, p] = labelings(7)
    const score = metric(t, p)
    expect(metric(Int32Array.from(t), Float32Array.from(p))).toBe(score)
    expect(metric(Uint8Array.from(t), BigInt64Array.from(p, BigInt))).toBe(score)
    expect(metric(t.map(String), Int8Array.from(p))).toBe(score)
  })

  test('is 1, exactly, for the same partition under other names', () => {
    if (name === 'mutualInfoScore') return expect(metric([0, 1], ['b', 'a'])).toBe(Math.log(2))
    for (const salt of SEEDS) {
      const [t] = labelings(salt)
      expect(
        metric(
          t,
          t.map((label) => 50 - 3 * label),
        ),
        `salt ${salt}`,
      ).toBe(1)
    }
    const large = madeLabels({ n: 300_000, k: 1000, salt: 5, skewed: true })
    expect(
      metric(
        large,
        large.map((label) => -label),
      ),
    ).toBe(1)
  })

  test('is a number at most 1 (mutual information: the smaller entropy), and not above chance less than −1', () => {
    for (const salt of SEEDS) {
      const [t, p] = labelings(salt)
      const score = metric(t, p)
      expect(score).toBeGreaterThan(-1)
      expect(score).toBeLessThanOrEqual(name === 'mutualInfoScore' ? Math.log(15) : 1)
    }
  })

  test('does not change its input', () => {
    const [t, p] = [
      [3, 1, 1, 2],
      [0, 0, 5, 5],
    ]
    metric(t, p)
    expect([t, p]).toEqual([
      [3, 1, 1, 2],
      [0, 0, 5, 5],
    ])
  })

  test('refuses labelings of different lengths, and names both', () => {
    const called = name.replace(/,.*/, '')
    expect(() => metric([1, 2, 3], [1, 2])).toThrow(
      new RangeError(`${called}: expected labelsTrue and labelsPred of the same length, got 3 and 2`),
    )
    expect(() => metric([], [1])).toThrow(RangeError)
  })

  test('refuses what are no labels, and says which argument it was', () => {
    const called = name.replace(/,.*/, '')
    expect(() => metric([1, NaN], [1, 2])).toThrow(new RangeError(`${called}: expected finite labelsTrue, got NaN (index 1)`))
    expect(() => metric([1, 2], [1, 'a'])).toThrow(
      new TypeError(`${called}: expected labelsPred to hold only numbers, got the string 'a' (index 1)`),
    )
    expect(() => metric(undefined as never, [1])).toThrow(
      new TypeError(`${called}: expected labelsTrue to be an array of labels, got undefined`),
    )
  })
})
