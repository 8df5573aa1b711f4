/** @file Files that a command writes: named by their extension, checked before the work begins, written at once. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { writeAtomic } from '../io/atomic.js'
import { writeArrow, writeLabels, writeNpy, writePoints, writeSafetensors } from '../io/index.js'
import { usageError } from './errors.js'

/** What can be written, and the extensions it can be written to. */
const KINDS = {
  centroids: ['.npy', '.safetensors', '.fvecs', '.arrow', '.arrows', '.feather', '.ipc'],
  labels: ['.npy', '.safetensors', '.ivecs', '.arrow', '.arrows', '.feather', '.ipc', '.csv'],
  distances: ['.npy', '.safetensors', '.arrow', '.arrows', '.feather', '.ipc', '.csv'],
  model: ['.safetensors'],
  report: ['.html'],
} as const

/** What may be written, each in formats of its own. */
export type OutputKind = keyof typeof KINDS

/** The extensions of a kind, for the help. */
export const extensionsOf = (kind: OutputKind): string => KINDS[kind].join(' ')

/** A file to be written, as it was asked for. */
export interface OutputRequest {
  kind: OutputKind
  /** The flag that asked: '--labels'. */
  flag: string
  path: string
}

/**
 * Refuses what could not be written, or would overwrite something, before any work is done.
 * @param inputs files that are read, which are never overwritten
 */
export async function checkOutputs(
  where: string,
  requests: readonly OutputRequest[],
  { force, inputs }: { force: boolean; inputs: readonly string[] },
): Promise<void> {
  const seen = new Map(inputs.map((path) => [resolve(path), 'a file that is read']))
  for (const { kind, flag, path } of requests) {
    const extensions: readonly string[] = KINDS[kind]
    if (!extensions.includes(extname(path).toLowerCase()))
      throw usageError(`${where}: expected ${flag} to end in ${extensions.join(' ')}, got '${path}'`)
    const other = seen.get(resolve(path))
    if (other !== undefined) throw usageError(`${where}: expected ${flag} to be a file of its own, got ${other} ('${path}')`)
    seen.set(resolve(path), `the file of ${flag}`)
    await checkPlace(`${where}: expected ${flag} to be`, path, force)
  }
}

async function checkPlace(expected: string, path: string, force: boolean): Promise<void> {
  const existing = await stat(path).catch(() => undefined)
  if (existing?.isDirectory()) throw new Error(`${expected} a file, got a folder (${path})`)
  if (existing && !force) throw new Error(`${expected} a new file, got one that exists (${path}); --force overwrites it`)
  const folder = await stat(dirname(path)).catch(() => undefined)
  if (!folder?.isDirectory()) throw new Error(`${expected} in a folder that exists, got '${dirname(path)}' (${path}); make it first`)
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
    throw new Error(`${expected} in a folder that can be written to, got '${dirname(path)}' (${path})`, { cause })
  })
}

/** What centroids are written as. */
export type CentroidsType = 'float32' | 'float16'

/** k×d centroids. */
export function writeCentroids(path: string, centroids: Float32Array, d: number, dtype: CentroidsType): Promise<void> {
  return writePoints(path, { blocks: [centroids], n: centroids.length / d, d }, { name: 'centroids', dtype })
}

/** One value a row: labels, or squared distances. */
export async function writeColumn(path: string, values: Int32Array | Float64Array, name: 'label' | 'sqDistance'): Promise<void> {
  if (extname(path).toLowerCase() === '.csv') return writeCsv(path, values, name)
  if (values instanceof Int32Array) return writeLabels(path, values)
  switch (extname(path).toLowerCase()) {
    case '.npy':
      return writeNpy(path, values, [values.length])
    case '.safetensors':
      return writeSafetensors(path, { sqDistances: { data: values, shape: [values.length] } })
    default:
      return writeArrow(path, { sqDistances: values }, { format: path.toLowerCase().endsWith('.arrows') ? 'stream' : 'file' })
  }
}

/** Rows of text that are put together at a time. */
const CSV_ROWS = 65_536

function writeCsv(path: string, values: Int32Array | Float64Array, name: string): Promise<void> {
  const encoder = new TextEncoder()
  return writeAtomic(path, 'writeCsv', async (sink) => {
    await sink(encoder.encode(`${name}\n`))
    for (let row = 0; row < values.length; row += CSV_ROWS)
      await sink(encoder.encode(`${values.subarray(row, row + CSV_ROWS).join('\n')}\n`))
  })
}
