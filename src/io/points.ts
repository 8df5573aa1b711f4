/**
 * @file Points out of files. A file is opened, its header read and held against its size, and its rows come in blocks: all of them as
 * Points, or one block after the other for data that does not fit in memory.
 */

import { extname } from 'node:path'
import { describe } from '../describe.js'
import { checkNames } from '../optionChecks.js'
import type { Points } from '../points.js'
import { printable } from '../pointsText.js'
import type { RowReader } from './arrays.js'
import { arrowRows } from './arrowRows.js'
import { npyRows } from './npy.js'
import { safetensorsRows } from './safetensors.js'
import { openSource, pathText } from './source.js'
import type { ByteReader, FilePath } from './source.js'
import { vecsRows } from './vecs.js'
import { wayOut } from './wayOut.js'

/** The formats that points are read from. */
export type PointsFormat = 'npy' | 'safetensors' | 'fvecs' | 'bvecs' | 'ivecs' | 'arrow'

const EXTENSIONS: Record<string, PointsFormat> = {
  '.npy': 'npy',
  '.safetensors': 'safetensors',
  '.fvecs': 'fvecs',
  '.bvecs': 'bvecs',
  '.ivecs': 'ivecs',
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.feather': 'arrow',
  '.ipc': 'arrow',
}

/** Largest block of readPoints, in floats: 1 GiB. */
const MAX_BLOCK = 2 ** 28
/** Block of PointsFile.blocks, in floats: 64 MiB. */
const STREAM_BLOCK = 2 ** 24
/** Sums over rows are taken in groups of so many. Blocks that hold as many begin at multiples of it, so that no group spans two blocks. */
const ROW_GROUP = 4096

/** Options of openPoints: which of a file's arrays are the points. */
export interface OpenPointsOptions {
  /** The format; by default from the extension. */
  format?: PointsFormat
  /** Arrow: a column of lists, or numeric columns. By default the only column of lists, or all columns if all are numeric. */
  column?: string | readonly string[]
  /** safetensors: the tensor. By default the only one of shape [n, d]. */
  tensor?: string
}

/** Options of readPoints. */
export interface ReadPointsOptions extends OpenPointsOptions {
  /** Floats in a block, at most; 2^28 by default. A block holds at least one row. */
  maxBlock?: number
}

const OPTIONS = ['format', 'column', 'tensor']

/** An open file of n points of d columns. Close it after use. */
export interface PointsFile {
  readonly path: string
  readonly format: PointsFormat
  readonly n: number
  readonly d: number
  /** The number type in the file, by numpy's name. */
  readonly dtype: string
  /** What is done to the values on the way, if anything: 'float64 rounded to float32'. */
  readonly note?: string
  /** Rows [start, end) as float32, row-major, in memory of their own. */
  read(start: number, end: number): Promise<Float32Array>
  /** All rows in order, in blocks of `rows` rows; by default as many as take 64 MiB, a multiple of 4,096 where possible. */
  blocks(options?: { rows?: number }): AsyncGenerator<Float32Array, void, undefined>
  close(): Promise<void>
}

/** The format of a file of points by its extension, or undefined. */
export const pointsFormat = (path: FilePath): PointsFormat | undefined => {
  const extension = extname(pathText(path)).toLowerCase()
  return Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined
}

/**
 * Opens a file of points: .npy, .safetensors, .fvecs, .bvecs, .ivecs, Arrow IPC (.arrow, .arrows, .feather, .ipc; file or stream). Only the
 * header is read, and checked against the size of the file.
 * @throws Error for another kind of file; RangeError, naming the file, if it is truncated, or its header does not describe what follows
 */
export async function openPoints(path: FilePath, options: OpenPointsOptions = {}): Promise<PointsFile> {
  const where = 'openPoints'
  checkNames(where, options, OPTIONS)
  return openRows(path, options, where)
}

/**
 * Reads a file of points: see openPoints. float32 is read straight into the memory it stays in; other numbers are converted in pieces.
 * @returns n×d float32 in blocks of at most `maxBlock` floats
 */
export async function readPoints(path: FilePath, options: ReadPointsOptions = {}): Promise<Points> {
  const where = 'readPoints'
  checkNames(where, options, [...OPTIONS, 'maxBlock'])
  const { maxBlock = MAX_BLOCK } = options
  if (!Number.isInteger(maxBlock) || maxBlock < 1)
    throw new RangeError(`${where}: expected maxBlock to be a positive integer, got ${maxBlock}`)
  const file = await openRows(path, options, where)
  try {
    const blocks: Float32Array[] = []
    for await (const block of file.blocks({ rows: rowsIn(maxBlock, file.d) })) blocks.push(block)
    return printable({ blocks, n: file.n, d: file.d, ...(file.note !== undefined && { note: file.note }) })
  } finally {
    await file.close()
  }
}

/** Rows that make a block of at most `floats` floats. */
function rowsIn(floats: number, d: number): number {
  const rows = Math.max(1, Math.floor(floats / d))
  return rows < ROW_GROUP ? rows : rows - (rows % ROW_GROUP)
}

async function openRows(path: FilePath, options: ReadPointsOptions, where: string): Promise<PointsFile> {
  if (typeof path !== 'string' && !(path instanceof URL)) throw new TypeError(`${where}: expected a path, got ${describe(path)}`)
  const format = options.format ?? pointsFormat(path)
  if (!format || !Object.values(EXTENSIONS).includes(format)) {
    const kinds = `a file ending in ${Object.keys(EXTENSIONS).join(', ')}, or options.format`
    throw new Error(`${where}: expected ${kinds}, got '${options.format ?? pathText(path)}'${options.format ? '' : wayOut(path)}`)
  }
  const source = await openSource(path, where)
  try {
    return pointsFile(source, format, await rowReader(source, format, options, where), where)
  } catch (error) {
    await source.close()
    throw error
  }
}

function rowReader(source: ByteReader, format: PointsFormat, { column, tensor }: OpenPointsOptions, where: string): Promise<RowReader> {
  switch (format) {
    case 'npy':
      return npyRows(source, where)
    case 'safetensors':
      return safetensorsRows(source, tensor, where)
    case 'fvecs':
      return vecsRows(source, 'float32', where)
    case 'bvecs':
      return vecsRows(source, 'uint8', where)
    case 'ivecs':
      return vecsRows(source, 'int32', where)
    case 'arrow':
      return arrowRows(source, column, where)
    default:
      return format satisfies never
  }
}

function pointsFile(source: ByteReader, format: PointsFormat, rows: RowReader, where: string): PointsFile {
  const { n, d, dtype } = rows
  if (n === 0 || d === 0) throw new RangeError(`${where}: expected at least one point, got ${n} x ${d} (${source.name})`)
  const read = async (start: number, end: number): Promise<Float32Array> => {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > n)
      throw new RangeError(`PointsFile.read: expected rows within [0, ${n}), got [${start}, ${end})`)
    const out = new Float32Array((end - start) * d)
    await rows.read(start, end, out)
    return out
  }
  const rounds = dtype.split(', ').filter((type) => /64|int32/.test(type))
  return {
    path: source.name,
    format,
    n,
    d,
    dtype,
    ...(rounds.length > 0 && { note: `${rounds.join(', ')} rounded to float32` }),
    read,
    async *blocks({ rows: height = rowsIn(STREAM_BLOCK, d) } = {}) {
      if (!Number.isInteger(height) || height < 1)
        throw new RangeError(`PointsFile.blocks: expected rows to be a positive integer, got ${height}`)
      for (let row = 0; row < n; row += height) yield await read(row, Math.min(n, row + height))
    },
    close: () => source.close(),
  }
}
