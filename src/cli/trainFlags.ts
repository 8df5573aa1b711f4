/** @file The flags of `fastkmeans train`, and the options they become. */
import { checkOptions, checkSize } from '../options.js'
import type { FastKMeansOptions } from '../options.js'
import { bytesOf, numberOf } from './args.js'
import type { Flags, Parsed } from './args.js'
import { COMMON_FLAGS } from './command.js'
import { usageError } from './errors.js'
import { INPUT_FLAGS } from './input.js'
import { extensionsOf } from './output.js'

/** Flags of the E-step, which prediction has too. */
export const DEVICE_FLAGS: Flags = {
  device: { value: 'NAME', help: 'auto (default), cuda, cpu, wasm, reference, tfjs:tensorflow, …; one that is named is used or refused' },
  'no-gpu': { help: 'keeps --device auto off GPUs' },
  precision: { value: 'exact|fast', help: 'exact (default): the labels of float64 arithmetic; fast: those of float32' },
  'chunk-size-data': { value: 'N', help: 'most rows of a chunk of scores (51200)' },
  'chunk-size-centroids': { value: 'N', help: 'most centroids of a chunk of scores (10240)' },
  'memory-budget': { value: 'BYTES', help: 'what a backend may hold beyond the points: 512M, 2G' },
}

/** Flags of every command that writes files. */
export const WRITE_FLAGS: Flags = {
  force: { help: 'overwrites files that exist' },
  quiet: { short: 'q', help: 'no progress and no summary; warnings and errors only' },
}

/** The flags of fastkmeans train: files, and the options of FastKMeans. */
export const TRAIN_FLAGS: Flags = {
  k: { short: 'k', value: 'K', help: 'clusters' },
  output: { short: 'o', value: 'FILE', help: `the centroids, k x d float32: ${extensionsOf('centroids')}` },
  'output-dtype': {
    value: 'TYPE',
    help: 'float32 (default), or float16: the centroids rounded to half precision, in .npy and .safetensors',
  },
  labels: { value: 'FILE', help: `the cluster of every point, int32: ${extensionsOf('labels')}` },
  model: { value: 'FILE', help: 'centroids, counts, options and statistics in one .safetensors file, for predict' },
  niter: { value: 'N', help: 'most iterations (25)' },
  tol: { value: 'T', help: 'stops when the centroids move less (1e-8); -1 runs all iterations' },
  'tol-mode': { value: 'MODE', help: 'what tol is compared with: fastkmeans (default), sklearn, faiss, max' },
  seed: { value: 'N', help: 'any integer (0)' },
  init: { value: 'WAY|FILE', help: 'random (default), k-means++, k-means||, afk-mc2, or a file of k centroids' },
  nredo: { value: 'N', help: 'runs with different starts; the best is kept (1)' },
  'max-points-per-centroid': { value: 'N|none', help: 'more points than this times k are subsampled (256); none trains on all' },
  'min-points-per-centroid': { value: 'N', help: 'fewer points than this times k give a warning (39)' },
  'empty-cluster': { value: 'WAY', help: 'what an empty cluster gets: random (default), farthest, split, keep' },
  spherical: { help: 'keeps the centroids at norm 1' },
  weights: { value: 'FILE', help: 'one weight for each point: .npy of shape (n,), or .csv' },
  dtype: { value: 'TYPE', help: 'float32 (default), or float16: rounds the points to half precision first' },
  'max-seconds': { value: 'S', help: 'stops after so long and keeps the best so far' },
  ...DEVICE_FLAGS,
  ...INPUT_FLAGS,
  ...WRITE_FLAGS,
  ...COMMON_FLAGS,
}

/** Options of the E-step. */
export function deviceOptions(where: string, parsed: Parsed): FastKMeansOptions {
  const { values } = parsed
  return {
    device: values.get('device') as FastKMeansOptions['device'],
    gpu: values.has('no-gpu') ? false : undefined,
    precision: values.get('precision') as FastKMeansOptions['precision'],
    chunkSizeData: numberOf(where, parsed, 'chunk-size-data'),
    chunkSizeCentroids: numberOf(where, parsed, 'chunk-size-centroids'),
    memoryBudget: bytesOf(where, parsed, 'memory-budget'),
  }
}

/** k and the options of a training, checked; `init` is left to the caller where it names a file. */
export function trainOptions(where: string, parsed: Parsed): { k: number; options: FastKMeansOptions; initFile?: string } {
  const { values } = parsed
  const k = numberOf(where, parsed, 'k')
  if (k === undefined) throw usageError(`${where}: expected the number of clusters, got none; add -k K`)
  const most = values.get('max-points-per-centroid')
  const init = values.get('init')
  const initFile = init !== undefined && /\.[a-z]+$/i.test(init) ? init : undefined
  const options: FastKMeansOptions = {
    niter: numberOf(where, parsed, 'niter'),
    tol: numberOf(where, parsed, 'tol'),
    tolMode: values.get('tol-mode') as FastKMeansOptions['tolMode'],
    seed: numberOf(where, parsed, 'seed'),
    nredo: numberOf(where, parsed, 'nredo'),
    maxPointsPerCentroid: most === 'none' || most === 'null' ? null : numberOf(where, parsed, 'max-points-per-centroid'),
    minPointsPerCentroid: numberOf(where, parsed, 'min-points-per-centroid'),
    init: initFile === undefined ? (init as FastKMeansOptions['init']) : undefined,
    emptyCluster: values.get('empty-cluster') as FastKMeansOptions['emptyCluster'],
    spherical: values.has('spherical') ? true : undefined,
    dtype: values.get('dtype') as FastKMeansOptions['dtype'],
    maxSeconds: numberOf(where, parsed, 'max-seconds'),
    ...deviceOptions(where, parsed),
  }
  checked(where, () => {
    checkSize(where, 'k', k)
    checkOptions(where, options)
  })
  return { k, options, ...(initFile !== undefined && { initFile }) }
}

/** The library's own checks, as errors of usage. */
export function checked(where: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : `${where}: ${String(error)}`, error)
  }
}
