/**
 * @file The number types a file can hold, by numpy's names: their sizes, their typed arrays, and the way into float32.
 */

import { bfloat16ToFloat32, float16ToFloat32 } from './float16.js'

/** A number type by numpy's name. */
export type DType =
  'bool' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float16' | 'bfloat16' | 'float32' | 'float64'

/** The typed arrays that are read and written. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

type ArrayConstructor = {
  new (length: number): TypedArray
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray
  readonly BYTES_PER_ELEMENT: number
}

/** The typed array whose elements have the bits of each type; the 16-bit floats lie in Uint16Array. */
const ARRAYS: Record<DType, ArrayConstructor> = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
}

/** Whether this machine stores the low byte first; every file format here does, unless its header says otherwise. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Bytes of one element. */
export const itemSize = (dtype: DType): number => ARRAYS[dtype].BYTES_PER_ELEMENT

/** A new array of `length` elements with the bits of `dtype`. */
export const allocate = (dtype: DType, length: number): TypedArray => new ARRAYS[dtype](length)

/** The bytes of any typed array, on the same memory. */
export const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/** Whether the elements are 16-bit floats, which JavaScript before Float16Array can only hold as bits. */
export const isShortFloat = (dtype: DType): dtype is 'float16' | 'bfloat16' => dtype === 'float16' || dtype === 'bfloat16'

/** The type a typed array has in a file, or undefined for what is no typed array of numbers. */
export function dtypeOf(array: unknown): DType | undefined {
  if (array instanceof Uint8ClampedArray || array instanceof Uint8Array) return 'uint8'
  for (const [dtype, constructor] of Object.entries(ARRAYS)) if (array instanceof constructor) return dtype as DType
  return undefined
}

/** Reverses the bytes of each element, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return
  for (let i = 0; i < bytes.length; i += size)
    for (let low = i, high = i + size - 1; low < high; low++, high--) {
      const byte = bytes[low]
      bytes[low] = bytes[high]
      bytes[high] = byte
    }
}

/**
 * Rounds elements of any type to float32, as Number and Math.fround do.
 * @param raw m elements with the bits of `dtype`
 * @param out room for m values
 * @returns the index of the first finite value beyond float32's range, or −1
 */
export function toFloat32(raw: TypedArray, dtype: DType, out: Float32Array): number {
  if (isShortFloat(dtype)) {
    const widen = dtype === 'float16' ? float16ToFloat32 : bfloat16ToFloat32
    widen(raw as Uint16Array, out)
  } else if (dtype === 'int64' || dtype === 'uint64') {
    wideToFloat32(raw, dtype, out)
  } else {
    out.set(raw as Float64Array)
    if (dtype === 'float64')
      for (let i = 0; i < raw.length; i++) if (!Number.isFinite(out[i]) && Number.isFinite(raw[i] as number)) return i
  }
  return -1
}

/** 64-bit integers by halves: a BigInt for each of them costs ten times as much. */
function wideToFloat32(raw: TypedArray, dtype: 'int64' | 'uint64', out: Float32Array): void {
  const low = LITTLE_ENDIAN ? 0 : 1
  const lows = new Uint32Array(raw.buffer, raw.byteOffset, raw.length * 2)
  const highs = dtype === 'int64' ? new Int32Array(raw.buffer, raw.byteOffset, raw.length * 2) : lows
  for (let i = 0; i < raw.length; i++) out[i] = highs[2 * i + 1 - low] * 4294967296 + lows[2 * i + low]
}
