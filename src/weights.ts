/** @file Sample weights: checked, rounded to float32, and scaled as the integer sums need them. */
import { describe } from './describe.js'
import { exponentOf, limbBits, pow2 } from './exact.js'

/** Weights as the sums take them. */
export interface Weights {
  /** The caller's weights times one power of two, so that the largest lies in [1, 2). */
  values: Float64Array
  /** The power of two that turns them back into the caller's. */
  scale: number
}

/**
 * The caller's weights, rounded to float32; undefined where there are none.
 * @throws TypeError for anything but numbers; RangeError unless there are n, all finite and not negative, and at least one above 0
 */
export function checkWeights(where: string, sampleWeight: ArrayLike<number> | undefined, n: number): Float32Array | undefined {
  if (sampleWeight === undefined) return undefined
  if (sampleWeight?.length !== n)
    throw new RangeError(`${where}: expected n = ${n} sample weights, got ${sampleWeight?.length ?? describe(sampleWeight)}`)
  const weights = new Float32Array(n)
  let positive = false
  for (let i = 0; i < n; i++) {
    const weight: unknown = sampleWeight[i]
    if (typeof weight !== 'number')
      throw new TypeError(`${where}: expected sample weights that are numbers, got ${describe(weight)} (row ${i})`)
    weights[i] = weight
    if (!(weights[i] >= 0 && weights[i] < Infinity))
      throw new RangeError(`${where}: expected sample weights that are not negative and within float32's range, got ${weight} (row ${i})`)
    positive ||= weights[i] > 0
  }
  if (!positive) throw new RangeError(`${where}: expected at least one sample weight above 0 in float32, got only zeros`)
  return weights
}

/**
 * Scales the weights of the rows that are trained on.
 * @param rows indices of these rows; null: all
 * @throws RangeError if all their weights are 0
 */
export function scaleWeights(where: string, all: Float32Array | undefined, rows: Uint32Array | null): Weights | undefined {
  if (all === undefined) return undefined
  const values = rows === null ? Float64Array.from(all) : Float64Array.from(rows, (row) => all[row])
  const max = values.reduce((a, b) => Math.max(a, b), 0)
  if (max === 0)
    throw new RangeError(
      `${where}: expected a sample weight above 0 among the subsampled points, got only zeros; set maxPointsPerCentroid to null`,
    )
  const exponent = exponentOf(max) - 1
  const down = pow2(-exponent)
  return { values: values.map((w) => w * down), scale: pow2(exponent) }
}

/**
 * Bits that the sums must hold below the largest w·x of a cluster for its centroid to be right in float32: 24, and a few for the points'
 * spread.
 */
const NEEDED_BITS = 28

/**
 * A warning where some weights are very small beside the largest one. The integer sums (exact.ts) cut off bits below a fixed place, which
 * is set by the largest weight; of a cluster in which all weights are very small, too few bits are left for an exact centroid.
 * @returns the warning, or undefined where no weight is that small
 */
export function smallWeights({ values }: Weights): string | undefined {
  let [least, most] = [Infinity, 0]
  for (const w of values) {
    if (w > 0 && w < least) least = w
    if (w > most) most = w
  }
  const limit = pow2(NEEDED_BITS - 2 * limbBits(values.length))
  if (least >= most * limit) return undefined
  return (
    `the least sample weight is ${(least / most).toPrecision(2)} of the largest; clusters of points below ${limit.toPrecision(2)} of it alone ` +
    'get inexact centroids: give such points the weight 0, or more'
  )
}
