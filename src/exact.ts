/**
 * @file The definition: what labels, sums, centroids, shift and inertia are, in float64, each operation rounded once and in the order
 * written (JavaScript numbers do just that). Every backend reproduces these values bit for bit.
 */
import type { Points } from './points.js'

/**
 * Float64 sums over rows (inertia, for one) are taken in order within blocks of this many rows, counted from the first row of the whole
 * set, and then over the blocks. So they are the same however the rows are shared out, as long as shares start at a block.
 */
export const ROW_BLOCK = 4096
/** Number of rows that the sampled mean is taken from. */
const MEAN_ROWS = 4096

/**
 * How values become integers, so that their sums are exact in any order. A value v of column t is scaled to v·2^exponents[t] and split into
 * two integers, its limbs: hi = the nearest integer, lo = what remains, times 2^bits, rounded.
 */
export interface Scales {
  /** Bits of a limb (limbBits). */
  bits: number
  /** d exponents; 0 where a column is all zero. */
  exponents: Int32Array
}

/** Number of columns after which distanceBelow compares its sum with the bound again. */
const STRIDE = 16

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)

/** 2^e, for −1022 ≤ e ≤ 1023: by its bits, since pow need not be exact everywhere. */
export function pow2(e: number): number {
  words[0] = 0
  words[1] = (e + 1023) << 20
  return float[0]
}

/** The E with 2^(E−1) ≤ x < 2^E, for a normal x > 0. */
export function exponentOf(x: number): number {
  float[0] = x
  return ((words[1] >>> 20) & 0x7ff) - 1022
}

/** The nearest integer, ties to even. */
export function rint(x: number): number {
  if (x >= 0) return x < 2 ** 52 ? x + 2 ** 52 - 2 ** 52 : x
  return x > -(2 ** 52) ? x - 2 ** 52 + 2 ** 52 : x
}

/** D: the squared distance between the d values of x from xAt on and those of c from cAt on, summed in order of the columns. */
export function sqDistance(x: Float32Array, xAt: number, c: Float32Array, cAt: number, d: number): number {
  let sum = 0
  for (let t = 0; t < d; t++) {
    const difference = x[xAt + t] - c[cAt + t]
    sum += difference * difference
  }
  return sum
}

/** min(bound, D). The sum only grows, so it stops as soon as it has reached the bound. */
export function distanceBelow(bound: number, x: Float32Array, xAt: number, c: Float32Array, cAt: number, d: number): number {
  let sum = 0
  for (let from = 0; from < d; from += STRIDE) {
    const to = Math.min(d, from + STRIDE)
    for (let t = from; t < to; t++) {
      const difference = x[xAt + t] - c[cAt + t]
      sum += difference * difference
    }
    if (sum >= bound) return bound
  }
  return sum
}

/** The lowest j of the smallest D, over the k centroids. */
export function nearest(x: Float32Array, xAt: number, c: Float32Array, k: number, d: number): number {
  let best = Infinity
  let label = 0
  for (let j = 0; j < k; j++) {
    const distance = sqDistance(x, xAt, c, j * d, d)
    if (distance < best) {
      best = distance
      label = j
    }
  }
  return label
}

/** Bits of a limb for sums over n rows: n limbs stay below 2^53. */
export function limbBits(n: number): number {
  return 53 - (32 - Math.clz32(n - 1))
}

/** The scales of a training set of n rows, from its columns' largest |w·x|. */
export function limbScales(columnMax: Float64Array, n: number): Scales {
  const bits = limbBits(n)
  return { bits, exponents: Int32Array.from(columnMax, (max) => (max === 0 ? 0 : bits - exponentOf(max))) }
}

/**
 * The weight of a cluster: Σ w of its points, or without weights their number.
 * @param count sum of the first limbs of the weights; without weights the number of points
 * @param countLow sum of their second limbs
 */
export function clusterWeight(count: number, countLow: number, bits: number, weighted: boolean): number {
  return weighted ? (count + countLow * pow2(-bits)) * pow2(1 - bits) : count
}

/** μ: float32 of the float64 mean, in order, of the rows ⌊i·n/m⌋, m = min(n, 4096). */
export function sampledMean(points: Points): Float32Array {
  const { n, d } = points
  const m = Math.min(n, MEAN_ROWS)
  const sum = new Float64Array(d)
  let block = 0
  let first = 0
  for (let i = 0; i < m; i++) {
    const row = Math.floor((i * n) / m)
    while (row >= first + points.blocks[block].length / d) first += points.blocks[block++].length / d
    const x = points.blocks[block]
    const at = (row - first) * d
    for (let t = 0; t < d; t++) sum[t] += x[at + t]
  }
  return Float32Array.from(sum, (s) => s / m)
}

/** What the M-step finds beside the next centroid. */
export interface ClusterUpdate {
  /** Euclidean distance that the centroid moved. */
  shift: number
  /** The cluster's term of the inertia (inertiaOf), for the centroid before. */
  term: number
}

/** The integer sums of one cluster. */
export interface ClusterSums {
  /** Sums of the first limbs of its points, d values from `at` on. */
  hi: Float64Array
  /** Sums of the second limbs, d values from `at` on. */
  lo: Float64Array
  /** Sum of the first limbs of its weights, or its number of points. */
  count: number
  /** Sum of the second limbs of its weights. */
  countLow: number
  /** Where its values begin in hi, lo, and the arrays of centroids. */
  at: number
}

/**
 * The next centroid of one cluster, written to next[at…]: float32(((ΣHi + ΣLo·2^−B) / N)·2^−e), normalised first when spherical. An empty
 * cluster (N = 0) and a spherical one of norm zero keep their centroid.
 * @returns the shift, and the cluster's term of the inertia formula for the centroid before
 */
export function updateCluster(
  sums: ClusterSums,
  current: Float32Array,
  next: Float32Array,
  p: { scales: Scales; mean: Float32Array; weighted: boolean; spherical: boolean },
): ClusterUpdate {
  const { hi, lo, count, countLow, at } = sums
  const { bits, exponents } = p.scales
  const d = p.mean.length
  const weight = clusterWeight(count, countLow, bits, p.weighted)
  if (weight === 0) {
    for (let t = 0; t < d; t++) next[at + t] = current[at + t]
    return { shift: 0, term: 0 }
  }
  const low = pow2(-bits)
  const y = new Float64Array(d)
  let term = 0
  let norm = 0
  for (let t = 0; t < d; t++) {
    const scale = pow2(-exponents[t])
    const sum = hi[at + t] + lo[at + t] * low
    y[t] = (sum / weight) * scale
    norm += y[t] * y[t]
    const a = current[at + t] - p.mean[t]
    const s = sum * scale - weight * p.mean[t]
    term += 2 * a * s - weight * a * a
  }
  const length = p.spherical ? Math.sqrt(norm) : 1
  let shift = 0
  for (let t = 0; t < d; t++) {
    next[at + t] = length === 0 ? current[at + t] : p.spherical ? y[t] / length : y[t]
    const moved = next[at + t] - current[at + t]
    shift += moved * moved
  }
  return { shift: Math.sqrt(shift), term }
}

/** Scales the d values of c from `at` on to norm 1, in place; computed in float64 and rounded once. A zero vector stays. */
export function normalize(c: Float32Array, at: number, d: number): void {
  let norm = 0
  for (let t = 0; t < d; t++) norm += c[at + t] * c[at + t]
  const length = Math.sqrt(norm)
  if (length > 0) for (let t = 0; t < d; t++) c[at + t] = c[at + t] / length
}

/** The shift of one centroid: √ of the sum in order of t of (new − old)². */
export function shiftOf(next: Float32Array, nextAt: number, old: Float32Array, oldAt: number, d: number): number {
  return Math.sqrt(sqDistance(next, nextAt, old, oldAt, d))
}

/** The float64 sum of the values, from the first to the last. */
export function sumInOrder(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum
}

/** The inertia of an E-step: max(0, Σ w‖x − μ‖² − Σ_j term_j). */
export function inertiaOf(spread: number, terms: Float64Array): number {
  return Math.max(0, spread - sumInOrder(terms))
}
