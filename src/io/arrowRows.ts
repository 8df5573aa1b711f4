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
import type { ByteReader } from './source.js'

/** Values of a column that are gathered at a time. */
const CHUNK = 2 ** 20
const LISTS: readonly number[] = [ARROW.fixedSizeList, ARROW.list, ARROW.largeList]

const isList = ({ type, children }: ArrowField): boolean => LISTS.includes(type) && children[0]?.dtype !== undefined

/** The columns of a file that are read as points: either one column of lists, whose values are a row, or numeric columns side by side. */
interface Selection {
  readonly source: ByteReader
  readonly buffers: Buffers
  readonly fields: readonly ArrowField[]
  /** Indices of the columns in `fields`. */
  readonly chosen: readonly number[]
  /** The column of lists; undefined where the columns are numeric. */
  readonly list: ArrowField | undefined
  /** The caller, named in errors. */
  readonly where: string
}

/**
 * An Arrow file or stream as a reader of rows.
 * @param column a column of lists (FixedSizeList, or List and LargeList of equal lengths), or the names of numeric columns. By default the
 *   only column of lists, or all columns where all are numeric
 */
export async function arrowRows(source: ByteReader, column: string | readonly string[] | undefined, where: string): Promise<RowReader> {
  const { fields, batches } = await readArrowIndex(source, where)
  const chosen = choose(fields, column, source, where)
  const first = fields[chosen[0]]
  const selection: Selection = {
    source,
    buffers: bufferReader(source, where),
    fields,
    chosen,
    list: isList(first) ? first : undefined,
    where,
  }
  const filled = batches.filter(({ rows }) => rows > 0)
  const d = await columnsOf(selection, filled)
  const starts = [0]
  for (const batch of filled) {
    for (const index of chosen) checkBatch(selection, batch, index, d)
    starts.push(starts[starts.length - 1] + batch.rows)
  }
  const readBatch = batchReader(selection, d)
  const read = async (start: number, end: number, out: Float32Array): Promise<void> => {
    for (const [i, batch] of filled.entries()) {
      const from = Math.max(start, starts[i])
      const to = Math.min(end, starts[i + 1])
      if (from < to) await readBatch(batch, starts[i], from, out.subarray((from - start) * d, (to - start) * d))
    }
  }
  return { n: starts[starts.length - 1], d, dtype: [...new Set(chosen.map((index) => dtypeOf(selection, index)))].join(', '), read }
}

/** The type of the values of a chosen column, which has one: that of its numbers, or of the numbers in its lists. */
const dtypeOf = ({ fields, list }: Selection, index: number): DType => (list ? list.children[0] : fields[index]).dtype as DType

/** Whether the lists of the column say their own lengths, by a buffer of offsets. */
const variable = (list: ArrowField | undefined): list is ArrowField => list !== undefined && list.type !== ARROW.fixedSizeList

/** d: the length of the lists, which in a column without a fixed one is that of the first; or the number of columns. */
async function columnsOf(selection: Selection, filled: readonly ArrowBatch[]): Promise<number> {
  const { source, chosen, list, where } = selection
  let d = list ? list.listSize : chosen.length
  if (variable(list) && filled.length > 0) d = (await listStart(selection, list, filled[0])).d
  if (d < 1 && filled.length > 0) throw new RangeError(`${where}: expected lists of at least one value, got ${d} (${source.name})`)
  return d
}

/** Fills `out` with the rows of a batch from row `from` of the file on; `first` is the batch's first row in the file. */
type ReadBatch = (batch: ArrowBatch, first: number, from: number, out: Float32Array) => Promise<void>

function batchReader(selection: Selection, d: number): ReadBatch {
  const { source, buffers, fields, chosen, list, where } = selection
  const width = list ? d : 1
  /** Where the values of a batch begin: 0 but for lists whose offsets say otherwise. Those are read and checked once. */
  const listStarts = new Map<ArrowBatch, number>()
  const startOf = async (batch: ArrowBatch): Promise<number> => {
    if (!variable(list)) return 0
    if (!listStarts.has(batch)) listStarts.set(batch, (await listStart(selection, list, batch, d)).start)
    return listStarts.get(batch)!
  }
  return async (batch, first, from, out) => {
    const count = out.length / d
    for (const [t, index] of chosen.entries()) {
      const dtype = dtypeOf(selection, index)
      const { buffer } = locate(fields, index, batch)
      const start = await startOf(batch)
      // A list's own validity comes first, and its offsets if it has them; then its values' validity and values.
      const values = buffer + (list ? (variable(list) ? 3 : 2) : 1)
      const place = await buffers(batch, values, (start + batch.rows * width) * itemSize(dtype))
      const layout: ArrayLayout = { dtype, shape: [batch.rows, width], offset: place.offset, littleEndian: true, fortranOrder: false }
      if (width === d) {
        const beyond = await readFloats(place.source, layout, start + (from - first) * d, out)
        if (beyond >= 0) throw outOfRange(where, source, from + Math.floor(beyond / d), beyond % d)
        continue
      }
      const scratch = new Float32Array(Math.min(CHUNK, count))
      for (let at = 0; at < count; at += CHUNK) {
        const part = scratch.subarray(0, Math.min(CHUNK, count - at))
        const beyond = await readFloats(place.source, layout, from - first + at, part)
        if (beyond >= 0) throw outOfRange(where, source, from + at + beyond, t)
        scatter(part, part.length, out.subarray(at * d + t), d)
      }
    }
  }
}

/** Indices of the columns that are read. */
function choose(
  fields: readonly ArrowField[],
  column: string | readonly string[] | undefined,
  source: ByteReader,
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
function checkBatch({ source, fields, where }: Selection, batch: ArrowBatch, index: number, d: number): void {
  const expected = `${where}: expected `
  const name = ` (${source.name})`
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
  // A file that promises more than its bytes can hold is found out before memory is allocated. One byte of LZ4 unpacks to at most 255;
  // for zstd there is no such limit, and the size is checked when the buffer is unpacked.
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

/**
 * Reads and checks the offsets of a batch whose lists say their own lengths.
 * @param list the column, the only one that is chosen
 * @param d the length that all lists must have; that of the first one if left out
 * @returns the index of the first list's first value, and the common length
 */
async function listStart(selection: Selection, list: ArrowField, batch: ArrowBatch, d?: number): Promise<{ start: number; d: number }> {
  const { source, buffers, fields, chosen, where } = selection
  const { type, name } = list
  const file = source.name
  const index = locate(fields, chosen[0], batch).buffer + 1
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
