/**
 * @file IDX, the format of MNIST and its kin: 00 00, a byte for the type, a byte for the number of dimensions, the dimensions as big-endian
 * uint32, the values big-endian. Described on the MNIST page of LeCun, Cortes and Burges.
 */

import { byteChunks, describeSource } from './bytes.js'
import type { ByteSource } from './bytes.js'

/** Values of an IDX file, in the byte order of this machine. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

/** An array of any number of dimensions, row-major. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: IdxData
}

interface IdxType {
  readonly code: number
  readonly name: string
  readonly make: { new (length: number): IdxData; new (buffer: ArrayBufferLike, byteOffset: number, length: number): IdxData }
  readonly size: number
  readonly get: (view: DataView, at: number) => number
  readonly set: (view: DataView, at: number, value: number) => void
}

const TYPES: readonly IdxType[] = [
  { code: 0x08, name: 'uint8', make: Uint8Array, size: 1, get: (v, at) => v.getUint8(at), set: (v, at, x) => v.setUint8(at, x) },
  { code: 0x09, name: 'int8', make: Int8Array, size: 1, get: (v, at) => v.getInt8(at), set: (v, at, x) => v.setInt8(at, x) },
  { code: 0x0b, name: 'int16', make: Int16Array, size: 2, get: (v, at) => v.getInt16(at), set: (v, at, x) => v.setInt16(at, x) },
  { code: 0x0c, name: 'int32', make: Int32Array, size: 4, get: (v, at) => v.getInt32(at), set: (v, at, x) => v.setInt32(at, x) },
  { code: 0x0d, name: 'float32', make: Float32Array, size: 4, get: (v, at) => v.getFloat32(at), set: (v, at, x) => v.setFloat32(at, x) },
  { code: 0x0e, name: 'float64', make: Float64Array, size: 8, get: (v, at) => v.getFloat64(at), set: (v, at, x) => v.setFloat64(at, x) },
]

interface IdxHeader {
  readonly type: IdxType
  readonly shape: readonly number[]
  /** Number of values. */
  readonly length: number
  /** Bytes before the values. */
  readonly offset: number
}

/**
 * Reads a whole IDX array, plain or gzipped, from bytes or a file.
 * @throws Error for a file that cannot be read; RangeError for one that is no IDX file, cut short, or longer than its header says
 */
export function readIdx(source: ByteSource): Promise<IdxArray> {
  return readWhole(source, 'readIdx')
}

/** readIdx, in another function's name. */
export async function readWhole(source: ByteSource, where: string): Promise<IdxArray> {
  let shape: readonly number[] = []
  let make: IdxType['make'] = Uint8Array
  const pieces: IdxData[] = []
  await scanIdx(source, where, (header) => {
    shape = header.shape
    make = header.type.make
    return (piece) => pieces.push(piece)
  })
  if (pieces.length === 1) return { shape, data: pieces[0].byteOffset === 0 ? pieces[0] : pieces[0].slice() }
  const data = new make(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    data.set(piece, at)
    at += piece.length
  }
  return { shape, data }
}

/**
 * Reads an IDX file in portions: `begin` sees the header and returns what takes the values, in order. Nothing is allocated on the word of
 * the header.
 */
export async function scanIdx(source: ByteSource, where: string, begin: (header: IdxHeader) => (piece: IdxData) => void): Promise<void> {
  const name = describeSource(source)
  let header: IdxHeader | undefined
  let take: ((piece: IdxData) => void) | undefined
  let rest: Uint8Array = new Uint8Array(0)
  let received = 0
  for await (const chunk of byteChunks(source, where)) {
    received += chunk.length
    let bytes = rest.length > 0 ? joined(rest, chunk) : chunk
    if (!header) {
      header = parseHeader(bytes, where, name)
      if (!header) {
        rest = bytes
        continue
      }
      take = begin(header)
      bytes = bytes.subarray(header.offset)
    }
    if (received > header.offset + header.length * header.type.size) throw wrongLength(header, 'more', where, name)
    const whole = bytes.length - (bytes.length % header.type.size)
    if (whole > 0) take!(decoded(bytes.subarray(0, whole), header.type))
    rest = bytes.subarray(whole)
  }
  if (!header) throw new RangeError(`${where}: expected an IDX header, got a file of ${received} bytes (${name})`)
  if (received < header.offset + header.length * header.type.size) throw wrongLength(header, String(received), where, name)
}

/** The header, or undefined while more bytes are needed to see all of it. */
function parseHeader(bytes: Uint8Array, where: string, name: string): IdxHeader | undefined {
  if (bytes.length < 4) return undefined
  const type = TYPES.find(({ code }) => code === bytes[2])
  const dimensions = bytes[3]
  if (bytes[0] !== 0 || bytes[1] !== 0 || !type || dimensions === 0) {
    const got = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    throw new RangeError(
      `${where}: expected an IDX file to begin with 00 00, a type of 08, 09, 0b, 0c, 0d or 0e, and at least one dimension, got ${got} (${name})`,
    )
  }
  const offset = 4 + 4 * dimensions
  if (bytes.length < offset) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i))
  const length = shape.reduce((product, size) => product * size, 1)
  if (!Number.isSafeInteger(length * type.size))
    throw new RangeError(`${where}: expected a shape of fewer than 2^53 bytes, got ${shape.join('×')} (${name})`)
  return { type, shape, length, offset }
}

function wrongLength({ type, shape, offset, length }: IdxHeader, got: string, where: string, name: string): RangeError {
  return new RangeError(
    `${where}: expected ${offset + length * type.size} bytes (a header of ${offset} and ${shape.join('×')} ${type.name}), got ${got} (${name})`,
  )
}

/** Whole values out of their bytes; single bytes are not copied, but never are a Buffer, whose slice would be no copy. */
function decoded(bytes: Uint8Array, { make, size, get }: IdxType): IdxData {
  if (size === 1) return new make(bytes.buffer, bytes.byteOffset, bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values = new make(bytes.length / size)
  for (let i = 0; i < values.length; i++) values[i] = get(view, i * size)
  return values
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/**
 * The bytes of an IDX file that holds the array; gzip them, if wanted, with node:zlib's gzipSync.
 * @throws TypeError for a type that IDX does not have; RangeError for a shape that is not the data's
 */
export function writeIdx({ shape, data }: IdxArray): Uint8Array {
  const type = TYPES.find(({ make }) => data instanceof make)
  if (!type) {
    const got = (data as object | undefined)?.constructor?.name ?? typeof data
    throw new TypeError(`writeIdx: expected a Uint8Array, Int8Array, Int16Array, Int32Array, Float32Array or Float64Array, got ${got}`)
  }
  if (shape.length < 1 || shape.length > 255 || !shape.every((size) => Number.isInteger(size) && size >= 0 && size < 2 ** 32))
    throw new RangeError(`writeIdx: expected a shape of 1 to 255 dimensions below 2^32, got [${shape.join(', ')}]`)
  const length = shape.reduce((product, size) => product * size, 1)
  if (length !== data.length)
    throw new RangeError(`writeIdx: expected ${length} values for the shape ${shape.join('×')}, got ${data.length}`)
  const offset = 4 + 4 * shape.length
  const bytes = new Uint8Array(offset + data.length * type.size)
  const view = new DataView(bytes.buffer)
  bytes[2] = type.code
  bytes[3] = shape.length
  for (const [i, size] of shape.entries()) view.setUint32(4 + 4 * i, size)
  for (let i = 0; i < data.length; i++) type.set(view, offset + i * type.size, data[i])
  return bytes
}
