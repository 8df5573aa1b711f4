/**
 * @file The files of faiss and the TEXMEX corpus (SIFT1M, GIST1M): .fvecs, .bvecs and .ivecs. Every row is its number of columns as an
 * int32, then its values: float32, uint8 or int32. There is no other header. Format: http://corpus-texmex.irisa.fr
 */

import { writeAtomic } from './atomic.js'
import type { RowReader } from './arrays.js'
import { allocate, bytesOf, itemSize, LITTLE_ENDIAN, swapBytes, toFloat32 } from './dtype.js'
import type { DType, TypedArray } from './dtype.js'
import { blocksOf, writtenType } from './encode.js'
import type { ArrayData } from './encode.js'
import { withSource } from './source.js'
import type { ByteReader, FilePath } from './source.js'

/** The rows of a .fvecs, .bvecs or .ivecs file, row-major. */
export interface Vecs<T extends TypedArray> {
  readonly data: T
  readonly n: number
  readonly d: number
}

/** Bytes that are read or written at a time. */
const CHUNK_BYTES = 2 ** 24

/** Reads a .fvecs file: n rows of d float32. */
export const readFvecs = (input: FilePath | Uint8Array): Promise<Vecs<Float32Array>> => readVecs(input, 'float32', 'readFvecs')
/** Reads a .bvecs file: n rows of d uint8. */
export const readBvecs = (input: FilePath | Uint8Array): Promise<Vecs<Uint8Array>> => readVecs(input, 'uint8', 'readBvecs')
/** Reads a .ivecs file: n rows of d int32, such as the true neighbours of queries. */
export const readIvecs = (input: FilePath | Uint8Array): Promise<Vecs<Int32Array>> => readVecs(input, 'int32', 'readIvecs')

/** Writes n rows of d float32 as .fvecs. At once: see writeAtomic. @param data row-major: a typed array, or blocks of whole rows */
export const writeFvecs = (path: FilePath, data: ArrayData, d: number): Promise<void> =>
  writeVecs(path, data, { d, dtype: 'float32', where: 'writeFvecs' })
/** Writes n rows of d uint8 as .bvecs. At once: see writeAtomic. @param data row-major: a typed array, or blocks of whole rows */
export const writeBvecs = (path: FilePath, data: ArrayData, d: number): Promise<void> =>
  writeVecs(path, data, { d, dtype: 'uint8', where: 'writeBvecs' })
/** Writes n rows of d int32 as .ivecs. At once: see writeAtomic. @param data row-major: a typed array, or blocks of whole rows */
export const writeIvecs = (path: FilePath, data: ArrayData, d: number): Promise<void> =>
  writeVecs(path, data, { d, dtype: 'int32', where: 'writeIvecs' })

interface VecsLayout {
  n: number
  d: number
  rowBytes: number
}

/** The shape of the file, from its first row and its size. */
async function readLayout(source: ByteReader, dtype: DType, where: string): Promise<VecsLayout> {
  if (source.size < 4)
    throw new RangeError(`${where}: expected at least one row, got ${source.size} bytes: the file is truncated (${source.name})`)
  const first = new Uint8Array(4)
  await source.read(first, 0)
  const d = new DataView(first.buffer).getInt32(0, true)
  const rowBytes = 4 + d * itemSize(dtype)
  if (d < 1) throw new RangeError(`${where}: expected rows of at least one column, got d = ${d} (row 0) (${source.name})`)
  if (source.size % rowBytes !== 0) {
    const text = `expected rows of d = ${d} ${dtype} (${rowBytes} bytes each, as the first row says), got ${source.size} bytes`
    throw new RangeError(`${where}: ${text}: the file is truncated, or no file of this kind (${source.name})`)
  }
  return { n: source.size / rowBytes, d, rowBytes }
}

/** Reads rows [start, end) in pieces; `take` gets their values without the row heads. */
async function scan(
  source: ByteReader,
  layout: VecsLayout,
  range: { start: number; end: number; dtype: DType; where: string },
  take: (values: TypedArray, row: number) => void,
): Promise<void> {
  const { d, rowBytes } = layout
  const { start, end, dtype, where } = range
  const size = itemSize(dtype)
  const rows = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes))
  const raw = new Uint8Array(Math.min(rows, end - start) * rowBytes)
  const view = new DataView(raw.buffer)
  const values = allocate(dtype, Math.min(rows, end - start) * d)
  const bytes = bytesOf(values)
  for (let row = start; row < end; row += rows) {
    const count = Math.min(rows, end - row)
    await source.read(raw.subarray(0, count * rowBytes), row * rowBytes)
    for (let i = 0; i < count; i++) {
      const got = view.getInt32(i * rowBytes, true)
      if (got !== d)
        throw new RangeError(`${where}: expected d = ${d} columns as in the first row, got ${got} (row ${row + i}) (${source.name})`)
      bytes.set(raw.subarray(i * rowBytes + 4, (i + 1) * rowBytes), i * d * size)
    }
    if (!LITTLE_ENDIAN) swapBytes(bytes, size)
    take(values.subarray(0, count * d), row)
  }
}

function readVecs<T extends TypedArray>(input: FilePath | Uint8Array, dtype: DType, where: string): Promise<Vecs<T>> {
  return withSource(input, where, async (source) => {
    const layout = await readLayout(source, dtype, where)
    const { n, d } = layout
    const data = allocate(dtype, n * d) as Float32Array
    await scan(source, layout, { start: 0, end: n, dtype, where }, (values, row) => data.set(values as Float32Array, row * d))
    return { data: data as TypedArray as T, n, d }
  })
}

/** A .fvecs, .bvecs or .ivecs file as a reader of rows. */
export async function vecsRows(source: ByteReader, dtype: 'float32' | 'uint8' | 'int32', where: string): Promise<RowReader> {
  const layout = await readLayout(source, dtype, where)
  const { n, d } = layout
  const read = (start: number, end: number, out: Float32Array): Promise<void> =>
    scan(source, layout, { start, end, dtype, where }, (values, row) => {
      toFloat32(values, dtype, out.subarray((row - start) * d, (row - start) * d + values.length))
    })
  return { n, d, dtype, read }
}

async function writeVecs(path: FilePath, data: ArrayData, rowType: { d: number; dtype: DType; where: string }): Promise<void> {
  const { d, dtype, where } = rowType
  if (!Number.isInteger(d) || d < 1 || d > 2 ** 31 - 1) throw new RangeError(`${where}: expected d to be a positive integer, got ${d}`)
  const size = itemSize(dtype)
  const rowBytes = 4 + d * size
  const rows = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes))
  await writeAtomic(path, where, async (sink) => {
    let written = 0
    for await (const block of blocksOf(data, where)) {
      const own = writtenType(block, undefined, where)
      if (own !== dtype) throw new TypeError(`${where}: expected ${dtype} values, got ${own}`)
      if (block.length % d !== 0) throw new RangeError(`${where}: expected whole rows of d = ${d} columns, got ${block.length} values`)
      written += block.length
      const values = LITTLE_ENDIAN ? bytesOf(block) : bytesOf(block).slice()
      if (!LITTLE_ENDIAN) swapBytes(values, size)
      for (let row = 0; row * d < block.length; row += rows) {
        const count = Math.min(rows, block.length / d - row)
        const raw = new Uint8Array(count * rowBytes)
        const view = new DataView(raw.buffer)
        for (let i = 0; i < count; i++) {
          view.setInt32(i * rowBytes, d, true)
          raw.set(values.subarray((row + i) * d * size, (row + i + 1) * d * size), i * rowBytes + 4)
        }
        await sink(raw)
      }
    }
    if (written === 0) throw new RangeError(`${where}: expected at least one row, got none`)
  })
}
