/** @file Every tolerance of the tests, in one table, and the comparison that uses it: |actual − expected| ≤ atol + rtol·|expected|. */
import { expect } from 'vitest'

export const TOLERANCES = {
  /** Against scikit-learn in float64: our centroids are float32. The number. */
  inertia: { rtol: 1e-6, atol: 0 },
  /** The formula of an iteration against direct differences: it cancels where points lie far from their mean. */
  obj: { rtol: 1e-9, atol: 0 },
  /** faiss computes its scores and sums of distances in float32. */
  faissObj: { rtol: 2e-5, atol: 0 },
  /** scikit-learn expands ‖x − c‖² = ‖x‖² − 2xc + ‖c‖² in float64. */
  distances: { rtol: 1e-9, atol: 1e-6 },
  /** Means over 40 to 400 seeds; the standard error of each is below 1 %. */
  potential: { rtol: 0.03, atol: 0 },
  /** A float32 of a value known exactly: half a unit in the last place. */
  float32: { rtol: 2 ** -24, atol: 2 ** -150 },
  /** Float64 sums of a few thousand values in another order. */
  float64: { rtol: 1e-12, atol: 0 },
} as const

/** Fails with the worst index, both values and the gap. `context` names the case: its seed, its set. */
export function expectClose(
  actual: number | ArrayLike<number>,
  expected: number | ArrayLike<number>,
  quantity: keyof typeof TOLERANCES,
  context = '',
): void {
  const a = typeof actual === 'number' ? [actual] : actual
  const e = typeof expected === 'number' ? [expected] : expected
  expect(a.length, `${context}: number of values`).toBe(e.length)
  const { rtol, atol } = TOLERANCES[quantity]
  let worst = -1
  let worstExcess = 0
  for (let i = 0; i < a.length; i++) {
    const gap = Math.abs(a[i] - e[i])
    const excess = gap - (atol + rtol * Math.abs(e[i]))
    if (!(excess <= worstExcess)) {
      worst = i
      worstExcess = excess
      if (Number.isNaN(excess)) break
    }
  }
  if (worst >= 0)
    expect.fail(
      `${context}: ${quantity} at ${worst}: expected ${e[worst]} (rtol ${rtol}, atol ${atol}), got ${a[worst]}, gap ${a[worst] - e[worst]}`,
    )
}

/** Fails with the number of differences and the first of them. Equal means the same bits; NaN equals NaN. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, context = ''): void {
  expect(actual.length, `${context}: number of values`).toBe(expected.length)
  let different = 0
  let first = -1
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue
    different++
    if (first < 0) first = i
  }
  if (different > 0)
    expect.fail(
      `${context}: ${different} of ${expected.length} values differ, first at ${first}: expected ${expected[first]}, got ${actual[first]}`,
    )
}
