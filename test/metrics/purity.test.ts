import { describe, expect, test } from 'vitest'
import { purityScore } from '../../src/metrics/index.js'
import { purityByDefinition, randomLabels } from './oracles.js'

describe('purityScore', () => {
  test('is 12/17 on the worked example of Manning, Raghavan and Schütze (Introduction to Information Retrieval, figure 16.4)', () => {
    const clusters = [...'11111122222233333']
    const classes = [...'xxxxxoxoooodxxddd']
    expect(purityScore(classes, clusters)).toBe(12 / 17)
  })

  test('is the share of points of the most frequent class of their cluster', () => {
    for (let salt = 0; salt < 50; salt++) {
      const t = randomLabels(30 + salt, 4, salt)
      const p = randomLabels(30 + salt, 6, salt + 100)
      expect(purityScore(t, p)).toBeCloseTo(purityByDefinition(t, p), 15)
    }
  })

  test('is 1 for singletons, for the same partition and for no points', () => {
    expect(purityScore([0, 0, 1, 1], [0, 1, 2, 3])).toBe(1)
    expect(purityScore([0, 0, 1, 1], ['b', 'b', 'a', 'a'])).toBe(1)
    expect(purityScore([], [])).toBe(1)
  })

  test('is the share of the largest class where there is one cluster', () => {
    expect(purityScore([0, 1, 1, 2, 1], [9, 9, 9, 9, 9])).toBe(3 / 5)
  })

  test('never falls when a cluster is split', () => {
    for (let salt = 0; salt < 30; salt++) {
      const t = randomLabels(80, 5, salt)
      const p = randomLabels(80, 4, salt + 40)
      const split = p.map((label, i) => label * 3 + (i % 3))
      expect(purityScore(t, split)).toBeGreaterThanOrEqual(purityScore(t, p))
    }
  })
})
