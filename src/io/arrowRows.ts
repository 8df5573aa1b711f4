/**
 * @file Points out of Arrow IPC: one column of lists, or numeric columns side by side. Only the buffers of those columns are read, straight
 * into float32 where the file has it so.
 */

import { outOfRange, readFloats, scatter } from './arrays.js'
import type { ArrayLayout, RowReader } from './arrays.js'
import { bufferReader } from './arrowBuffers.js'
import type { Buffers } from './arrowBuffers.js'
import { readArrowIndex } from './arrowFile.js'
import type { ArrowBatch } from './arrowFile.js'
import { ARROW, locate } from './arrowSchema.js'
import type { ArrowField } from './arrowSchema.js'
import { bytesOf, itemSize } from './dtype.js'
import type { DType } from './dtype.js'
import type { ByteSource } from './source.js'

/** Values of a column that are gathered at a time. */
const CHUNK = 2 ** 20
const LISTS: readonly number[] = [ARROW.fixedSizeList, ARROW.list, ARROW.largeList]

const isList = ({ type, children }: ArrowField): boolean => LISTS.includes(type) && children[0]?.dtype !== undefined

/**
 * An Arrow file or stream as a reader of rows.
 * @param column a column of lists (FixedSizeList, or List and LargeList of equal lengths), or the names of numeric columns. By default the
 *   only column of lists, or all columns where all are numeric
 */
export async function arrowRows(source: ByteSource, column: string | readonly string[] | undefined, where: string): Promise<RowReader> {
  const { fields, batches } = await readArrowIndex(source, where)
  const chosen = choose(fields, column, source, where)
  const first = fields[chosen[0]]
  const list = isList(first) ? first : undefined
  const dtypes = chosen.map((index) => (list ? (list.children[0].dtype as DType) : (fields[index].dtype as DType)))
  const filled = batches.filter(({ rows }) => rows > 0)
  const buffers = bufferReader(source, where)
  const listStarts = new Map<ArrowBatch, number>()
  let d = list ? list.listSize : chosen.length
  if (list && list.type !== ARROW.fixedSizeList && filled.length > 0) {
    const { buffer } = locate(fields, chosen[0], filled[0])
    d = (await listStart(buffers, filled[0], buffer + 1, list, undefined, where, source.name)).d
  }
  if (d < 1 && filled.length > 0) throw new RangeError(`${where}: expected lists of at least one value, got ${d} (${source.name})`)
  const starts = [0]
  for (const batch of filled) {
    for (const index of chosen) checkBatch(batch, fields, index, d, `${where}: expected `, ` (${source.name})`)
    starts.push(starts[starts.length - 1] + batch.rows)
  }

  const readBatch = async (batch: ArrowBatch, from: number, count: number, row: number, out: Float32Array): Promise<void> => {
    for (const [t, index] of chosen.entries()) {
      const dtype = dtypes[t]
      const { buffer } = locate(fields, index, batch)
      const variable = list !== undefined && list.type !== ARROW.fixedSizeList
      if (variable && !listStarts.has(batch))
        listStarts.set(batch, (await listStart(buffers, batch, buffer + 1, list, d, where, source.name)).start)
      const start = listStarts.get(batch) ?? 0
      const width = list ? d : 1
      const values = buffer + (list ? (variable ? 3 : 2) : 1)
      const place = await buffers(batch, values, (start + batch.rows * width) * itemSize(dtype))
      const layout: ArrayLayout = { dtype, shape: [batch.rows, width], offset: place.offset, littleEndian: true, fortranOrder: false }
      if (width === d) {
        const beyond = await readFloats(place.source, layout, start + from * d, out)
        if (beyond >= 0) throw outOfRange(where, source, row + Math.floor(beyond / d), beyond % d)
        continue
      }
      const scratch = new Float32Array(Math.min(CHUNK, count))
      for (let at = 0; at < count; at += CHUNK) {
        const part = scratch.subarray(0, Math.min(CHUNK, count - at))
        const beyond = await readFloats(place.source, layout, from + at, part)
        if (beyond >= 0) throw outOfRange(where, source, row + at + beyond, t)
        scatter(part, part.length, out.subarray(at * d + t), d)
      }
    }
  }
  const read = async (start: number, end: number, out: Float32Array): Promise<void> => {
    for (const [i, batch] of filled.entries()) {
      const from = Math.max(start, starts[i])
      const to = Math.min(end, starts[i + 1])
      if (from < to) await readBatch(batch, from - starts[i], to - from, from, out.subarray((from - start) * d, (to - start) * d))
    }
  }
  return { n: starts[starts.length - 1], d, dtype: [...new Set(dtypes)].join(', '), read }
}

/** Indices of the columns that are read. */
function choose(
  fields: readonly ArrowField[],
  column: string | readonly string[] | undefined,
  source: ByteSource,
  where: string,
): number[] {
  const columns = fields.map(({ name, label }) => `${name}: ${label}`).join(', ') || 'none'
  const fail = (got: string): never => {
    const text = `${where}: expected options.column to name a column of lists of numbers, or numeric columns`
    throw new RangeError(`${text} (there are: ${columns.slice(0, 1000)}), got ${got} (${source.name})`)
  }
  if (column === undefined) {
    const lists = fields.flatMap((field, i) => (isList(field) ? [i] : []))
    if (lists.length === 1) return lists
    if (lists.length > 1 || fields.length === 0 || fields.some(({ dtype }) => !dtype)) return fail('no name')
    return fields.map((_, i) => i)
  }
  const names = typeof column === 'string' ? [column] : column
  const indices = names.map((name) => fields.findIndex((field) => field.name === name))
  const numeric = (i: number): boolean => i >= 0 && (fields[i].dtype !== undefined || (names.length === 1 && isList(fields[i])))
  const wrong = indices.findIndex((i) => !numeric(i))
  return names.length === 0 || wrong >= 0 ? fail(names.length === 0 ? 'no name' : `'${names[wrong]}'`) : indices
}

/** Checks that a column of a batch has the rows and bytes it must have, and no missing values. */
function checkBatch(batch: ArrowBatch, fields: readonly ArrowField[], index: number, d: number, expected: string, name: string): void {
  const field = fields[index]
  const { node, buffer } = locate(fields, index, batch)
  const list = isList(field)
  const nodes = batch.nodes.slice(node, node + (list ? 2 : 1))
  const values = batch.buffers[buffer + 1 + (list ? field.buffers : 0)]
  if (!values || nodes[0]?.length !== batch.rows) {
    const got = nodes[0]?.length ?? 'none'
    throw new RangeError(`${expected}a record batch of ${batch.rows} rows in column '${field.name}', got ${got}${name}`)
  }
  const wanted = batch.rows * (list ? d : 1) * itemSize((list ? field.children[0] : field).dtype as DType)
  // A byte of LZ4 makes at most 255. What zstd makes is seen when it is unpacked.
  const most = batch.codec < 0 ? values.length : batch.codec === 0 ? values.length * 255 : Infinity
  if (most < wanted)
    throw new RangeError(
      `${expected}a buffer of ${wanted} bytes in column '${field.name}', got ${values.length}: the file is damaged${name}`,
    )
  const nulls = nodes.find((each) => each.nulls > 0)?.nulls
  if (nulls) throw new RangeError(`${expected}no missing values, got ${nulls} in column '${field.name}'${name}`)
  if (nodes.length === 2 && nodes[1].length < batch.rows * d)
    throw new RangeError(`${expected}${batch.rows} lists of ${d} values in column '${field.name}', got ${nodes[1].length} values${name}`)
}

/** The first value of the lists of a batch and their common length; checks that all have it. */
async function listStart(
  buffers: Buffers,
  batch: ArrowBatch,
  index: number,
  { type, name }: ArrowField,
  d: number | undefined,
  where: string,
  file: string,
): Promise<{ start: number; d: number }> {
  const wide = type === ARROW.largeList
  if (!batch.buffers[index]) throw new RangeError(`${where}: expected a buffer of offsets in column '${name}', got none (${file})`)
  const bytes = (batch.rows + 1) * (wide ? 8 : 4)
  const place = await buffers(batch, index, bytes)
  const offsets = wide ? new BigInt64Array(batch.rows + 1) : new Int32Array(batch.rows + 1)
  await place.source.read(bytesOf(offsets), place.offset)
  const start = Number(offsets[0])
  const width = d ?? Number(offsets[1]) - start
  for (let i = 0; i < batch.rows; i++) {
    const got = Number(offsets[i + 1]) - Number(offsets[i])
    if (got !== width) throw new RangeError(`${where}: expected lists of ${width} values in column '${name}', got one of ${got} (${file})`)
  }
  if (start < 0) throw new RangeError(`${where}: expected offsets from 0 on in column '${name}', got ${start} (${file})`)
  return { start, d: width }
}
