/**
 * @file numpy's .npy files: arrays of one number type and any shape.
 */

import { checkNames } from '../optionChecks.js'
import { arrayRows, elementsOf, readArray } from './arrays.js'
import type { RowReader } from './arrays.js'
import { writeAtomic } from './atomic.js'
import type { DType, TypedArray } from './dtype.js'
import { LITTLE_ENDIAN } from './dtype.js'
import { blocksOf, encodeBlock, writtenType } from './encode.js'
import type { ArrayData } from './encode.js'
import { formatNpyHeader, readNpyHeader } from './npyHeader.js'
import { withSource } from './source.js'
import type { ByteReader, FilePath } from './source.js'

/** An array read from a .npy file. */
export interface NpyArray {
  /** The elements in C order, whatever the order in the file. float16 comes as Float32Array, bool as Uint8Array, int64 as BigInt64Array. */
  readonly data: TypedArray
  readonly shape: readonly number[]
  /** The type in the file, by numpy's name. */
  readonly dtype: DType
  /** Whether the file was in Fortran order; `data` is in C order all the same. */
  readonly fortranOrder: boolean
}

/**
 * Reads a .npy file (versions 1.0, 2.0 and 3.0; float16 to float64, int8 to int64, uint8 to uint64, bool; either byte order, C or Fortran
 * order, any number of axes), as numpy.load does. Arrays beyond one typed array are read by readPoints.
 * @throws Error or RangeError, naming the file, if it is no .npy file or its size is not what its header says; TypeError for other dtypes
 */
export function readNpy(input: FilePath | Uint8Array): Promise<NpyArray> {
  const where = 'readNpy'
  return withSource(input, where, async (source) => {
    const layout = await readNpyHeader(source, where)
    const data = await readArray(source, layout, where)
    return { data, shape: layout.shape, dtype: layout.dtype, fortranOrder: layout.fortranOrder }
  })
}

/** A 2-d .npy file as a reader of rows. */
export async function npyRows(source: ByteReader, where: string): Promise<RowReader> {
  const layout = await readNpyHeader(source, where)
  if (layout.shape.length !== 2) {
    const shape = `(${layout.shape.join(', ')}${layout.shape.length === 1 ? ',' : ''})`
    throw new RangeError(`${where}: expected an array of shape (n, d), got ${shape}; reshape it first (${source.name})`)
  }
  return arrayRows(source, layout, where)
}

/** Options of writeNpy. */
export interface WriteNpyOptions {
  /** The type in the file: 'float16' for a Float32Array, 'bool' for a Uint8Array. By default the type of the data. */
  dtype?: DType
}

/**
 * Writes a .npy file of version 1.0 in C order, byte for byte as numpy.save does. At once: see writeAtomic.
 * @param data the elements, row-major: a typed array, or blocks of one type, which may be a stream
 * @param shape sizes of the axes; their product is the number of elements
 */
export async function writeNpy(path: FilePath, data: ArrayData, shape: readonly number[], options: WriteNpyOptions = {}): Promise<void> {
  const where = 'writeNpy'
  checkNames(where, options, ['dtype'])
  const length = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0) ? elementsOf(shape) : NaN
  if (Number.isNaN(length)) throw new RangeError(`${where}: expected a shape of sizes from 0 to 2^53, got [${shape}]`)
  if (ArrayBuffer.isView(data)) {
    writtenType(data, options.dtype, where)
    checkLength(data.length, length, shape)
  }
  if (options.dtype === 'bfloat16') throw new TypeError(`${where}: expected a dtype that numpy has, got 'bfloat16'`)
  await writeAtomic(path, where, async (sink) => {
    let written = 0
    let dtype: DType | undefined
    for await (const block of blocksOf(data, where)) {
      const own = writtenType(block, options.dtype, where)
      if (dtype === undefined) await sink(formatNpyHeader(own, shape))
      else if (own !== dtype) throw new TypeError(`${where}: expected blocks of one type, got ${dtype} and ${own}`)
      dtype = own
      written += block.length
      if (written > length) break
      for (const bytes of encodeBlock(block, dtype, where, LITTLE_ENDIAN)) await sink(bytes)
    }
    checkLength(written, length, shape)
    if (dtype === undefined) await sink(formatNpyHeader(options.dtype ?? 'float32', shape))
  })
}

function checkLength(got: number, length: number, shape: readonly number[]): void {
  if (got === length) return
  const product = shape.length > 1 ? `${shape.join(' x ')} = ${length}` : `${length}`
  throw new RangeError(`writeNpy: expected ${product} values, got ${got > length ? 'at least ' : ''}${got}`)
}
