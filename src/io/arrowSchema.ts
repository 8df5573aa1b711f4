/**
 * @file Arrow's metadata messages: the schema (which columns there are) and the record batches (where their buffers lie).
 * Format: https://arrow.apache.org/docs/format/Columnar.html, Schema.fbs and Message.fbs, metadata versions V4 and V5.
 */

import type { DType } from './dtype.js'
import { int64, rootTable, scalar, table, tables, text, vector } from './flatbuffer.js'
import type { Table } from './flatbuffer.js'

/** The types of columns that matter here, with their numbers in Schema.fbs. */
export const ARROW = { int: 2, float: 3, list: 12, union: 14, fixedSizeList: 16, largeList: 21, runEndEncoded: 22 } as const
const NAMES = `None Null Int FloatingPoint Binary Utf8 Bool Decimal Date Time Timestamp Interval List Struct Union FixedSizeBinary
  FixedSizeList Map Duration LargeBinary LargeUtf8 LargeList RunEndEncoded BinaryView Utf8View ListView LargeListView`.split(/\s+/)
/** Buffers of each type, in the same order, without those of its children. Unions: unionBuffers. */
const BUFFERS = [0, 0, 2, 2, 3, 3, 2, 2, 2, 2, 2, 2, 2, 1, 1, 2, 1, 2, 2, 3, 3, 2, 0, 2, 2, 3, 3]
const VIEWS = [23, 24]
const METADATA_V5 = 4
/** More fields than any table has; a damaged schema can tell of more. */
const MAX_FIELDS = 1_000_000

/** A column, or the values of a list. */
export interface ArrowField {
  readonly name: string
  readonly type: number
  /** The type for errors: 'FixedSizeList<float32>[128]'. */
  readonly label: string
  /** The number type, for plain numbers without a dictionary. */
  readonly dtype?: DType
  /** Length of fixed-size lists. */
  readonly listSize: number
  readonly children: readonly ArrowField[]
  /** Buffers of the field itself. */
  readonly buffers: number
}

/** A record batch: its rows and where the buffers lie in its body. */
export interface BatchMessage {
  readonly rows: number
  /** Length and null count of each field, depth first. */
  readonly nodes: readonly { length: number; nulls: number }[]
  readonly buffers: readonly { offset: number; length: number }[]
  /** −1: none, 0: LZ4 frame, 1: zstd. */
  readonly codec: number
  /** Further buffers of each view column. */
  readonly variadic: readonly number[]
}

/** A message of the stream, as far as it matters here. */
export interface Message {
  readonly kind: 'schema' | 'batch' | 'other'
  readonly version: number
  readonly bodyLength: number
  readonly header: Table
}

/** Reads the metadata of a message. */
export function parseMessage(bytes: Uint8Array): Message {
  const root = rootTable(bytes)
  const header = table(root, 2)
  const type = scalar(root, 1, 1)
  const bodyLength = scalar(root, 3, 8)
  if (!header || bodyLength < 0) throw new RangeError('expected a message with a header')
  return { kind: type === 1 ? 'schema' : type === 3 ? 'batch' : 'other', version: scalar(root, 0, 2), bodyLength, header }
}

/** The columns of a schema, in a message or a footer. */
export function parseSchema({ header, version }: Pick<Message, 'header' | 'version'>): ArrowField[] {
  if (scalar(header, 0, 2) !== 0) throw new RangeError('expected little-endian data, got big-endian')
  let count = 0
  const parse = (field: Table, depth: number): ArrowField => {
    if (++count > MAX_FIELDS || depth > 64) throw new RangeError('expected a schema of at most 1,000,000 fields')
    const type = scalar(field, 2, 1)
    const detail = table(field, 3)
    const children = tables(field, 5).map((child) => parse(child, depth + 1))
    const encoded = table(field, 4) !== undefined
    const dtype = encoded || !detail ? undefined : numberType(type, detail)
    const listSize = type === ARROW.fixedSizeList && detail ? scalar(detail, 0, 4) : 0
    const name = NAMES[type]
    if (name === undefined) throw new RangeError(`expected a type of the Arrow format, got number ${type}`)
    const inner = children.length && !encoded ? `<${children.map((child) => child.label).join()}>` : ''
    const label = encoded ? 'Dictionary' : (dtype ?? `${name}${inner.slice(0, 60)}${listSize ? `[${listSize}]` : ''}`)
    const buffers = encoded ? 2 : type === ARROW.union ? unionBuffers(detail, version) : BUFFERS[type]
    return { name: text(field, 0), type: encoded ? -1 : type, label, dtype, listSize, children: encoded ? [] : children, buffers }
  }
  return tables(header, 1).map((field) => parse(field, 0))
}

/** How many buffers a union has: its type ids, its offsets if it is dense, and before metadata V5 a validity bitmap. */
const unionBuffers = (detail: Table | undefined, version: number): number =>
  1 + (detail ? scalar(detail, 0, 2) : 0) + (version < METADATA_V5 ? 1 : 0)

function numberType(type: number, detail: Table): DType | undefined {
  if (type === ARROW.float) return (['float16', 'float32', 'float64'] as const)[scalar(detail, 0, 2)]
  if (type !== ARROW.int) return undefined
  const bits = scalar(detail, 0, 4)
  if (![8, 16, 32, 64].includes(bits)) return undefined
  return `${scalar(detail, 1, 1) ? '' : 'u'}int${bits}` as DType
}

/** The buffers of a record batch message. */
export function parseBatch({ header }: Message): BatchMessage {
  const { view } = header
  const pairs = (field: number): [number, number][] => {
    const { start, length } = vector(header, field, 16)
    return Array.from({ length }, (_, i) => [int64(view, start + 16 * i), int64(view, start + 16 * i + 8)])
  }
  const compression = table(header, 3)
  const counts = vector(header, 4, 8)
  return {
    rows: scalar(header, 0, 8),
    nodes: pairs(1).map(([length, nulls]) => ({ length, nulls })),
    buffers: pairs(2).map(([offset, length]) => ({ offset, length })),
    codec: compression ? scalar(compression, 0, 1) : -1,
    variadic: Array.from({ length: counts.length }, (_, i) => int64(view, counts.start + 8 * i)),
  }
}

/** Where column `index` has its first node and its first buffer in this batch. */
export function locate(fields: readonly ArrowField[], index: number, batch: BatchMessage): { node: number; buffer: number } {
  let node = 0
  let buffer = 0
  let views = 0
  const skip = (field: ArrowField): void => {
    node++
    buffer += field.buffers + (VIEWS.includes(field.type) ? (batch.variadic[views++] ?? 0) : 0)
    field.children.forEach(skip)
  }
  fields.slice(0, index).forEach(skip)
  return { node, buffer }
}
