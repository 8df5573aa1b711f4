/**
 * @file The data of a file that is written: one typed array, or blocks of them that may come one after the other from a stream, as the
 * little-endian bytes of one number type.
 */

import { describe } from '../describe.js'
import { allocate, bytesOf, dtypeOf, isShortFloat, itemSize, LITTLE_ENDIAN, swapBytes } from './dtype.js'
import type { DType, TypedArray } from './dtype.js'
import { float32ToBfloat16, float32ToFloat16 } from './float16.js'

/** What can be written: a typed array, a list of blocks, or a stream of blocks. All blocks are of one type. */
export type ArrayData = TypedArray | Iterable<TypedArray> | AsyncIterable<TypedArray>

/** Elements that are converted at a time. */
const CHUNK = 2 ** 22

/** A view of any input as a list or stream of blocks. */
export function blocksOf(data: ArrayData, where: string): Iterable<TypedArray> | AsyncIterable<TypedArray> {
  if (ArrayBuffer.isView(data)) return [data]
  const iterable = data !== null && typeof data === 'object' && (Symbol.iterator in data || Symbol.asyncIterator in data)
  if (!iterable) throw new TypeError(`${where}: expected a typed array or blocks of them, got ${describe(data)}`)
  return data
}

/** The type a block is written as: `wanted`, or its own. */
export function writtenType(block: unknown, wanted: DType | undefined, where: string): DType {
  const own = dtypeOf(block)
  if (!own) throw new TypeError(`${where}: expected a typed array of numbers, got ${describe(block)}`)
  if (wanted === undefined || wanted === own) return own
  if ((own === 'float32' && isShortFloat(wanted)) || (own === 'uint8' && wanted === 'bool')) return wanted
  const text = `${where}: expected data that can be written as ${wanted}, got ${own}`
  throw new TypeError(`${text}; 16-bit floats are made of a Float32Array, bool of a Uint8Array`)
}

/**
 * The bytes of a block. They share the memory of the block where nothing has to be changed.
 * @throws RangeError if a value is too large for a 16-bit float
 */
export function* encodeBlock(block: TypedArray, dtype: DType, where: string, littleEndian = true): Generator<Uint8Array> {
  const swap = littleEndian !== LITTLE_ENDIAN && itemSize(dtype) > 1
  if (!swap && !isShortFloat(dtype)) return yield bytesOf(block)
  for (let at = 0; at < block.length; at += CHUNK) {
    const part = block.subarray(at, at + CHUNK)
    const target = allocate(dtype, part.length)
    if (isShortFloat(dtype)) narrow(part as Float32Array, target as Uint16Array, dtype, where)
    else target.set(part as never)
    const bytes = bytesOf(target)
    if (swap) swapBytes(bytes, itemSize(dtype))
    yield bytes
  }
}

function narrow(values: Float32Array, out: Uint16Array, dtype: 'float16' | 'bfloat16', where: string): void {
  const infinity = dtype === 'float16' ? 0x7c00 : 0x7f80
  const convert = dtype === 'float16' ? float32ToFloat16 : float32ToBfloat16
  convert(values, out)
  for (let i = 0; i < out.length; i++)
    if ((out[i] & 0x7fff) === infinity && Number.isFinite(values[i]))
      throw new RangeError(`${where}: expected values within ${dtype}'s range, got ${values[i]}`)
}
