/** @file What `fastkmeans train` leaves on the disk; a training that was stopped or failed leaves what there is. */
import type { FastKMeans } from '../fastkmeans.js'
import { saveModel } from '../io/index.js'
import type { Parsed } from './args.js'
import { usageError } from './errors.js'
import { checkOutputs, writeCentroids, writeColumn } from './output.js'
import type { CentroidsType, OutputRequest } from './output.js'

/** A file that could not be written. */
export interface Unwritten extends OutputRequest {
  reason: string
}

const FLAGS = { centroids: 'output', labels: 'labels', model: 'model' } as const

/** The files asked for, checked. @param inputs files that are read, some of them not given */
export async function plannedOutputs(where: string, { values }: Parsed, inputs: readonly (string | undefined)[]): Promise<OutputRequest[]> {
  const outputs: OutputRequest[] = []
  for (const kind of ['centroids', 'labels', 'model'] as const) {
    const path = values.get(FLAGS[kind])
    if (path !== undefined) outputs.push({ kind, flag: `--${FLAGS[kind]}`, path })
  }
  if (outputs.length === 0)
    throw usageError(`${where}: expected a file for the result, got none; add -o FILE, --labels FILE or --model FILE`)
  const read = inputs.filter((path) => path !== undefined)
  await checkOutputs(where, outputs, { force: values.has('force'), inputs: read })
  return outputs
}

/**
 * What --output-dtype asks for.
 * @throws a usage error for another type, or a file that cannot hold it
 */
export function centroidsType(where: string, { values }: Parsed): CentroidsType {
  const dtype = values.get('output-dtype') ?? 'float32'
  if (dtype !== 'float32' && dtype !== 'float16')
    throw usageError(`${where}: expected --output-dtype to be float32 or float16, got '${dtype}'`)
  const path = values.get('output')
  if (dtype === 'float16' && !/\.(npy|safetensors)$/i.test(path ?? ''))
    throw usageError(
      `${where}: expected --output-dtype float16 with -o FILE.npy or FILE.safetensors, got ${path === undefined ? 'none' : `'${path}'`}`,
    )
  return dtype
}

/**
 * Writes every file, whether or not another one failed.
 * @param predict labels of all points, where the training took a subsample; undefined where they are not to be had
 */
export async function writeAll(
  model: FastKMeans,
  outputs: readonly OutputRequest[],
  dtype: CentroidsType,
  predict: () => Promise<Int32Array | undefined>,
): Promise<Unwritten[]> {
  const unwritten: Unwritten[] = []
  for (const output of outputs) {
    try {
      await write(model, output, dtype, predict)
    } catch (error) {
      unwritten.push({ ...output, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return unwritten
}

async function write(
  model: FastKMeans,
  { kind, path }: OutputRequest,
  dtype: CentroidsType,
  predict: () => Promise<Int32Array | undefined>,
): Promise<void> {
  if (kind === 'centroids') return writeCentroids(path, model.centroids, model.d, dtype)
  if (kind === 'model') return saveModel(path, savable(model))
  const labels = model.trainRows === null ? known(() => model.labels) : await predict()
  if (labels === undefined) throw new Error('the training ended before all labels were known; fastkmeans predict finds them')
  return writeColumn(path, labels, 'label')
}

/** A training that was stopped before its first E-step has centroids, but no labels. */
function savable(model: FastKMeans): Parameters<typeof saveModel>[1] {
  const { centroids, k, d, nIter, stopReason, stats } = model
  return {
    centroids,
    k,
    d,
    nIter,
    stopReason,
    stats,
    labels: known(() => model.labels),
    counts: known(() => model.counts),
    inertia: known(() => model.inertia),
    getParams: () => model.getParams(),
  }
}

/** A member of the model; undefined where the model throws, as it does for what a training never left. */
export function known<T>(get: () => T): T | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}
