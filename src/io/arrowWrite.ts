/**
 * @file Arrow IPC, written through apache-arrow, which is loaded on the first call.
 */

import { checkNames } from '../optionChecks.js'
import { rowsOf } from '../points.js'
import type { Points } from '../points.js'
import { writeAtomic } from './atomic.js'
import { dtypeOf } from './dtype.js'
import type { TypedArray } from './dtype.js'
import type { FilePath } from './source.js'

/** A column to be written: numbers, one a row; or points, written as lists of d float32 (FixedSizeList). */
export type ArrowColumn = TypedArray | Points | { readonly data: Float32Array; readonly d: number }

/** Options of writeArrow. */
export interface WriteArrowOptions {
  /** 'file' (random access; Feather version 2) or 'stream'; 'file' by default. */
  format?: 'file' | 'stream'
}

/** Values in a record batch, at most: 64 MiB of float32. */
const BATCH = 2 ** 24

/**
 * Writes columns of equal length as an Arrow IPC file, uncompressed; pyarrow.feather.read_table and polars.read_ipc read it. At once: see
 * writeAtomic.
 * @param columns by name: { centroids: { data, d } } or { labels }
 */
export async function writeArrow(path: FilePath, columns: Record<string, ArrowColumn>, options: WriteArrowOptions = {}): Promise<void> {
  const where = 'writeArrow'
  checkNames(where, options, ['format'])
  const { format = 'file' } = options
  if (format !== 'file' && format !== 'stream') throw new RangeError(`${where}: expected format to be 'file' or 'stream', got '${format}'`)
  const parts = Object.entries(columns).map(([name, column]) => columnOf(name, column, where))
  const n = parts[0]?.n
  const other = parts.find((part) => part.n !== n)
  if (n === undefined) throw new RangeError(`${where}: expected at least one column, got none`)
  if (other) throw new RangeError(`${where}: expected columns of ${n} rows, got ${other.n} in '${other.name}'`)
  const arrow = await import('apache-arrow')
  const { Float32, Field, FixedSizeList, makeData, RecordBatch, Schema, Struct } = arrow
  const vectors = parts.map((part) => ({
    ...part,
    type: part.d ? new FixedSizeList(part.d, new Field('item', new Float32(), true)) : undefined,
  }))
  const schema = new Schema(
    vectors.map(({ name, type, slice }) => new Field(name, type ?? arrow.makeVector(plain(slice(0, 0)) as Float32Array).type, true)),
  )
  const height = Math.max(1, Math.floor(BATCH / Math.max(1, ...parts.map((part) => part.d))))
  const batchAt = (start: number): InstanceType<typeof RecordBatch> => {
    const end = Math.min(n, start + height)
    const children = vectors.map(({ type, slice }) => {
      const data = plain(slice(start, end))
      if (!type) return arrow.makeVector(data as Float32Array).data[0]
      const child = makeData({ type: new Float32(), length: data.length, nullCount: 0, data: data as Float32Array })
      return makeData({ type, length: end - start, nullCount: 0, child })
    })
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: end - start, nullCount: 0, children }))
  }
  await writeAtomic(path, where, async (sink) => {
    const writer = format === 'file' ? new arrow.RecordBatchFileWriter() : new arrow.RecordBatchStreamWriter()
    const drained = (async () => {
      for await (const bytes of writer) await sink(bytes)
    })()
    writer.reset(undefined, schema)
    for (let start = 0; start < n; start += height) writer.write(batchAt(start))
    writer.close()
    await drained
  })
}

/** A Uint8ClampedArray as a Uint8Array on the same memory, which is what Arrow has a type for; all others as they are. */
const plain = (data: TypedArray): TypedArray =>
  data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data

interface Column {
  name: string
  n: number
  /** 0 for plain numbers. */
  d: number
  slice(start: number, end: number): TypedArray
}

function columnOf(name: string, column: ArrowColumn, where: string): Column {
  if (dtypeOf(column)) {
    const array = column as TypedArray
    return { name, n: array.length, d: 0, slice: (start, end) => array.subarray(start, end) }
  }
  const { d, blocks } = normal(column)
  if (!Number.isInteger(d) || d < 1 || !blocks.every((block) => block instanceof Float32Array && block.length % d === 0))
    throw new TypeError(`${where}: expected column '${name}' to be a typed array, Points, or { data: Float32Array of whole rows, d }`)
  const points = { blocks, d, n: blocks.reduce((sum, block) => sum + block.length / d, 0) }
  return { name, n: points.n, d, slice: (start, end) => rowsOf(points, start, end) }
}

/** Points, or one flat array, as blocks; d = 0 for what is neither. */
function normal(column: ArrowColumn): { d: number; blocks: readonly Float32Array[] } {
  if (column === null || typeof column !== 'object' || !('d' in column)) return { d: 0, blocks: [] }
  return { d: column.d, blocks: 'blocks' in column ? column.blocks : [column.data] }
}
