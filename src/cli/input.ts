/** @file Points and weights out of the files that a command names. */
import { readCsv, readIdx } from '../datasets/index.js'
import { nonFiniteError } from '../finite.js'
import type { NonFinite } from '../finite.js'
import { openPoints, pointsFormat, readNpy } from '../io/index.js'
import type { OpenPointsOptions } from '../io/index.js'
import { wayOut } from '../io/wayOut.js'
import { toPoints } from '../points.js'
import type { Points } from '../points.js'
import type { PointsStream } from '../pointsStream.js'
import type { Flags, Parsed } from './args.js'
import { usageError } from './errors.js'

/** Flags that say what of a file is read. */
export const INPUT_FLAGS: Flags = {
  tensor: { value: 'NAME', help: 'safetensors: the tensor; the only one of two dimensions by default' },
  column: { value: 'NAME[,NAME…]', help: 'Arrow: a column of lists, or columns of numbers; all by default' },
  ignore: { value: 'COLUMN[,COLUMN…]', help: 'CSV: columns to leave out, by name or index (-1: the last)' },
}

/** The kinds of files that can be read, as the help lists them. */
export const INPUT_KINDS = '.npy .safetensors .fvecs .bvecs .ivecs .arrow .feather .csv[.gz] .tsv[.gz] .idx[.gz] (…-idx3-ubyte[.gz])'

/** A file of points that need not fit in memory. */
export interface Input extends PointsStream {
  readonly path: string
  /** All rows in order; in blocks of 64 MiB, where they are not in memory already. */
  blocks(): AsyncGenerator<Float32Array, void, undefined>
}

/** Several files one after the other, as one. */
export interface Inputs extends Input {
  /** The file that a row lies in, and the row it is there. */
  place(row: number): { path: string; row: number }
}

/** How a file is read, by its name. */
export function inputKind(path: string): 'points' | 'csv' | 'idx' | undefined {
  if (pointsFormat(path) !== undefined) return 'points'
  if (/\.(csv|tsv)(\.gz)?$/i.test(path)) return 'csv'
  return /[.-]idx(\d+-ubyte)?(\.gz)?$/i.test(path) ? 'idx' : undefined
}

/** Opens files of points, of as many columns all of them: the rows of the second follow those of the first. */
export async function openInputs(where: string, paths: readonly string[], flags: Parsed): Promise<Inputs> {
  const shards: Input[] = []
  for (const path of paths) {
    const input = await openInput(where, path, flags)
    if (shards.length > 0 && input.d !== shards[0].d)
      throw new RangeError(`${where}: expected d = ${shards[0].d} columns as in ${paths[0]}, got ${input.d} (${path})`)
    shards.push(input)
  }
  const note = [...new Set(shards.flatMap((input) => input.note ?? []))].join('; ')
  return {
    path: paths.length === 1 ? paths[0] : `${paths[0]} and ${paths.length - 1} more`,
    n: shards.reduce((sum, { n }) => sum + n, 0),
    d: shards[0].d,
    ...(note !== '' && { note }),
    place(row) {
      let first = 0
      for (const { path, n } of shards) {
        if (row < first + n) return { path, row: row - first }
        first += n
      }
      throw new RangeError(`${where}: expected a row below ${first}, got ${row}`)
    },
    async *blocks() {
      for (const shard of shards) yield* shard.blocks()
    },
  }
}

/** Opens a file of points: its header is read, or all of it where there is no other way (CSV, IDX). */
async function openInput(where: string, path: string, flags: Parsed): Promise<Input> {
  const { tensor, column, ignore } = inputOptions(flags)
  checkFitting(where, path, flags)
  switch (inputKind(path)) {
    case 'points':
      return onDisk(path, { ...(tensor !== undefined && { tensor }), ...(column !== undefined && { column }) })
    case 'csv':
      return inMemory(path, (await readCsv(path, ignore && { ignore })).x)
    case 'idx':
      return inMemory(path, await readImages(where, path))
    default:
      throw usageError(`${where}: expected a file ending in ${INPUT_KINDS}, got '${path}'${wayOut(path)}`)
  }
}

/** The kind of file that each of INPUT_FLAGS is about. */
const FITTING: Readonly<Record<string, { kind: string; word: string }>> = {
  tensor: { kind: 'safetensors', word: 'a .safetensors file' },
  column: { kind: 'arrow', word: 'an Arrow file' },
  ignore: { kind: 'csv', word: 'a CSV file' },
}

/** Refuses a flag that does not concern any of the files: it would change nothing, so it must be a mistake. */
function checkFitting(where: string, path: string, { values }: Parsed): void {
  const kind = pointsFormat(path) ?? inputKind(path)
  for (const [flag, fitting] of Object.entries(FITTING))
    if (values.has(flag) && kind !== undefined && kind !== fitting.kind)
      throw usageError(`${where}: expected --${flag} with ${fitting.word}, got '${path}'`)
}

function inputOptions({ values }: Parsed): OpenPointsOptions & { ignore?: (string | number)[] } {
  const column = values.get('column')?.split(',')
  const ignore = values.get('ignore')?.split(',')
  return {
    tensor: values.get('tensor'),
    column: column?.length === 1 ? column[0] : column,
    ignore: ignore?.map((name) => (/^-?\d+$/.test(name) ? Number(name) : name)),
  }
}

/**
 * An error of the points, made to say where: for a value that is not finite, the file and the row in that file. Other errors are returned
 * as they are.
 */
export function placed(where: string, error: unknown, input: Inputs): unknown {
  const nonFinite = (error as { nonFinite?: NonFinite } | null)?.nonFinite
  if (nonFinite === undefined) return error
  const { path, row } = input.place(nonFinite.row)
  return new RangeError(`${nonFiniteError(where, { ...nonFinite, row }).message} (${path})`, { cause: error })
}

async function onDisk(path: string, options: OpenPointsOptions): Promise<Input> {
  const header = await openPoints(path, options)
  await header.close()
  const { n, d, note } = header
  return {
    path,
    n,
    d,
    ...(note !== undefined && { note }),
    async *blocks() {
      const file = await openPoints(path, options)
      try {
        yield* file.blocks()
      } finally {
        await file.close()
      }
    },
  }
}

function inMemory(path: string, { n, d, note, blocks }: Points): Input {
  return {
    path,
    n,
    d,
    ...(note !== undefined && { note }),
    async *blocks() {
      yield* blocks
    },
  }
}

/** The first dimension of an IDX file is n, the others together are d. */
async function readImages(where: string, path: string): Promise<Points> {
  const { shape, data } = await readIdx(path)
  const d = shape.slice(1).reduce((product, size) => product * size, 1)
  if (data.length === 0) throw new RangeError(`${where}: expected at least one point, got ${shape.join(' x ')} (${path})`)
  return toPoints(data, { where, d })
}

/** n weights out of a .npy file of shape (n,) or (n, 1), or a CSV file of one column. Their values are checked by the training. */
export async function readWeights(where: string, path: string, n: number): Promise<Float64Array> {
  const weights = inputKind(path) === 'csv' ? await csvColumn(where, path) : await npyColumn(where, path)
  if (weights.length === n) return weights
  throw new RangeError(`${where}: expected n = ${n} weights, one for each point, got ${weights.length} (${path})`)
}

async function csvColumn(where: string, path: string): Promise<Float64Array> {
  const { x } = await readCsv(path)
  if (x.d !== 1) throw new RangeError(`${where}: expected weights in one column, got ${x.d} (${path})`)
  return Float64Array.from(x.blocks.flatMap((block) => [...block]))
}

async function npyColumn(where: string, path: string): Promise<Float64Array> {
  if (pointsFormat(path) !== 'npy') throw usageError(`${where}: expected weights in a .npy or .csv file, got '${path}'`)
  const { data, shape } = await readNpy(path)
  const column = shape.length === 1 || (shape.length === 2 && shape[1] === 1)
  if (!column) throw new RangeError(`${where}: expected weights of shape (n,), got (${shape.join(', ')}) (${path})`)
  return Float64Array.from(data as ArrayLike<number>, Number)
}
