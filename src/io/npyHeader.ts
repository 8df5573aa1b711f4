/**
 * @file The header of a .npy file: a Python dictionary as text. Read by a parser for the few literals it may hold (nothing is ever
 * evaluated), written byte for byte as numpy writes it. Format: numpy.lib.format, versions 1.0, 2.0 and 3.0.
 */

import { describeArray, elementsOf } from './arrays.js'
import type { ArrayLayout } from './arrays.js'
import { itemSize, LITTLE_ENDIAN } from './dtype.js'
import type { DType } from './dtype.js'
import type { ByteReader } from './source.js'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** Headers of plain arrays take some 118 bytes; more than this is no header. */
const MAX_HEADER = 2 ** 20
/** numpy leaves room for the first axis to grow to 21 digits in place. */
const GROWTH_DIGITS = 21

const CODES: Record<string, DType> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
}

/**
 * Reads the header and checks it against the size of the file.
 * @throws Error for what is no .npy file; RangeError if the array it tells of is not what follows
 */
export async function readNpyHeader(source: ByteReader, where: string): Promise<ArrayLayout> {
  const start = new Uint8Array(Math.min(12, source.size))
  await source.read(start, 0)
  if (start.length < 10 || MAGIC.some((byte, i) => start[i] !== byte))
    throw new Error(`${where}: expected a .npy file, which starts with \\x93NUMPY, got ${firstBytes(start)} (${source.name})`)
  const version = start[6]
  if (version < 1 || version > 3 || start[7] !== 0)
    throw new Error(`${where}: expected .npy version 1.0, 2.0 or 3.0, got ${version}.${start[7]} (${source.name})`)
  const from = version === 1 ? 10 : 12
  const view = new DataView(start.buffer)
  const length = version === 1 ? view.getUint16(8, true) : start.length < 12 ? 0 : view.getUint32(8, true)
  if (length > MAX_HEADER)
    throw new RangeError(`${where}: expected a header of at most ${MAX_HEADER} bytes, got one of ${length} (${source.name})`)
  if (from + length > source.size) {
    const text = `expected a header of ${length} bytes, got ${Math.max(0, source.size - from)}`
    throw new RangeError(`${where}: ${text}: the file is truncated (${source.name})`)
  }
  const bytes = new Uint8Array(length)
  await source.read(bytes, from)
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes)
  const layout = interpret(text, from + length, `${where}: expected `, ` (${source.name})`)
  checkSize(layout, source, where)
  return layout
}

const firstBytes = (bytes: Uint8Array): string =>
  bytes.length === 0
    ? 'an empty file'
    : `the bytes ${[...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`

function interpret(text: string, offset: number, expected: string, name: string): ArrayLayout {
  const header = parseLiteral(text)
  const shown = text.trim().slice(0, 120)
  if (!(header instanceof Map) || [...header.keys()].sort().join() !== 'descr,fortran_order,shape')
    throw new Error(`${expected}a header {'descr': …, 'fortran_order': …, 'shape': …}, got ${shown}${name}`)
  const [descr, fortranOrder, shape] = ['descr', 'fortran_order', 'shape'].map((key) => header.get(key))
  if (typeof fortranOrder !== 'boolean') throw new Error(`${expected}'fortran_order' to be True or False, got ${shown}${name}`)
  if (!isShape(shape)) throw new RangeError(`${expected}'shape' to be a tuple of sizes from 0 to 2^53, got ${shown}${name}`)
  const [, order, code] = typeof descr === 'string' ? (/^([<>|=])(\w+)$/.exec(descr) ?? []) : []
  const dtype = code === undefined || !Object.hasOwn(CODES, code) ? undefined : CODES[code]
  if (!dtype) {
    const got = typeof descr === 'string' ? `'${descr.slice(0, 40)}'` : 'a structured one'
    throw new TypeError(
      `${expected}a dtype of float16 to float64, int8 to int64, uint8 to uint64 or bool, got ${got}; cast it in numpy${name}`,
    )
  }
  if (Number.isNaN(elementsOf(shape) * itemSize(dtype)) || elementsOf(shape) * itemSize(dtype) > Number.MAX_SAFE_INTEGER)
    throw new RangeError(`${expected}an array of less than 2^53 bytes, got ${describeArray(shape, dtype)}${name}`)
  return { dtype, shape, fortranOrder, offset, littleEndian: order === '<' || (order !== '>' && LITTLE_ENDIAN) }
}

const isShape = (shape: unknown): shape is number[] =>
  Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)

function checkSize({ dtype, shape, offset }: ArrayLayout, source: ByteReader, where: string): void {
  const wanted = elementsOf(shape) * itemSize(dtype)
  const got = source.size - offset
  if (got === wanted) return
  const reason = got < wanted ? 'the file is truncated' : 'the file is longer than its header says'
  const text = `expected ${describeArray(shape, dtype)} (${wanted} bytes after the header), got ${got} bytes`
  throw new RangeError(`${where}: ${text}: ${reason} (${source.name})`)
}

type Literal = string | number | boolean | Literal[] | Map<string, Literal>

/** The Python literals of a header: strings, True, False, integers, tuples, lists, dictionaries. Undefined for anything else. */
function parseLiteral(text: string): Literal | undefined {
  const tokens = text.match(/'[^'\\]*'|"[^"\\]*"|[A-Za-z]+|-?\d+L?|[^\s]/g) ?? []
  let at = 0
  let depth = 0
  const value = (): Literal | undefined => {
    const token = tokens[at++]
    if (token === undefined || ++depth > 32) return undefined
    try {
      if (/^['"]./s.test(token)) return token.slice(1, -1)
      if (token === 'True' || token === 'False') return token === 'True'
      if (/^-?\d/.test(token)) return parseInt(token, 10)
      if (token === '(' || token === '[') return items(token === '(' ? ')' : ']')
      return token === '{' ? dictionary() : undefined
    } finally {
      depth--
    }
  }
  const items = (close: string): Literal | undefined => {
    const list: Literal[] = []
    let commas = 0
    while (tokens[at] !== close) {
      const item = value()
      if (item === undefined) return undefined
      list.push(item)
      if (tokens[at] === ',') commas += +(at++ >= 0)
      else if (tokens[at] !== close) return undefined
    }
    at++
    // (5) is a number in Python, not a tuple.
    return close === ')' && list.length === 1 && commas === 0 ? list[0] : list
  }
  const dictionary = (): Literal | undefined => {
    const map = new Map<string, Literal>()
    while (tokens[at] !== '}') {
      const key = value()
      if (typeof key !== 'string' || map.has(key) || tokens[at++] !== ':') return undefined
      const entry = value()
      if (entry === undefined) return undefined
      map.set(key, entry)
      if (tokens[at] === ',') at++
      else if (tokens[at] !== '}') return undefined
    }
    at++
    return map
  }
  const literal = value()
  return at === tokens.length ? literal : undefined
}

/** The magic, version 1.0 and header of a C-order array, padded to 64 bytes: the bytes that numpy writes. */
export function formatNpyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const code = Object.keys(CODES).find((key) => CODES[key] === dtype)
  const order = itemSize(dtype) === 1 ? '|' : LITTLE_ENDIAN ? '<' : '>'
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const growth = shape.length === 0 ? 0 : Math.max(0, GROWTH_DIGITS - String(shape[0]).length)
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': ${tuple}, }${' '.repeat(growth)}`
  const length = Math.floor((10 + text.length + 1) / 64) * 64 + 64 - 10
  const bytes = new Uint8Array(10 + length).fill(0x20)
  bytes.set([...MAGIC, 1, 0, length & 0xff, length >> 8])
  bytes.set(new TextEncoder().encode(text), 10)
  bytes[bytes.length - 1] = 0x0a
  return bytes
}
