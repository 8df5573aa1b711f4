/**
 * @file Trained models in one .safetensors file: centroids (and labels and counts) as tensors that numpy, faiss and scikit-learn take as
 * they are, options and statistics as JSON in the metadata.
 */

import { describe } from '../describe.js'
import { checkNames } from '../optionChecks.js'
import { elementsOf } from './arrays.js'
import type { TypedArray } from './dtype.js'
import { toFloat32 } from './dtype.js'
import { pointsFormat, readPoints } from './points.js'
import { readSafetensors, writeSafetensors } from './safetensors.js'
import type { Tensor, TensorInput } from './safetensors.js'
import { pathText } from './source.js'
import type { FilePath } from './source.js'
import { wayOut } from './wayOut.js'

/** What is saved of a model; FastKMeans has it all. What is not there is left out. */
export interface ModelLike {
  /** k×d, row-major. */
  readonly centroids: Float32Array | null | undefined
  readonly k: number
  readonly d: number
  readonly labels?: Int32Array | null
  readonly counts?: TypedArray | null
  readonly inertia?: number | null
  readonly nIter?: number | null
  readonly stopReason?: string | null
  readonly stats?: unknown
  getParams?(): object
}

/** A model read from a file; FastKMeans.fromCentroids(centroids, d) makes it predict. */
export interface SavedModel {
  /** k×d, row-major. */
  readonly centroids: Float32Array
  readonly k: number
  readonly d: number
  /** Of the n rows trained on, if they were saved. */
  readonly labels?: Int32Array
  /** Of the k clusters, if they were saved. */
  readonly counts?: TypedArray
  readonly inertia?: number
  readonly nIter?: number
  readonly stopReason?: string
  /** What getParams gave: numbers, strings, booleans, null. Functions, signals and arrays are not saved. */
  readonly options: Record<string, unknown>
  readonly stats: Record<string, unknown>
}

/** Options of saveModel. */
export interface SaveModelOptions {
  /** Whether labels are saved; true by default. */
  labels?: boolean
}

/**
 * Saves a trained model as one .safetensors file: 'centroids' [k, d] F32, 'labels' [n] I32 and 'counts' [k] where there are any; options
 * and statistics as JSON in the metadata. The file is written as a whole or not at all (writeAtomic).
 * @throws Error if the model is not trained, RangeError if its sizes disagree
 */
export async function saveModel(path: FilePath, model: ModelLike, options: SaveModelOptions = {}): Promise<void> {
  const where = 'saveModel'
  checkNames(where, options, ['labels'])
  if (model === null || typeof model !== 'object') throw new TypeError(`${where}: expected a model, got ${describe(model)}`)
  const { centroids, k, d } = model
  const format = pointsFormat(path)
  if (format !== undefined && format !== 'safetensors')
    throw new Error(`${where}: expected a path ending in .safetensors, got '${pathText(path)}'; writePoints writes the centroids alone`)
  if (!(centroids instanceof Float32Array)) throw new Error(`${where}: expected a trained model, got one without centroids; train it first`)
  if (centroids.length !== k * d || !(k > 0))
    throw new RangeError(`${where}: expected k · d = ${k} · ${d} centroid values, got ${centroids.length}`)
  const [labels, counts] = [known(model, 'labels'), known(model, 'counts')]
  if (counts && counts.length !== k) throw new RangeError(`${where}: expected k = ${k} counts, got ${counts.length}`)
  const tensors: Record<string, TensorInput> = { centroids: { data: centroids, shape: [k, d] } }
  if (labels && options.labels !== false) tensors.labels = { data: labels, shape: [labels.length] }
  if (counts) tensors.counts = { data: counts, shape: [k] }
  const metadata = {
    format: 'fastkmeans',
    version: '1',
    options: toJson(model.getParams?.() ?? {}),
    stats: toJson(Object.fromEntries((['inertia', 'nIter', 'stopReason', 'stats'] as const).map((name) => [name, known(model, name)]))),
  }
  await writeSafetensors(path, tensors, { metadata })
}

/** A member of a model that has centroids; FastKMeans throws for what a training never left, as that which was given centroids. */
function known<Name extends keyof ModelLike>(model: ModelLike, name: Name): ModelLike[Name] | undefined {
  try {
    return model[name]
  } catch {
    return undefined
  }
}

/**
 * Loads a model that saveModel wrote, or centroids from any other file: .safetensors with a tensor 'centroids' or with just one matrix
 * (shape [k, d]), .npy, .fvecs or Arrow (see readPoints). Such files have no options and statistics.
 * @throws Error or RangeError, naming the file, if it is damaged or holds no centroids
 */
export async function loadModel(path: FilePath): Promise<SavedModel> {
  const where = 'loadModel'
  const format = typeof path === 'string' || path instanceof URL ? pointsFormat(path) : undefined
  if (format !== undefined && format !== 'safetensors') {
    const { blocks, n, d } = await readPoints(path)
    if (blocks.length > 1) throw new RangeError(`${where}: expected centroids in one block, got ${n} x ${d} (${pathText(path)})`)
    return { centroids: blocks[0], k: n, d, options: {}, stats: {} }
  }
  const { tensors, metadata } = await readSafetensors(path).catch((cause: Error) => {
    throw wayOut(path) === '' ? cause : new Error(`${cause.message}${wayOut(path)}`, { cause })
  })
  const matrices = Object.values(tensors).filter(({ shape }) => shape.length === 2)
  const found = Object.hasOwn(tensors, 'centroids') ? tensors.centroids : matrices.length === 1 ? matrices[0] : undefined
  const name = ` (${pathText(path)})`
  if (found?.shape.length !== 2 || elementsOf(found.shape) === 0)
    throw new RangeError(`${where}: expected a tensor 'centroids' of shape [k, d], got ${foundText(found, tensors)}${name}`)
  const [k, d] = found.shape
  const { labels, counts } = tensors
  if (counts && counts.data.length !== k) throw new RangeError(`${where}: expected k = ${k} counts, got ${counts.data.length}${name}`)
  const stats = fromJson(metadata, 'stats', where, name)
  return {
    centroids: asFloat32(found, where, name),
    k,
    d,
    ...(labels && { labels: Int32Array.from(labels.data as Int32Array, Number) }),
    ...(counts && { counts: counts.data }),
    ...(typeof stats.inertia === 'number' && { inertia: stats.inertia }),
    ...(typeof stats.nIter === 'number' && { nIter: stats.nIter }),
    ...(typeof stats.stopReason === 'string' && { stopReason: stats.stopReason }),
    options: fromJson(metadata, 'options', where, name),
    stats: typeof stats.stats === 'object' && stats.stats !== null ? (stats.stats as Record<string, unknown>) : {},
  }
}

const foundText = (found: Tensor | undefined, tensors: Record<string, Tensor>): string =>
  found ? `[${found.shape.join(', ')}]` : `the tensors ${Object.keys(tensors).join(', ') || 'none'}`

function asFloat32({ data, dtype }: Tensor, where: string, name: string): Float32Array {
  if (data instanceof Float32Array) return data
  const out = new Float32Array(data.length)
  const beyond = toFloat32(data, dtype, out)
  if (beyond >= 0) throw new RangeError(`${where}: expected centroids within float32's range, got ${data[beyond]}${name}`)
  return out
}

/** JSON has no infinities: they are written as strings. Functions, signals, typed arrays and the like are left out. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, entry: unknown) => {
    if (typeof entry === 'number' && !Number.isFinite(entry)) return String(entry)
    if (typeof entry === 'bigint') return Number(entry)
    const prototype: unknown = typeof entry === 'object' && entry !== null ? Object.getPrototypeOf(entry) : Object.prototype
    return prototype === Object.prototype || prototype === null || Array.isArray(entry) ? entry : undefined
  })

const revive = (_: string, value: unknown): unknown =>
  value === 'Infinity' || value === '-Infinity' || value === 'NaN' ? Number(value) : value

function fromJson(metadata: Record<string, string>, key: string, where: string, name: string): Record<string, unknown> {
  if (!Object.hasOwn(metadata, key)) return {}
  try {
    const value: unknown = JSON.parse(metadata[key], revive)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // No JSON: the error below says so.
  }
  throw new Error(`${where}: expected '${key}' in the metadata to be a JSON object, got ${metadata[key].slice(0, 60)}${name}`)
}
