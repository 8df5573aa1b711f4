/**
 * @file The header of a .safetensors file: its length as a uint64, then JSON with the type, shape and place of every tensor. Nothing in it
 * is believed before it is checked: tensors must cover the rest of the file exactly, without gaps or overlaps, as the Rust library
 * demands. Format: https://github.com/huggingface/safetensors
 */

import { describeArray, elementsOf } from './arrays.js'
import type { ArrayLayout } from './arrays.js'
import { itemSize } from './dtype.js'
import type { DType } from './dtype.js'
import type { ByteReader } from './source.js'

/** The library's own limit. */
const MAX_HEADER = 100_000_000

/** By alignment from the largest, in the order in which the Rust library lays tensors out. */
const CODES: Record<string, DType> = {
  U64: 'uint64',
  I64: 'int64',
  F64: 'float64',
  F32: 'float32',
  U32: 'uint32',
  I32: 'int32',
  BF16: 'bfloat16',
  F16: 'float16',
  U16: 'uint16',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

/** What a header says: a layout for every tensor, and the metadata. */
interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, ArrayLayout>
  readonly metadata: Record<string, string>
}

/**
 * Reads and checks the header.
 * @throws Error for what is no such file; RangeError where it disagrees with itself or with the size of the file
 */
export async function readSafetensorsHeader(source: ByteReader, where: string): Promise<SafetensorsHeader> {
  const fail = (expected: string, got: string): never => {
    throw new RangeError(`${where}: expected ${expected}, got ${got} (${source.name})`)
  }
  if (source.size < 8) fail('a .safetensors file of at least 8 bytes', `${source.size}: the file is truncated`)
  const start = new Uint8Array(8)
  await source.read(start, 0)
  const stated = new DataView(start.buffer).getBigUint64(0, true)
  const length = Number(stated)
  if (length > MAX_HEADER) fail(`a .safetensors header of at most ${MAX_HEADER} bytes`, `${stated}: no such file, or a damaged one`)
  if (8 + length > source.size) fail(`a header of ${length} bytes`, `${source.size - 8}: the file is truncated`)
  const bytes = new Uint8Array(length)
  await source.read(bytes, 8)
  const header = parseObject(bytes)
  if (!header) throw new Error(`${where}: expected a .safetensors header (a JSON object), got something else (${source.name})`)
  const tensors = new Map<string, ArrayLayout>()
  let metadata: Record<string, string> = {}
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkMetadata(entry, fail)
    else tensors.set(name, checkTensor(name, entry, 8 + length, fail))
  }
  checkCover(tensors, 8 + length, source.size, fail)
  return { tensors, metadata }
}

type Fail = (expected: string, got: string) => never

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80)

function checkMetadata(entry: unknown, fail: Fail): Record<string, string> {
  if (!isObject(entry) || !Object.values(entry).every((value) => typeof value === 'string'))
    return fail('__metadata__ to be an object of strings', show(entry))
  return entry as Record<string, string>
}

function checkTensor(name: string, entry: unknown, dataStart: number, fail: Fail): ArrayLayout {
  if (!isObject(entry)) return fail(`tensor '${name}' to be described by an object`, show(entry))
  const { dtype: code, shape, data_offsets: offsets } = entry
  const dtype = typeof code === 'string' && Object.hasOwn(CODES, code) ? CODES[code] : undefined
  if (!dtype) return fail(`tensor '${name}' to have a dtype of ${Object.keys(CODES).join(', ')}`, show(code))
  if (!Array.isArray(shape) || !shape.every(isSize)) return fail(`the shape of tensor '${name}' to be a list of sizes`, show(shape))
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1])
    return fail(`the data_offsets of tensor '${name}' to be [begin, end]`, show(offsets))
  const bytes = elementsOf(shape) * itemSize(dtype)
  if (bytes !== offsets[1] - offsets[0])
    return fail(`${describeArray(shape, dtype)} (${bytes} bytes) for tensor '${name}'`, `offsets of ${offsets[1] - offsets[0]} bytes`)
  return { dtype, shape, offset: dataStart + offsets[0], littleEndian: true, fortranOrder: false }
}

const ends = ({ offset, shape, dtype }: ArrayLayout): number => offset + elementsOf(shape) * itemSize(dtype)

function checkCover(tensors: ReadonlyMap<string, ArrayLayout>, dataStart: number, size: number, fail: Fail): void {
  let end = dataStart
  for (const [name, layout] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset || ends(a) - ends(b))) {
    if (layout.offset !== end) {
      const reason = layout.offset < end ? 'it overlaps the one before' : 'there is a gap before it'
      fail(`tensor '${name}' to start at offset ${end - dataStart}`, `${layout.offset - dataStart}: ${reason}`)
    }
    end = ends(layout)
  }
  if (end > size) fail(`${end - dataStart} bytes of tensors after the header`, `${size - dataStart} bytes: the file is truncated`)
  if (end < size)
    fail(`${end - dataStart} bytes of tensors after the header`, `${size - dataStart} bytes: the file is longer than its header says`)
}

/** What a header is made from. */
interface TensorShape {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** Tensors in the order in which the Rust library lays them out: by type, then by name. */
export function tensorOrder<T extends TensorShape>(tensors: readonly T[]): T[] {
  const rank = Object.values(CODES)
  return [...tensors].sort((a, b) => rank.indexOf(a.dtype) - rank.indexOf(b.dtype) || (a.name < b.name ? -1 : 1))
}

/** The first bytes of a file with these tensors in this order: the length, then JSON padded with spaces to 8 bytes. */
export function formatSafetensorsHeader(tensors: readonly TensorShape[], metadata?: Record<string, string>): Uint8Array {
  let offset = 0
  const entries = tensors.map(({ name, dtype, shape }) => {
    const begin = offset
    offset += elementsOf(shape) * itemSize(dtype)
    const code = Object.keys(CODES).find((key) => CODES[key] === dtype)
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: code, shape, data_offsets: [begin, offset] })}`
  })
  if (metadata) entries.unshift(`"__metadata__":${JSON.stringify(metadata)}`)
  const json = new TextEncoder().encode(`{${entries.join()}}`)
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true)
  bytes.set(json, 8)
  return bytes
}
