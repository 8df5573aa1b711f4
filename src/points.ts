/**
 * @file Turns every accepted input into Points: n×d float32 in a list of row-major blocks. A list, because a single JavaScript buffer
 * cannot hold 26 million rows of 128 floats. Input that is float32 already is shared, not copied; the caller's memory is never written to.
 */
import { gatherColumns, listValues, onlyList } from './arrowPoints.js'
import type { ArrowTableLike, ArrowVectorLike } from './arrowPoints.js'
import { blockWriter, emptyBlocks } from './blockWriter.js'
import { describe } from './describe.js'
import { eventLoop } from './pace.js'
import { checkShape, readStream, streamOf } from './pointsStream.js'
import type { PointsStream } from './pointsStream.js'

/** n points of d columns: float32, row-major, in one or more blocks of whole rows. */
export interface Points {
  /** The values, row by row; each block holds whole rows. */
  readonly blocks: readonly Float32Array[]
  /** Number of points. */
  readonly n: number
  /** Number of columns. */
  readonly d: number
  /** What was done to the input, if anything: 'Float64Array rounded to float32'. */
  readonly note?: string
}

type IntegerArray =
  Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array
/** A typed array of numbers, row by row. */
export type FlatArray = Float32Array | Float64Array | IntegerArray

/** The part of a tf.Tensor2D that is used here. It is read, never disposed of. */
export interface TensorLike {
  readonly shape: readonly number[]
  readonly isDisposed: boolean
  data(): Promise<ArrayLike<number>>
}

/**
 * Everything that is accepted as points: a typed array of n·d values (row-major), rows as number[][], an array of typed arrays (blocks of
 * whole rows), a tf.Tensor2D, an Arrow column or table, Points, a stream of blocks, or an array of Points or streams (shards, in order).
 */
export type PointsInput =
  | Points
  | FlatArray
  | readonly (readonly number[])[]
  | readonly FlatArray[]
  | TensorLike
  | ArrowVectorLike
  | ArrowTableLike
  | PointsStream
  | readonly (Points | PointsStream)[]

/** Number of values converted before the event loop gets its turn. */
const PIECE = 2 ** 22
/** Where blocks have fewer rows than this on average, they are copied into larger ones: finding a row's block would cost too much. */
const MIN_BLOCK_ROWS = 256

/** What is expected of an input. */
export interface PointsOptions {
  /** The public function that was called, for error messages: 'FastKMeans.train'. */
  where: string
  /** Number of columns expected; needed for flat arrays unless n is given. */
  d?: number
  /** Number of rows expected. */
  n?: number
  /** Ends the reading of a stream. */
  signal?: AbortSignal
}

/**
 * Turns any accepted input into blocks of float32. Whether the values are finite is checked later, by the backend.
 * @throws TypeError for anything else; RangeError for a wrong number of rows or columns, or a finite value that float32 cannot hold
 */
export async function toPoints(input: PointsInput, options: PointsOptions): Promise<Points> {
  const points = await convert(input, options)
  checkShape(points, options)
  return points
}

function convert(input: PointsInput, options: PointsOptions): Points | Promise<Points> {
  const { where } = options
  const stream = streamOf(input, where)
  if (stream !== undefined) return fromStream(stream, options)
  if (ArrayBuffer.isView(input) && !(input instanceof DataView)) return fromFlat([input as FlatArray], options)
  if (Array.isArray(input)) {
    if (input.length === 0) throw new RangeError(`${where}: expected at least one point, got an empty array`)
    if (input.every((row) => ArrayBuffer.isView(row) && 'length' in row)) return fromFlat(input as FlatArray[], options)
    return fromRows(input as readonly (readonly number[])[], options)
  }
  if (input !== null && typeof input === 'object') {
    if ('blocks' in input) return checkedBlocks(input as Points, where)
    if ('isDisposed' in input) return fromTensor(input, where)
    if ('schema' in input && 'getChildAt' in input) return fromTable(input, where)
    if ('data' in input && 'type' in input) return fromVector(input, where)
  }
  const wait = typeof (input as { then?: unknown } | null)?.then === 'function' ? '; await it first' : ''
  throw new TypeError(
    `${where}: expected points (a typed array, an array of rows, a tensor, an Arrow column or table, or Points), got ${describe(input)}${wait}`,
  )
}

function checkedBlocks(points: Points, where: string): Points {
  const { blocks, n, d } = points
  if (!Number.isInteger(d) || d < 1) throw new RangeError(`${where}: expected Points with d ≥ 1, got d = ${d}`)
  if (!Array.isArray(blocks)) throw new TypeError(`${where}: expected Points with an array of blocks, got ${describe(blocks)}`)
  let rows = 0
  for (const block of blocks as readonly unknown[]) {
    if (!(block instanceof Float32Array) || block.length % d !== 0) {
      const got = ArrayBuffer.isView(block) ? `a ${describe(block)} of ${(block as FlatArray).length} values` : describe(block)
      throw new RangeError(`${where}: expected Points whose blocks are Float32Arrays of whole rows of ${d}, got ${got}`)
    }
    checkAttached(block, where)
    rows += block.length / d
  }
  if (rows !== n) throw new RangeError(`${where}: expected Points with n = ${n} rows, got blocks of ${rows}`)
  return points
}

async function fromStream(stream: PointsStream, { where, signal, ...expected }: PointsOptions): Promise<Points> {
  checkShape(stream, { where, ...expected })
  const { d, note } = stream
  return { ...(await fromFlat(await readStream(stream, where, signal), { where, d })), ...(note !== undefined && { note }) }
}

function fromFlat(arrays: readonly FlatArray[], { where, d, n }: PointsOptions): Points | Promise<Points> {
  let length = 0
  for (const a of arrays) {
    checkAttached(a, where)
    length += a.length
  }
  if (n !== undefined && (!Number.isInteger(n) || n < 1))
    throw new RangeError(`${where}: expected n to be a positive integer, got ${describe(n)}`)
  if (d !== undefined && n !== undefined && !Number.isSafeInteger(n * d))
    throw new RangeError(`${where}: expected n · d below 2^53, got ${n} · ${d}`)
  const width = d ?? (n !== undefined ? length / n : arrays.length > 1 ? arrays[0].length : undefined)
  if (width === undefined) throw new RangeError(`${where}: expected d (the number of columns) beside a flat array, got none`)
  if (length === 0) throw new RangeError(`${where}: expected at least one point, got an empty array`)
  for (const [i, a] of arrays.entries()) {
    if (a.length % width === 0 && Number.isInteger(width)) continue
    if (arrays.length > 1)
      throw new RangeError(`${where}: expected blocks of whole rows of d = ${width} columns, got ${a.length} values in block ${i}`)
    throw new RangeError(`${where}: expected whole rows of d = ${width} columns, got ${length} values, which is no multiple of d`)
  }
  if (n !== undefined && length !== n * width)
    throw new RangeError(`${where}: expected n · d = ${n} · ${width} = ${n * width} values, got ${length}`)
  const total = length / width
  if (arrays.every(canShare) && (arrays.length === 1 || total >= arrays.length * MIN_BLOCK_ROWS))
    return { blocks: arrays as Float32Array[], n: total, d: width }
  return converted(arrays, total, width, where)
}

/** @throws RangeError for an array whose buffer was transferred away: its length is then 0, and its rows would be missing silently */
function checkAttached(array: FlatArray, where: string): void {
  if (array.length > 0) return
  try {
    void new Uint8Array(array.buffer)
  } catch (cause) {
    throw new RangeError(`${where}: expected points in memory, got a detached buffer; transfer a copy of them`, { cause })
  }
}

/** Whether an array may be used in place. Not if its buffer is resizable: it could shrink while native code reads it. */
function canShare(array: FlatArray): boolean {
  return array instanceof Float32Array && !(array.buffer as { resizable?: boolean }).resizable
}

async function converted(arrays: readonly FlatArray[], n: number, d: number, where: string): Promise<Points> {
  const writer = blockWriter(n, d)
  for (const a of arrays) {
    for (let from = 0; from < a.length; from += PIECE) {
      if (from > 0) await eventLoop()
      writer.append(a.subarray(from, from + PIECE), where)
    }
  }
  const rounded = arrays.some(rounds)
  return { blocks: writer.blocks, n, d, ...(rounded && { note: `${arrays[0].constructor.name} rounded to float32` }) }
}

/** Whether this type has values that float32 cannot represent. */
const rounds = (a: FlatArray): boolean => a.BYTES_PER_ELEMENT >= 4 && !(a instanceof Float32Array)

async function fromRows(rows: readonly (readonly number[])[], { where, d: wanted }: PointsOptions): Promise<Points> {
  const width = rows[0]?.length
  if (typeof rows[0] === 'number')
    throw new RangeError(
      `${where}: expected rows of at least one number, got a number (row 0); Float32Array.from makes points of a flat array`,
    )
  if (!isRow(rows[0]) || width < 1) throw new RangeError(`${where}: expected rows of at least one number, got ${describe(rows[0])} (row 0)`)
  const d = wanted ?? width
  const writer = blockWriter(rows.length, d)
  const pieceRows = Math.max(1, Math.floor(PIECE / d))
  for (const [i, row] of rows.entries()) {
    if (i % pieceRows === pieceRows - 1) await eventLoop()
    if (!isRow(row) || row.length !== d)
      throw new RangeError(`${where}: expected d = ${d} columns, got ${isRow(row) ? row.length : describe(row)} (row ${i})`)
    const wrong = row.findIndex((value) => typeof value !== 'number')
    if (wrong >= 0) throw new TypeError(`${where}: expected numbers, got ${describe(row[wrong])} (row ${i}, column ${wrong})`)
    writer.append(row, where)
  }
  return { blocks: writer.blocks, n: rows.length, d, note: 'number[][] rounded to float32' }
}

const isRow = (row: unknown): row is readonly number[] => Array.isArray(row) || (ArrayBuffer.isView(row) && 'length' in row)

async function fromTensor(tensor: TensorLike, where: string): Promise<Points> {
  if (tensor.isDisposed) throw new Error(`${where}: expected a live tensor, got a disposed one`)
  if (tensor.shape.length !== 2) throw new RangeError(`${where}: expected a tensor of shape [n, d], got [${tensor.shape.join(', ')}]`)
  const [n, d] = tensor.shape
  if (n === 0 || d === 0) throw new RangeError(`${where}: expected at least one point, got a tensor of shape [${n}, ${d}]`)
  const data = await tensor.data()
  return fromFlat([data instanceof Float32Array ? data : Float32Array.from(data)], { where, d })
}

/** A FixedSizeList column. Chunks of float32 become the blocks without a copy; other numbers are rounded to float32. */
function fromVector(vector: ArrowVectorLike, where: string): Points | Promise<Points> {
  const { arrays, d } = listValues(vector, where)
  return fromFlat(arrays, { where, d })
}

/** A Table: its only column if that is a FixedSizeList, else all its columns, which must be numeric, transposed into rows. */
async function fromTable(table: ArrowTableLike, where: string): Promise<Points> {
  const n = table.numRows
  const d = table.schema.fields.length
  if (d === 0 || n === 0) throw new RangeError(`${where}: expected at least one point, got an empty Arrow table`)
  const list = onlyList(table)
  if (list !== undefined) return fromVector(list, where)
  const blocks = emptyBlocks(n, d)
  await gatherColumns(table, blocks, where)
  return { blocks, n, d, note: 'Arrow columns gathered into rows of float32' }
}

/** Rows [start, end) as one flat array: a view if they lie in one block, else a copy. Must not be written to. */
export function rowsOf(points: Points, start: number, end: number): Float32Array {
  const { d } = points
  let first = 0
  let copy: Float32Array | undefined
  for (const block of points.blocks) {
    const last = first + block.length / d
    if (start < last && end > first) {
      const part = block.subarray((Math.max(start, first) - first) * d, (Math.min(end, last) - first) * d)
      if (start >= first && end <= last) return part
      copy ??= new Float32Array((end - start) * d)
      copy.set(part, Math.max(first - start, 0) * d)
    }
    first = last
  }
  return copy ?? new Float32Array(0)
}

/** A copy of the rows `ids`, in their order, as one flat array. */
export function gatherRows(points: Points, ids: Uint32Array): Float32Array {
  const { d } = points
  const copy = new Float32Array(ids.length * d)
  ids.forEach((id, i) => copy.set(rowsOf(points, id, id + 1), i * d))
  return copy
}

/** A copy of the rows `ids`, in their order, as Points: for more rows than one array can hold. */
export function takeRows(points: Points, ids: ArrayLike<number>): Points {
  const { d } = points
  const blocks = emptyBlocks(ids.length, d)
  let i = 0
  for (const block of blocks) for (let at = 0; at < block.length; at += d, i++) block.set(rowsOf(points, ids[i], ids[i] + 1), at)
  return { blocks, n: ids.length, d, ...(points.note !== undefined && { note: points.note }) }
}
