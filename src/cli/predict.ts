/** @file `fastkmeans predict`: points in a file, centroids in another → the cluster of each point. Points are read block by block. */
import { loadModel } from '../io/index.js'
import { checkOptions } from '../options.js'
import { parseFlags, someFiles } from './args.js'
import type { Flags, Parsed } from './args.js'
import { assignAll } from './assignAll.js'
import { COMMON_FLAGS } from './command.js'
import type { Command, Streams } from './command.js'
import { forEvery, stopError, usageError } from './errors.js'
import { INPUT_FLAGS, INPUT_KINDS, inputKind, openInputs } from './input.js'
import { onInterrupt } from './interrupt.js'
import { checkOutputs, extensionsOf, writeColumn } from './output.js'
import type { OutputRequest } from './output.js'
import { progressOn } from './progress.js'
import { formatCount, formatSeconds } from '../numberText.js'
import { checked, DEVICE_FLAGS, deviceOptions, WRITE_FLAGS } from './trainFlags.js'

const WHERE = 'fastkmeans predict'

const FLAGS: Flags = {
  centroids: { short: 'c', value: 'FILE', help: 'the centroids, or the model that train wrote' },
  output: { short: 'o', value: 'FILE', help: `the labels, int32: ${extensionsOf('labels')}` },
  distances: { value: 'FILE', help: `squared distances to the centroid of the label, float64: ${extensionsOf('distances')}` },
  ...DEVICE_FLAGS,
  ...INPUT_FLAGS,
  ...WRITE_FLAGS,
  ...COMMON_FLAGS,
}

/** fastkmeans predict */
export const predict: Command = {
  summary: 'finds the cluster of every point in a file',
  usage: 'POINTS… -c CENTROIDS -o LABELS [--distances FILE] [FLAGS]',
  flags: FLAGS,
  notes: `Points are read from ${INPUT_KINDS}, block by block where the format allows it; several files are one after the other. The label is the lowest index of the smallest squared distance.`,
  examples: [
    ['fastkmeans predict points.npy -c centroids.npy -o labels.npy', 'labels alone'],
    ['fastkmeans predict points.fvecs -c model.safetensors -o labels.csv --distances d.npy', 'and how far away each centroid is'],
  ],
  run,
}

async function run(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseFlags(WHERE, args, FLAGS)
  const { values } = parsed
  const paths = someFiles(WHERE, parsed)
  const from = values.get('centroids')
  if (from === undefined) throw usageError(`${WHERE}: expected the centroids, got none; add -c FILE`)
  if (inputKind(from) === 'csv' || inputKind(from) === 'idx')
    throw usageError(`${WHERE}: expected the centroids in one of ${extensionsOf('centroids')}, got '${from}'`)
  const options = deviceOptions(WHERE, parsed)
  checked(WHERE, () => checkOptions(WHERE, options))
  const outputs = await plannedOutputs(parsed, [...paths, from])
  const progress = progressOn(streams.stderr, values.has('quiet'))
  const interrupt = onInterrupt((line) => progress.say(line))
  const started = performance.now()
  try {
    const { centroids, k, d } = await loadModel(from)
    const input = await openInputs(WHERE, paths, parsed)
    if (input.d !== d) throw new RangeError(`${WHERE}: expected d = ${d} columns as in ${from}, got ${input.d} (${paths[0]})`)
    const { labels, sqDistances, backend, why } = await assignAll(WHERE, centroids, input, {
      options,
      distances: values.has('distances'),
      signal: interrupt.signal,
      onRows: (rows) => progress.update(rows / input.n, `${formatCount(rows)} of ${formatCount(input.n)} points`),
    })
    progress.end()
    await forEvery(outputs, ({ kind, path: file }) =>
      kind === 'labels' ? writeColumn(file, labels, 'label') : writeColumn(file, sqDistances!, 'sqDistance'),
    )
    const seconds = (performance.now() - started) / 1000
    const files = Object.fromEntries(outputs.map(({ kind, path: file }) => [kind, file]))
    if (values.has('json')) {
      const result = { inputs: paths, n: input.n, d, k, centroids: from, backend, why, seconds, outputs: files }
      streams.stdout.write(`${JSON.stringify(result)}\n`)
    } else if (!values.has('quiet')) {
      const lines = Object.entries(files).map(([kind, file]) => `${kind}: ${file}\n`)
      const what = `${formatCount(input.n)} x ${formatCount(d)} points, ${formatCount(k)} centroids`
      streams.stdout.write(`${what}: ${formatSeconds(seconds)} on ${backend} (${why})\n${lines.join('')}`)
    }
    return 0
  } catch (error) {
    const by = interrupt.stoppedBy()
    throw by ? stopError(`${WHERE}: stopped before all labels were known; nothing was written`, by) : error
  } finally {
    interrupt.release()
    progress.end()
  }
}

async function plannedOutputs({ values }: Parsed, inputs: readonly string[]): Promise<OutputRequest[]> {
  const labels = values.get('output')
  const distances = values.get('distances')
  const outputs: OutputRequest[] = []
  if (labels !== undefined) outputs.push({ kind: 'labels', flag: '--output', path: labels })
  if (distances !== undefined) outputs.push({ kind: 'distances', flag: '--distances', path: distances })
  if (outputs.length === 0) throw usageError(`${WHERE}: expected a file for the result, got none; add -o FILE or --distances FILE`)
  await checkOutputs(WHERE, outputs, { force: values.has('force'), inputs })
  return outputs
}
