/**
 * @file Numbers in a file: an array of known type and shape at a known offset. Read whole in its own type, or by rows as float32, in
 * blocks; C and Fortran order, either byte order.
 */

import { allocate, bytesOf, isShortFloat, itemSize, LITTLE_ENDIAN, swapBytes, toFloat32 } from './dtype.js'
import type { DType, TypedArray } from './dtype.js'
import type { ByteReader } from './source.js'

/** Where an array lies in its file, and how. */
export interface ArrayLayout {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Byte offset of the first element. */
  readonly offset: number
  readonly littleEndian: boolean
  /** The first index runs fastest. */
  readonly fortranOrder: boolean
}

/** n points of d columns in a file, read by rows. */
export interface RowReader {
  readonly n: number
  readonly d: number
  /** The type in the file. */
  readonly dtype: string
  /** Rows [start, end) into `out`, row-major. */
  read(start: number, end: number, out: Float32Array): Promise<void>
}

/** Elements that are converted at a time: 8 MB of float64. */
const CHUNK = 2 ** 20

/** Elements of a shape; NaN if that is no safe integer. */
export function elementsOf(shape: readonly number[]): number {
  if (shape.includes(0)) return 0
  let product = 1
  for (const size of shape) product *= size
  return Number.isSafeInteger(product) ? product : NaN
}

/** A shape and its type, for errors: '1000 x 128 float32'. */
export const describeArray = (shape: readonly number[], dtype: string): string => `${shape.length ? shape.join(' x ') : 'one'} ${dtype}`

/** Reads elements in their own type (16-bit floats as bits), in the byte order of this machine. */
async function readRaw(source: ByteReader, layout: ArrayLayout, position: number, target: TypedArray): Promise<void> {
  const bytes = bytesOf(target)
  await source.read(bytes, position)
  if (layout.littleEndian !== LITTLE_ENDIAN) swapBytes(bytes, itemSize(layout.dtype))
}

/** Reads consecutive elements, from index `first` on, as float32. Returns the first index beyond float32's range, or −1. */
export async function readFloats(source: ByteReader, layout: ArrayLayout, first: number, out: Float32Array): Promise<number> {
  const size = itemSize(layout.dtype)
  if (layout.dtype === 'float32') {
    await readRaw(source, layout, layout.offset + first * size, out)
    return -1
  }
  const scratch = allocate(layout.dtype, Math.min(CHUNK, out.length))
  for (let at = 0; at < out.length; at += CHUNK) {
    const part = scratch.subarray(0, Math.min(CHUNK, out.length - at))
    await readRaw(source, layout, layout.offset + (first + at) * size, part)
    const beyond = toFloat32(part, layout.dtype, out.subarray(at, at + part.length))
    if (beyond >= 0) return at + beyond
  }
  return -1
}

/**
 * The whole array in C order, in its own type; 16-bit floats as float32.
 * @throws RangeError if it is longer than a typed array can be
 */
export async function readArray(source: ByteReader, layout: ArrayLayout, where: string): Promise<TypedArray> {
  const { dtype, shape, fortranOrder } = layout
  const length = elementsOf(shape)
  let data: TypedArray
  try {
    data = allocate(isShortFloat(dtype) ? 'float32' : dtype, length)
  } catch (cause) {
    const text = `${where}: expected an array that fits one typed array, got ${describeArray(shape, dtype)}; read it with readPoints`
    throw new RangeError(`${text} or openPoints, which read blocks (${source.name})`, { cause })
  }
  if (isShortFloat(dtype)) await readFloats(source, layout, 0, data as Float32Array)
  else await readRaw(source, layout, layout.offset, data)
  return fortranOrder && shape.length > 1 ? toRowMajor(data, shape) : data
}

/** A copy in C order of an array in Fortran order. */
function toRowMajor(data: TypedArray, shape: readonly number[]): TypedArray {
  const out = data.slice() as Float64Array
  const strides = shape.map((_, axis) => elementsOf(shape.slice(0, axis)))
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] as number
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < shape[axis]) break
      from -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return out
}

/** An n×d array as a reader of rows. */
export function arrayRows(source: ByteReader, layout: ArrayLayout, where: string): RowReader {
  const [n, d] = layout.shape
  const readPart = layout.fortranOrder && n > 1 && d > 1 ? readColumns : readRows
  return { n, d, dtype: layout.dtype, read: (start, end, out) => readPart({ source, layout, where }, start, end, out) }
}

/** An n×d array, the file that it lies in, and the caller, named in errors. */
interface StoredArray {
  source: ByteReader
  layout: ArrayLayout
  where: string
}

/** Reads rows [start, end) into `out`, row-major. */
type ReadPart = (array: StoredArray, start: number, end: number, out: Float32Array) => Promise<void>

const readRows: ReadPart = async ({ source, layout, where }, start, end, out) => {
  const d = layout.shape[1]
  const beyond = await readFloats(source, layout, start * d, out.subarray(0, (end - start) * d))
  if (beyond >= 0) throw outOfRange(where, source, start + Math.floor(beyond / d), beyond % d)
}

/** Rows of an array in Fortran order: a piece of every column, or several whole columns at once where all rows are wanted. */
const readColumns: ReadPart = async ({ source, layout, where }, start, end, out) => {
  const [n, d] = layout.shape
  const rows = end - start
  if (rows === 0) return
  const whole = rows === n ? Math.max(1, Math.floor(CHUNK / n)) : 1
  const tall = Math.min(rows, CHUNK)
  const scratch = new Float32Array(Math.min(whole, d) * tall)
  for (let column = 0; column < d; column += whole) {
    const columns = Math.min(whole, d - column)
    for (let row = 0; row < rows; row += tall) {
      const height = Math.min(tall, rows - row)
      const part = scratch.subarray(0, columns * height)
      const beyond = await readFloats(source, layout, column * n + start + row, part)
      if (beyond >= 0) throw outOfRange(where, source, start + row + (beyond % height), column + Math.floor(beyond / height))
      scatter(part, height, out.subarray(row * d + column), d)
    }
  }
}

/** Writes columns of `height` values into rows of d. */
export function scatter(columns: Float32Array, height: number, out: Float32Array, d: number): void {
  for (let from = 0, column = 0; from < columns.length; from += height, column++)
    for (let i = 0, to = column; i < height; i++, to += d) out[to] = columns[from + i]
}

/** The error for a float64 that float32 cannot hold. */
export const outOfRange = (where: string, source: ByteReader, row: number, column: number): RangeError =>
  new RangeError(`${where}: expected values within float32's range, got a larger one (row ${row}, column ${column}) (${source.name})`)
