/**
 * @file Points and centroids as a tf backend gets them: centred, scaled by a power of two, float32, with the columns that turn one matrix
 * product into upper bounds of the scores (bound.ts). Rows are cut into segments of columns: shorter sums are nearer to the truth.
 */
import { exponentOf, pow2 } from '../../exact.js'
import { rowsOf } from '../../points.js'
import type { Points } from '../../points.js'
import { CENTROID_LIMIT, plainScore, ROW_LIMIT, scoreBound, TINY } from './bound.js'
import type { Bound, CentroidTerms } from './bound.js'

/**
 * Most columns of a segment. Every further segment costs one more pass over the scores to add its own, which is little beside 1,024
 * products each.
 */
const SEGMENT = 1024
/** Number of rows that the scale is estimated from. */
const SAMPLE = 256
/** The score of padding columns: below that of every centroid. */
export const LOWEST = -(2 ** 124)

/** How one session packs: fixed once its points are on the device. */
export interface Packing {
  d: number
  mean: Float32Array
  /** P of the proof. */
  scale: number
  /** Column ranges [from, to) of the segments; the last carries the two extra columns. */
  segments: { from: number; to: number }[]
  bound: Bound
}

/** Rows as the product takes them. */
export interface PackedRows {
  rows: number
  /** Per segment rows × width; the last has two columns more: 1 and r. */
  segments: Float32Array[]
  /** rows × 2: r and ws of the proof; r is Infinity where a row is beyond the limits, and its scores are void. */
  widths: Float32Array
}

/** A chunk of centroids as the product takes it. */
export interface PackedCentroids extends CentroidTerms {
  /** Columns, padding included. */
  columns: number
  /** Per segment width × columns; the last has two rows more: b and a. */
  segments: Float32Array[]
}

/**
 * The packing of `points`.
 * @param unit the backend's unit roundoff; null: scores without the proof
 */
export function packingOf(points: Points, mean: Float32Array, unit: number | null): Packing {
  const { d } = points
  const parts = Math.ceil(d / SEGMENT)
  const width = Math.ceil(d / parts)
  const segments = Array.from({ length: parts }, (_, s) => ({ from: s * width, to: Math.min(d, (s + 1) * width) }))
  const roundings = width + 2 + (parts > 1 ? parts : 0) + 2
  return { d, mean, scale: scaleOf(points, mean), segments, bound: unit === null ? plainScore() : scoreBound(d, roundings, unit) }
}

/**
 * The power of two that brings the median norm of sampled rows to [1/2, 1), so that float32 leaves equal room for larger and for smaller
 * rows.
 */
function scaleOf(points: Points, mean: Float32Array): number {
  const { n } = points
  const norms: number[] = []
  for (let i = 0; i < Math.min(n, SAMPLE); i++) {
    const row = Math.floor((i * n) / Math.min(n, SAMPLE))
    let norm = 0
    for (const [t, value] of rowsOf(points, row, row + 1).entries()) norm += (value - mean[t]) ** 2
    if (norm > 0) norms.push(Math.sqrt(norm))
  }
  if (norms.length === 0) return 1
  norms.sort((a, b) => a - b)
  return pow2(-exponentOf(norms[norms.length >> 1]))
}

/** Packs the first `rows` rows of x (row-major, d columns). */
export function packRows(x: Float32Array, rows: number, { d, mean, scale, segments, bound }: Packing): PackedRows {
  const last = segments.length - 1
  const widths = new Float32Array(rows * 2)
  const packed = segments.map(({ from, to }, s) => new Float32Array(rows * (to - from + (s === last ? 2 : 0))))
  const squares = new Float64Array(rows)
  for (const [s, { from, to }] of segments.entries()) {
    const out = packed[s]
    const stride = to - from + (s === last ? 2 : 0)
    for (let i = 0; i < rows; i++) {
      const at = i * stride - from
      const xAt = i * d
      let square = squares[i]
      for (let t = from; t < to; t++) {
        const value = (x[xAt + t] - mean[t]) * scale
        square += value * value
        out[at + t] = value < TINY && value > -TINY ? 0 : value
      }
      squares[i] = square
    }
  }
  const out = packed[last]
  const width = segments[last].to - segments[last].from
  for (let i = 0; i < rows; i++) {
    const norm = Math.sqrt(squares[i])
    if (!(norm <= ROW_LIMIT)) {
      widths[2 * i] = Infinity
      for (const [s, part] of packed.entries()) {
        const stride = part.length / rows
        part.fill(0, i * stride, (i + 1) * stride)
        if (s === last) part[(i + 1) * stride - 2] = 1
      }
      continue
    }
    const r = bound.rowNorm(norm)
    widths[2 * i] = r
    widths[2 * i + 1] = bound.rowWidth(r)
    out[i * (width + 2) + width] = 1
    out[i * (width + 2) + width + 1] = r
  }
  return { rows, segments: packed, widths }
}

/** The centroids [from, to), padded to `columns`. */
export interface CentroidRange {
  from: number
  to: number
  columns: number
}

/**
 * Packs a range of centroids as columns. A centroid that equals an earlier one of the range is packed as padding: it can never win, and
 * its score would tie with the other's and leave every row near them open.
 * @returns null if a centroid is beyond CENTROID_LIMIT
 */
export function packCentroids(c: Float32Array, { from, to, columns }: CentroidRange, packing: Packing): PackedCentroids | null {
  const { d, mean, scale, segments, bound } = packing
  const last = segments.length - 1
  const terms = { b: new Float32Array(columns).fill(LOWEST), a: new Float32Array(columns) }
  const packed: PackedCentroids = {
    columns,
    segments: segments.map((segment, s) => new Float32Array(columns * (segment.to - segment.from + (s === last ? 2 : 0)))),
    ...terms,
    wx: new Float32Array(columns),
    wo: new Float32Array(columns),
  }
  const repeated = repeats(c.subarray(from * d, to * d), d)
  for (let j = 0; j < to - from; j++) {
    if (repeated[j]) continue
    const cAt = (from + j) * d
    let square = 0
    for (const [s, segment] of segments.entries()) {
      const out = packed.segments[s]
      for (let t = segment.from; t < segment.to; t++) {
        const value = (c[cAt + t] - mean[t]) * scale
        square += value * value
        out[(t - segment.from) * columns + j] = value < TINY && value > -TINY ? 0 : value
      }
    }
    const norm = Math.sqrt(square)
    if (!(norm <= CENTROID_LIMIT)) return null
    bound.centroid(norm, j, packed)
  }
  const out = packed.segments[last]
  out.set(terms.b, out.length - 2 * columns)
  out.set(terms.a, out.length - columns)
  return packed
}

/** Which rows of c equal, bit for bit, one before them. */
function repeats(c: Float32Array, d: number): Uint8Array {
  const k = c.length / d
  const bits = new Uint32Array(c.buffer, c.byteOffset, c.length)
  const repeated = new Uint8Array(k)
  const seen = new Map<number, number[]>()
  for (let j = 0; j < k; j++) {
    let hash = 0
    for (let t = j * d; t < (j + 1) * d; t++) hash = Math.imul(hash ^ bits[t], 0x01000193) ^ (hash >>> 15)
    const alike = seen.get(hash)
    if (alike === undefined) seen.set(hash, [j])
    else if (alike.some((i) => same(bits, i * d, j * d, d))) repeated[j] = 1
    else alike.push(j)
  }
  return repeated
}

function same(bits: Uint32Array, a: number, b: number, d: number): boolean {
  for (let t = 0; t < d; t++) if (bits[a + t] !== bits[b + t]) return false
  return true
}
