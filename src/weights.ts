/** @file Sample weights: from what the caller gives to float32, and to the scale that sums need. */
import { describe } from './describe.js'
import { exponentOf, limbBits, pow2 } from './exact.js'

/** Weights with max in [1, 2), and the power of two that leads back to the caller's. */
export interface Weights {
  values: Float64Array
  scale: number
}

/**
 * Weights as float32 values.
 * @throws TypeError for what are no numbers; RangeError for another number than n, negative, NaN and infinite ones, and where none is above 0
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
 * The weights of the rows trained on.
 * @param rows null for all
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

/** Bits that a float32 centroid needs below the largest w·x of its own points, with some for their spread. */
const NEEDED_BITS = 28

/**
 * What to say of weights so small beside the largest that the integer sums (exact.ts) hold too few of their bits: in a cluster of such points
 * alone, the centroid is off. Undefined where there are none.
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
