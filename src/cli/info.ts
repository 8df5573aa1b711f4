/** @file `fastkmeans info`: what is in a file, by its header where it has one. */
import { stat } from 'node:fs/promises'
import { readCsv, readIdx } from '../datasets/index.js'
import { pointsFormat } from '../io/index.js'
import { wayOut } from '../io/wayOut.js'
import { parseFlags, someFiles } from './args.js'
import type { Flags } from './args.js'
import { COMMON_FLAGS } from './command.js'
import type { Command, Streams } from './command.js'
import { forEvery, usageError } from './errors.js'
import { describeFile } from './fileInfo.js'
import type { FileInfo } from './fileInfo.js'
import { INPUT_KINDS, inputKind } from './input.js'

const WHERE = 'fastkmeans info'
const FLAGS: Flags = { ...COMMON_FLAGS, json: { help: 'a JSON object for each file, one a line, on stdout, and nothing else there' } }

/** fastkmeans info */
export const info: Command = {
  summary: 'tells what is in files of points, labels, centroids or models',
  usage: 'FILE… [--json]',
  flags: FLAGS,
  notes: `Knows ${INPUT_KINDS}. Only the header is read, and held against the size of the file; CSV and IDX files are read through.`,
  examples: [
    ['fastkmeans info points.npy', 'its type and shape'],
    ['fastkmeans info shard-*.npy --json', 'a line of JSON for each file'],
    ['fastkmeans info model.safetensors --json', 'tensors, options and statistics of a model'],
  ],
  run,
}

async function run(args: readonly string[], { stdout }: Streams): Promise<number> {
  const parsed = parseFlags(WHERE, args, FLAGS)
  await forEvery(someFiles(WHERE, parsed), async (path) => {
    const found = await describe(path)
    stdout.write(parsed.values.has('json') ? `${JSON.stringify({ path, ...found })}\n` : lines(path, found))
  })
  return 0
}

async function describe(path: string): Promise<FileInfo> {
  switch (inputKind(path)) {
    case 'points':
      return describeFile(WHERE, path, pointsFormat(path)!)
    case 'csv':
      return { format: 'csv', bytes: (await stat(path)).size, arrays: await csvArrays(path) }
    case 'idx': {
      const { shape, data } = await readIdx(path)
      const dtype = data.constructor.name.replace('Array', '').toLowerCase()
      return { format: 'idx', bytes: (await stat(path)).size, arrays: [{ name: 'values', dtype, shape }] }
    }
    default:
      throw usageError(`${WHERE}: expected a file ending in ${INPUT_KINDS}, got '${path}'${wayOut(path)}`)
  }
}

/** A table whose last column is words is taken for one with labels; numbers among them are damaged ones, and told as that. */
async function csvArrays(path: string): Promise<FileInfo['arrays']> {
  const plain = await readCsv(path).catch((error: unknown) => ({ error }))
  const table = 'error' in plain ? await readCsv(path, { label: -1 }).catch(() => Promise.reject(plain.error)) : plain
  const { x, columns, labels, targetNames } = table
  if ('error' in plain && targetNames?.some((name) => !Number.isNaN(Number(name)))) throw plain.error
  const numbers = { name: columns.join(', '), dtype: 'numbers', shape: [x.n, x.d] }
  return labels ? [numbers, { name: `last column: ${targetNames!.join(', ')}`, dtype: 'classes', shape: [labels.length] }] : [numbers]
}

function lines(path: string, { format, bytes, arrays, details }: FileInfo): string {
  const rows = arrays.map(({ name, dtype, shape, order }) => {
    const size = shape.length === 0 ? 'one value' : shape.map((s) => s.toLocaleString('en-US')).join(' x ')
    return `  ${size} ${dtype}${order ? `, ${order} order` : ''}${name === '' ? '' : `  ${name}`}`
  })
  const more = Object.entries(details ?? {}).map(
    ([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${[`${path}: ${format}, ${bytes.toLocaleString('en-US')} bytes`, ...rows, ...more].join('\n')}\n`
}
