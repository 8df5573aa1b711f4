/**
 * @file Arrow IPC, file and stream format, as a list of record batches with their places in the file. Only metadata is read here; the
 * bodies are checked to lie inside the file. A stream is walked message by message, a file has an index at its end.
 */

import { parseBatch, parseMessage, parseSchema } from './arrowSchema.js'
import type { ArrowField, BatchMessage, Message } from './arrowSchema.js'
import { int64, rootTable, scalar, table, vector } from './flatbuffer.js'
import type { ByteReader } from './source.js'

const CONTINUATION = 0xffffffff
/** Metadata of one message: more than this is a damaged file. */
const MAX_METADATA = 2 ** 28
/** An entry of the index: offset, length of the metadata, padding, length of the body. */
const BLOCK_BYTES = 24

/** A record batch and the offset of its body in the file. */
export interface ArrowBatch extends BatchMessage {
  readonly body: number
}

/** What an Arrow file holds. */
export interface ArrowIndex {
  readonly fields: readonly ArrowField[]
  readonly batches: readonly ArrowBatch[]
}

/** A part of the file that holds messages, with its name for errors. */
interface Span {
  readonly source: ByteReader
  readonly end: number
  readonly where: string
}

/**
 * Finds the columns and record batches of an Arrow file or stream.
 * @throws Error for what is neither; RangeError for a truncated or damaged one
 */
export async function readArrowIndex(source: ByteReader, where: string): Promise<ArrowIndex> {
  const { size, name } = source
  const start = new Uint8Array(Math.min(8, size))
  await source.read(start, 0)
  const magic = String.fromCharCode(...start)
  const span = { source, end: size, where }
  if (magic.startsWith('ARROW1')) return readFooter(span)
  const other = magic.startsWith('PAR1') ? 'Parquet' : magic.startsWith('FEA1') ? 'Feather version 1' : undefined
  if (other) throw new Error(`${where}: expected Arrow IPC (Feather version 2), got ${other}; write it with pyarrow.feather (${name})`)
  const prefix = await readPrefix(span, 0)
  if (!prefix || prefix.length < 8 || prefix.length > MAX_METADATA || (prefix.bytes === 4 && prefix.length > size)) {
    const bytes = [...start].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    throw new Error(`${where}: expected an Arrow file or stream, got ${size ? `one that starts with ${bytes}` : 'an empty file'} (${name})`)
  }
  return readStream(span)
}

const damaged = ({ source, where }: Span, what: string, cause?: unknown): RangeError =>
  new RangeError(`${where}: expected a whole Arrow file or stream, got ${what} (${source.name})`, { cause })

/** Runs a parser of metadata, whose errors become ours. */
function parsed<T>(span: Span, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw damaged(span, `damaged metadata (${(cause as Error).message})`, cause)
  }
}

async function readStream(span: Span): Promise<ArrowIndex> {
  let fields: readonly ArrowField[] | undefined
  const batches: ArrowBatch[] = []
  for (let at = 0; at < span.end;) {
    const found = await readMessage(span, at)
    if (!found) break
    const { message, body } = found
    if (message.kind === 'schema') fields = parsed(span, () => parseSchema(message))
    if (message.kind === 'batch') batches.push(batchOf(span, message, body))
    at = body + message.bodyLength
  }
  if (!fields) throw damaged(span, 'no schema')
  return { fields, batches }
}

/** A file: its footer has the schema and the places of the record batches. */
async function readFooter(whole: Span): Promise<ArrowIndex> {
  const { source, where } = whole
  const tail = new Uint8Array(10)
  if (source.size >= 18) await source.read(tail, source.size - 10)
  if (String.fromCharCode(...tail.subarray(4)) !== 'ARROW1') {
    const text = `${where}: expected an Arrow file that ends with ARROW1, got another end: the file is truncated`
    throw new RangeError(`${text} (${source.name})`)
  }
  const length = new DataView(tail.buffer).getInt32(0, true)
  const span = { ...whole, end: source.size - 10 - length }
  if (length < 4 || length > MAX_METADATA || span.end < 8) throw damaged(span, `a footer of ${length} bytes`)
  const bytes = new Uint8Array(length)
  await source.read(bytes, span.end)
  const { fields, offsets } = parsed(span, () => {
    const footer = rootTable(bytes)
    const schema = table(footer, 1)
    if (!schema) throw new RangeError('expected a schema in the footer')
    const blocks = vector(footer, 3, BLOCK_BYTES)
    return {
      fields: parseSchema({ header: schema, version: scalar(footer, 0, 2) }),
      offsets: Array.from({ length: blocks.length }, (_, i) => int64(footer.view, blocks.start + BLOCK_BYTES * i)),
    }
  })
  const batches: ArrowBatch[] = []
  for (const at of offsets) {
    const found = at < 8 || at >= span.end ? undefined : await readMessage(span, at)
    if (found?.message.kind !== 'batch') throw damaged(span, `no record batch at offset ${at}`)
    batches.push(batchOf(span, found.message, found.body))
  }
  return { fields, batches }
}

/** The message at an offset and where its body starts, both inside the span; undefined at the mark of the end. */
async function readMessage(span: Span, at: number): Promise<{ message: Message; body: number } | undefined> {
  const prefix = await readPrefix(span, at)
  if (!prefix) throw damaged(span, `${span.end - at} bytes of a message at offset ${at}: truncated`)
  const { length } = prefix
  if (length === 0) return undefined
  const body = at + prefix.bytes + length
  if (length > MAX_METADATA || body > span.end) throw damaged(span, `a message of ${length} bytes at offset ${at}: truncated or damaged`)
  const metadata = new Uint8Array(length)
  await span.source.read(metadata, at + prefix.bytes)
  const message = parsed(span, () => parseMessage(metadata))
  if (body + message.bodyLength > span.end)
    throw damaged(span, `${span.end - body} of ${message.bodyLength} bytes of data at offset ${body}: truncated`)
  return { message, body }
}

function batchOf(span: Span, message: Message, body: number): ArrowBatch {
  const batch = parsed(span, () => parseBatch(message))
  if (batch.rows < 0 || batch.buffers.some(({ offset, length }) => offset < 0 || length < 0 || offset + length > message.bodyLength))
    throw damaged(span, `a record batch of ${batch.rows} rows with buffers outside of it at offset ${body}`)
  return { ...batch, body }
}

/** The length of the metadata that follows, and the bytes it stands in: 8, or 4 before version 0.15 of Arrow. */
async function readPrefix({ source, end }: Span, at: number): Promise<{ length: number; bytes: number } | undefined> {
  const prefix = new Uint8Array(Math.min(8, end - at))
  if (prefix.length < 4) return undefined
  await source.read(prefix, at)
  const view = new DataView(prefix.buffer)
  if (view.getUint32(0, true) !== CONTINUATION) return { length: view.getUint32(0, true), bytes: 4 }
  return prefix.length < 8 ? undefined : { length: view.getUint32(4, true), bytes: 8 }
}
