/**
 * @file Chunks of scores (rows × centroids), computed by one matrix product per segment of columns, and what they say about each row's
 * label. Where JavaScript can read the scores in place (tf backends cpu and wasm), one loop over them finds it. Elsewhere ops on the device
 * do: they take the maximum of every group of 64 centroids, which is the only pass over all scores, and then look at the winning group
 * alone.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { PackedCentroids, PackedRows } from './pack.js'
import type { TfjsRuntime } from './runtime.js'

/** Number of columns (centroids) that are reduced together as a group; a chunk of at most twice as many is a single group. */
export const GROUP = 64
/** Up to this many scores, reading them all back and scanning them costs less than the ops that would reduce them on the device. */
const SCANNED = 2 ** 15
/**
 * Number of values that say what a chunk of scores means for a row: the label within the chunk; how many scores reach the threshold, plus
 * how many groups' maxima do (plus 1 where there is one group); the largest upper bound u; the threshold T (bound.ts).
 */
export const FIELDS = 4
/** The second of these values where the label is proved: only the winner itself reaches the threshold. */
export const PROVED = 2

/** Rows on the device. */
export interface DeviceRows {
  rows: number
  segments: Tensor2D[]
  /** rows × 2, in JavaScript's memory: r and ws of the proof (pack.ts). */
  widths: Float32Array
  /** The two columns of `widths` on the device; uploaded when they are first needed there. */
  r?: Tensor1D
  ws?: Tensor1D
}

/** A chunk of centroids on the device. */
export interface DeviceCentroids {
  packed: PackedCentroids
  segments: Tensor2D[]
  /** wx and wo of `packed` on the device; uploaded when they are first needed there. */
  wx?: Tensor1D
  wo?: Tensor1D
}

/** Columns that a chunk of `count` centroids is padded to, so that groups come out even. */
export function paddedColumns(count: number): number {
  return count > 2 * GROUP ? Math.ceil(count / GROUP) * GROUP : count
}

/** Packed rows as tensors, which the caller frees. */
export function uploadRows({ tf, run }: TfjsRuntime, { rows, segments, widths }: PackedRows): DeviceRows {
  return { rows, widths, segments: run(() => segments.map((values) => tf.tensor2d(values, [rows, values.length / rows]))) }
}

/** A packed chunk of centroids as tensors, which the caller frees. */
export function uploadCentroids({ tf, run }: TfjsRuntime, packed: PackedCentroids): DeviceCentroids {
  const { columns } = packed
  return { packed, segments: run(() => packed.segments.map((values) => tf.tensor2d(values, [values.length / columns, columns]))) }
}

/** Frees rows or centroids. */
export function free(device: Partial<DeviceRows> & Partial<DeviceCentroids>): void {
  for (const tensor of [...(device.segments ?? []), device.r, device.ws, device.wx, device.wo]) tensor?.dispose()
}

/** Some of the rows on the device: [from, from + count) of x. */
export interface RowRange {
  x: DeviceRows
  from: number
  count: number
}

/** The rows of a range as tensors of their own; all rows without a copy. */
function part({ tf }: TfjsRuntime, { x, from, count }: RowRange): Tensor2D[] {
  if (count === x.rows) return x.segments
  return x.segments.map((tensor) => tf.slice2d(tensor, [from, 0], [count, tensor.shape[1]]) as Tensor2D)
}

/** u: upper bounds of the scores, rows × columns. Each segment's product is freed once it is added, or all would be held until the end. */
function scores({ tf }: TfjsRuntime, rows: readonly Tensor2D[], centroids: readonly Tensor2D[]): Tensor2D {
  let sum: Tensor2D = tf.matMul(rows[0], centroids[0])
  for (let s = 1; s < rows.length; s++) {
    const product = tf.matMul(rows[s], centroids[s])
    const next = tf.add(sum, product) as Tensor2D
    sum.dispose()
    product.dispose()
    sum = next
  }
  return sum
}

/** The upper bounds u themselves, rows × columns, for the few rows that need a closer look. */
export async function readScores(runtime: TfjsRuntime, x: DeviceRows, c: DeviceCentroids): Promise<Float32Array> {
  const u = runtime.run(() => scores(runtime, x.segments, c.segments))
  try {
    return await runtime.read(u, (values) => (runtime.hostMemory ? values.slice() : values))
  } finally {
    u.dispose()
  }
}

/**
 * Scores the rows of a range against a chunk of centroids.
 * @param proved false for precision 'fast': the number of centroids that can win and the threshold are then not computed
 * @returns count × FIELDS values, row by row
 */
export async function bestOfChunk(runtime: TfjsRuntime, range: RowRange, c: DeviceCentroids, proved: boolean): Promise<Float32Array> {
  const { run, hostMemory } = runtime
  const { x, from, count } = range
  const scanned = hostMemory || count * c.packed.columns <= SCANNED
  const result = run(() => {
    const u = scores(runtime, part(runtime, range), c.segments)
    if (scanned) return u
    return proved ? reduce(runtime, u, thresholds(runtime, range, c), c.packed.columns) : argMaxOnly(runtime, u)
  })
  try {
    return await runtime.read(result, (values) => (scanned ? scan(values, count, x.widths.subarray(2 * from), c.packed) : values))
  } finally {
    result.dispose()
  }
}

/** Computes the thresholds T of rows from their labels and their largest u. */
type Thresholds = (label: Tensor1D, upper: Tensor1D) => Tensor1D

function thresholds({ tf }: TfjsRuntime, { x, from, count }: RowRange, c: DeviceCentroids): Thresholds {
  const column = (at: number): Float32Array => Float32Array.from({ length: x.rows }, (_, i) => x.widths[2 * i + at])
  x.r ??= tf.keep(tf.tensor1d(column(0)))
  x.ws ??= tf.keep(tf.tensor1d(column(1)))
  c.wx ??= tf.keep(tf.tensor1d(c.packed.wx))
  c.wo ??= tf.keep(tf.tensor1d(c.packed.wo))
  const { r, ws } = x
  const { wx, wo } = c
  const rows = (values: Tensor1D): Tensor1D => (count === x.rows ? values : (tf.slice1d(values, from, count) as Tensor1D))
  return (label, upper) => {
    const width = tf.add(tf.add(tf.mul(rows(r), tf.gather(wx, label)), tf.gather(wo, label)), rows(ws))
    return tf.sub(upper, width)
  }
}

/** On the device: the maxima of the groups, then label, threshold and counts from the winning group. Only the first step reads all of u. */
function reduce({ tf }: TfjsRuntime, u: Tensor2D, thresholdOf: Thresholds, columns: number): Tensor2D {
  const [rows] = u.shape
  const groups = columns > 2 * GROUP ? columns / GROUP : 1
  let winning = u
  let tops: Tensor2D | undefined
  let offset: Tensor1D | undefined
  if (groups > 1) {
    const grouped = tf.reshape(u, [rows * groups, GROUP]) as Tensor2D
    tops = tf.reshape(tf.max(grouped, 1), [rows, groups]) as Tensor2D
    const group = tf.argMax(tops, 1) as Tensor1D
    winning = tf.gather(grouped, tf.add(group, tf.range(0, rows * groups, groups, 'int32'))) as Tensor2D
    offset = tf.mul<Tensor1D>(group, tf.scalar(GROUP, 'int32'))
  }
  const column = tf.argMax(winning, 1) as Tensor1D
  const label = offset === undefined ? column : (tf.add(offset, column) as Tensor1D)
  const upper = tf.max(winning, 1) as Tensor1D
  const lower = thresholdOf(label, upper)
  const threshold = tf.expandDims(lower, 1)
  const count = (values: Tensor2D): Tensor1D => tf.sum<Tensor1D>(tf.cast(tf.greaterEqual(values, threshold), 'float32'), 1)
  const open = tf.add(count(winning), tops === undefined ? tf.scalar(1) : count(tops)) as Tensor1D
  return tf.stack([tf.cast(label, 'float32'), open, upper, lower], 1) as Tensor2D
}

function argMaxOnly({ tf }: TfjsRuntime, u: Tensor2D): Tensor2D {
  const label = tf.cast(tf.argMax(u, 1), 'float32')
  const upper = tf.max(u, 1)
  return tf.stack([label, tf.onesLike(upper), upper, upper], 1) as Tensor2D
}

/** On the host: finds the best and the second best score of each row, and whether the second best stays below the threshold. */
function scan(u: Float32Array, rows: number, widths: Float32Array, { columns, wx, wo }: PackedCentroids): Float32Array {
  const result = new Float32Array(rows * FIELDS)
  for (let i = 0; i < rows; i++) {
    const end = (i + 1) * columns
    let best = -Infinity
    let second = -Infinity
    let label = 0
    for (let at = i * columns; at < end; at++) {
      const value = u[at]
      if (value > second) {
        if (value > best) {
          second = best
          best = value
          label = at
        } else second = value
      }
    }
    label -= i * columns
    const lower = Math.fround(best - (widths[2 * i] * wx[label] + wo[label] + widths[2 * i + 1]))
    result[i * FIELDS] = label
    result[i * FIELDS + 1] = second >= lower ? PROVED + 1 : PROVED
    result[i * FIELDS + 2] = best
    result[i * FIELDS + 3] = lower
  }
  return result
}
