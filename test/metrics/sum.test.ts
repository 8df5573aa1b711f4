import { describe, expect, test } from 'vitest'
import { orderedSum } from '../../src/metrics/sum.js'
import { hash32 } from './golden.js'

describe('orderedSum', () => {
  test('adds what a plain loop loses', () => {
    expect(orderedSum(Float64Array.of(1, 1e100, 1, -1e100))).toBe(2)
    expect(orderedSum(new Float64Array(1_000_000).fill(0.1))).toBe(100_000)
  })

  test('does not depend on the order of the values', () => {
    for (let salt = 0; salt < 20; salt++) {
      const values = Float64Array.from({ length: 1000 }, (_, i) => (hash32(i, salt) / 2 ** 32 - 0.5) * 2 ** (hash32(i, salt + 1) % 60))
      const sum = orderedSum(values.slice())
      expect(orderedSum(values.slice().reverse())).toBe(sum)
      expect(orderedSum(Float64Array.from(values, (_, i) => values[(i * 7) % 1000]))).toBe(sum)
    }
  })

  test('is 0 for nothing', () => {
    expect(orderedSum(new Float64Array(0))).toBe(0)
  })
})
