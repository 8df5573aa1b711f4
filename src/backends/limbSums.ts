/**
 * @file Integer limb sums by label, in JavaScript. Integers add up exactly in any order. So a row that changes its label is subtracted from
 * one sum and added to another: late iterations cost only the rows that changed, and the result is the same to the bit.
 */
import { pow2, rint } from '../exact.js'
import type { Pace } from '../pace.js'
import { rowsOf } from '../points.js'
import type { Points } from '../points.js'
import type { Limbs, Preparation } from './backend.js'

/** x + ROUND − ROUND is x rounded to the nearest integer, ties to even, where |x| ≤ 2^51: faster than rint. */
const ROUND = 1.5 * 2 ** 52
/** Limbs of at most so many bits can be rounded that way. */
const SMALL_BITS = 51
/** Number of values summed before the clock is read again. */
const GRAIN = 65_536

/** The sums of one session's points, kept up to date with its labels. */
export interface LimbSums extends Limbs {
  /** Brings the sums to `labels` (n, each below k). */
  follow(labels: Int32Array, pace: Pace): Promise<void>
}

/** Empty sums of k clusters over `points`. */
export function limbSums(points: Points, k: number, { scales, weights }: Preparation): LimbSums {
  const { n, d } = points
  const { bits } = scales
  const hi = new Float64Array(k * d)
  const lo = new Float64Array(k * d)
  const counts = new Float64Array(k)
  const countsLow = new Float64Array(k)
  const summed = new Int32Array(n).fill(-1)
  const scale = Float64Array.from(scales.exponents, pow2)
  const low = pow2(bits)
  const one = pow2(bits - 1)

  /**
   * Adds the limbs of a row (weight · the d values of x from xAt on) to the sums of cluster j. A negative weight takes the row out again, to
   * the bit: rounding to the nearest, ties to even, gives −v for −v.
   */
  function add(x: Float32Array, xAt: number, weight: number, j: number): void {
    const at = j * d
    for (let t = 0; t < d; t++) {
      const value = weight * x[xAt + t] * scale[t]
      const high = bits <= SMALL_BITS ? value + ROUND - ROUND : rint(value)
      hi[at + t] += high
      const rest = value - high
      if (rest !== 0) lo[at + t] += rint(rest * low)
    }
  }

  async function follow(labels: Int32Array, pace: Pace): Promise<void> {
    const grain = Math.max(1, Math.floor(GRAIN / d))
    for (let start = 0; start < n; start += grain) {
      if (pace.due()) await pace.rest()
      const end = Math.min(n, start + grain)
      const x = rowsOf(points, start, end)
      for (let i = start; i < end; i++) {
        const to = labels[i]
        const from = summed[i]
        if (to === from) continue
        const weight = weights === undefined ? 1 : weights[i]
        const scaled = weight * one
        const count = weights === undefined ? 1 : rint(scaled)
        const countLow = weights === undefined ? 0 : rint((scaled - count) * low)
        const xAt = (i - start) * d
        add(x, xAt, weight, to)
        counts[to] += count
        countsLow[to] += countLow
        if (from >= 0) {
          add(x, xAt, -weight, from)
          counts[from] -= count
          countsLow[from] -= countLow
        }
        summed[i] = to
      }
    }
  }

  return { hi, lo, counts, countsLow, follow }
}
