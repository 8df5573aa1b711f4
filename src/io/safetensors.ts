/**
 * @file Hugging Face's .safetensors files: named tensors and text metadata in one file that runs no code when it is read.
 */

import { checkNames } from '../optionChecks.js'
import { arrayRows, elementsOf, readArray } from './arrays.js'
import type { RowReader } from './arrays.js'
import { writeAtomic } from './atomic.js'
import type { DType, TypedArray } from './dtype.js'
import { encodeBlock, writtenType } from './encode.js'
import { formatSafetensorsHeader, readSafetensorsHeader, tensorOrder } from './safetensorsHeader.js'
import { withSource } from './source.js'
import type { ByteReader, FilePath } from './source.js'

/** A tensor read from a file. */
export interface Tensor {
  /** The elements, row-major. F16 and BF16 come as Float32Array, BOOL as Uint8Array, I64 as BigInt64Array. */
  readonly data: TypedArray
  readonly shape: readonly number[]
  /** The type in the file, by numpy's name. */
  readonly dtype: DType
}

/** A .safetensors file that was read. */
export interface Safetensors {
  readonly tensors: Record<string, Tensor>
  readonly metadata: Record<string, string>
}

/** Options of readSafetensors. */
export interface ReadSafetensorsOptions {
  /** Names of the tensors to read; all by default. */
  tensors?: readonly string[]
}

/**
 * Reads a .safetensors file (F16, BF16, F32, F64, I8 to I64, U8 to U64, BOOL).
 * @throws Error or RangeError, naming the file, if it is no such file, or its header lies: overlaps, gaps, offsets beyond the end, sizes
 * that
 *   do not fit the shapes; RangeError for a tensor that is not there
 */
export function readSafetensors(input: FilePath | Uint8Array, options: ReadSafetensorsOptions = {}): Promise<Safetensors> {
  const where = 'readSafetensors'
  return withSource(input, where, async (source) => {
    checkNames(where, options, ['tensors'])
    const { tensors, metadata } = await readSafetensorsHeader(source, where)
    const read: [string, Tensor][] = []
    for (const name of options.tensors ?? tensors.keys()) {
      const layout = tensors.get(name)
      if (!layout)
        throw new RangeError(`${where}: expected a tensor of [${[...tensors.keys()].join(', ')}], got '${name}' (${source.name})`)
      read.push([name, { data: await readArray(source, layout, where), shape: layout.shape, dtype: layout.dtype }])
    }
    return { tensors: Object.fromEntries(read), metadata }
  })
}

/** One 2-d tensor of a .safetensors file as a reader of rows: the one named, or the only one. */
export async function safetensorsRows(source: ByteReader, name: string | undefined, where: string): Promise<RowReader> {
  const { tensors } = await readSafetensorsHeader(source, where)
  const matrices = [...tensors].filter(([, { shape }]) => shape.length === 2)
  if (name === undefined && matrices.length === 1) return arrayRows(source, matrices[0][1], where)
  const layout = name === undefined ? undefined : tensors.get(name)
  if (layout?.shape.length === 2) return arrayRows(source, layout, where)
  const names = matrices.map(([matrix]) => `'${matrix}'`).join(', ') || 'none'
  const got = name === undefined ? 'no name' : layout ? `'${name}' of shape [${layout.shape.join(', ')}]` : `'${name}'`
  throw new RangeError(
    `${where}: expected options.tensor to name a tensor of shape [n, d] (there are: ${names}), got ${got} (${source.name})`,
  )
}

/** A tensor to be written. */
export interface TensorInput {
  /** The elements, row-major: a typed array, or a list of blocks of one type. */
  readonly data: TypedArray | readonly TypedArray[]
  readonly shape: readonly number[]
  /** The type in the file: 'float16' or 'bfloat16' for Float32Array, 'bool' for Uint8Array. By default the type of the data. */
  readonly dtype?: DType
}

/** Options of writeSafetensors. */
export interface WriteSafetensorsOptions {
  /** Text that goes with the tensors. */
  metadata?: Record<string, string>
}

/** Writes a .safetensors file, laid out as the Rust library does. At once: see writeAtomic. */
export async function writeSafetensors(
  path: FilePath,
  tensors: Record<string, TensorInput>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const where = 'writeSafetensors'
  checkNames(where, options, ['metadata'])
  const { metadata } = options
  const wrong = Object.entries(metadata ?? {}).find(([, value]) => typeof value !== 'string')
  if (wrong) throw new TypeError(`${where}: expected metadata of strings, got ${typeof wrong[1]} for '${wrong[0]}'`)
  const ordered = tensorOrder(Object.entries(tensors).map(([name, tensor]) => checked(name, tensor, where)))
  await writeAtomic(path, where, async (sink) => {
    await sink(formatSafetensorsHeader(ordered, metadata))
    for (const { blocks, dtype } of ordered)
      for (const block of blocks) for (const bytes of encodeBlock(block, dtype, where)) await sink(bytes)
  })
}

function checked(name: string, { data, shape, dtype }: TensorInput, where: string) {
  if (name === '__metadata__') throw new RangeError(`${where}: expected a name for a tensor, got '__metadata__', which is reserved`)
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new RangeError(`${where}: expected tensor '${name}' to have a shape of sizes, got [${shape}]`)
  const blocks = ArrayBuffer.isView(data) ? [data] : data
  const types = new Set(blocks.map((block) => writtenType(block, dtype, where)))
  if (types.size > 1) throw new TypeError(`${where}: expected blocks of one type in tensor '${name}', got ${[...types].join(' and ')}`)
  const length = blocks.reduce((sum, block) => sum + block.length, 0)
  if (length !== elementsOf(shape))
    throw new RangeError(`${where}: expected ${shape.join(' x ')} = ${elementsOf(shape)} values in tensor '${name}', got ${length}`)
  return { name, shape, blocks, dtype: [...types][0] ?? dtype ?? 'float32' }
}
