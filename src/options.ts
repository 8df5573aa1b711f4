/** @file Every option of FastKMeans: its type, meaning, default and check. */
import { describe } from './describe.js'
import { checkNames } from './optionChecks.js'

/**
 * What happens to a cluster that lost all its points. 'random': its centroid becomes a point drawn at random. 'farthest': it becomes the
 * point farthest from its own centroid (scikit-learn). 'split': it takes half of a large cluster (faiss). 'keep': it stays where it is.
 */
export type EmptyCluster = 'random' | 'farthest' | 'split' | 'keep'
/** What `tol` is compared with; see FastKMeansOptions.tolMode. */
export type TolMode = 'fastkmeans' | 'sklearn' | 'faiss' | 'max'
/**
 * Where the labels are computed. Some devices take a further choice after a colon: 'cuda:1' is the second GPU, 'tfjs:wasm' a backend of
 * TensorFlow.js.
 */
export type Device =
  | 'auto'
  | 'reference'
  | 'cpu'
  | 'wasm'
  | 'cuda'
  | 'cuda:all'
  | `cuda:${number}`
  | 'tfjs'
  | `tfjs:${'cpu' | 'wasm' | 'tensorflow' | 'webgpu'}`
  | 'webgpu'

/** What an init function is told about the training. */
export interface InitContext {
  /** Number of training points, after subsampling. */
  n: number
  /** Number of columns. */
  d: number
  /** Number of clusters. */
  k: number
  /** The option seed. */
  seed: number
  /** Which of the nredo runs this is, from 0. */
  redo: number
  /** Copies the training points with these indices (each below n) into one array: ids.length·d float32, row-major. */
  rows(ids: Uint32Array): Promise<Float32Array>
}
/** A start of your own: returns the initial centroids, k·d float32, row-major. */
export type InitFunction = (context: InitContext) => Float32Array | Promise<Float32Array>
/** The initial centroids: the name of a method, the k·d values themselves, or a function that makes them. */
export type Init = 'random' | 'k-means++' | 'k-means||' | 'afk-mc2' | Float32Array | InitFunction

/**
 * What is known after one iteration, which is an E-step (every point gets the label of its nearest centroid) and an M-step (every centroid
 * moves to the mean of its points).
 */
export interface IterationStats {
  /** Number of the iteration, from 1. */
  iteration: number
  /** Which of the nredo runs this is, from 0. */
  redo: number
  /** Inertia of the E-step: the sum over all points of weight · squared distance to the centroid, before the centroids moved. */
  obj: number
  /** How far the centroids moved, as tolMode measures it: by default the sum of the distances. */
  shift: number
  /** Number of rows whose label changed; n in the first iteration. */
  changed: number
  /** Number of empty clusters that were given a new centroid (faiss's nsplit). */
  replaced: number
  /** Number of rows whose label the fast pass could not prove, and which were computed again in float64. */
  rechecked: number
  /** k·Σ size² / (Σ size)²: 1 when all clusters have the same size, larger the less equal they are (faiss's imbalance_factor). */
  imbalance: number
  /** Duration of this iteration in seconds. */
  time: number
}

/** How far something is. */
export interface Progress {
  /** In [0, 1]. */
  share: number
  /** The same in words: '40 % of the rows'. */
  text: string
}

/** How far one stage of a training is. */
export interface TrainingProgress extends Progress {
  /** 'start': the initial centroids are sought. 'iteration': its E-step is at work. 'labels': the E-step for the last centroids is. */
  stage: 'start' | 'iteration' | 'labels'
  /** Number of the run, from 0 (nredo). */
  redo: number
  /** From 1; 0 in the start. */
  iteration: number
}

/** Options of FastKMeans. All may be left out; an unknown name throws a TypeError, an impossible value a RangeError. */
export interface FastKMeansOptions {
  /** Maximum number of iterations. Default 25, as in faiss and the Python library (scikit-learn: 300). */
  niter?: number
  /**
   * The training stops when the centroids move less than this; tolMode says how that is measured. Default 1e-8. Negative: all niter
   * iterations are run.
   */
  tol?: number
  /**
   * What tol is compared with. Default 'fastkmeans'.
   * - 'fastkmeans': the sum of the distances that the centroids moved < tol.
   * - 'max': the largest distance that a centroid moved < tol.
   * - 'sklearn': the sum of the squared distances ≤ tol · mean variance of the columns.
   * - 'faiss': the objective changed by ≤ tol · its value before (faiss's early_stop_threshold).
   */
  tolMode?: TolMode
  /** Seed of everything random; any integer. The same seed gives the same result on every device. Default 0. */
  seed?: number
  /** Number of runs with different starts, of which the one with the least inertia is kept. Default 1. */
  nredo?: number
  /** Prints one line per iteration on stdout. Default false. */
  verbose?: boolean
  /**
   * Shows how the training goes. In a notebook: a bar and a chart of the inertia, redrawn in place at most ten times a second (less often
   * on few cores). Elsewhere: lines on stderr, at most one a second. A string is shown in front, as a label. Default false.
   */
  progress?: boolean | string
  /**
   * Of more than maxPointsPerCentroid · k points a random sample of that size is trained on, with a warning. null: all points. Default 256
   * (faiss).
   */
  maxPointsPerCentroid?: number | null
  /** Fewer than minPointsPerCentroid · k points give a warning. Default 39 (faiss). */
  minPointsPerCentroid?: number
  /** Upper bound for the rows of one chunk of scores (rows × centroids). 'auto': the backend decides. Default 51,200. */
  chunkSizeData?: number | 'auto'
  /** Upper bound for the centroids of one chunk of scores (rows × centroids). 'auto': the backend decides. Default 10,240. */
  chunkSizeCentroids?: number | 'auto'
  /** false keeps device 'auto' off GPUs. Default true. */
  gpu?: boolean
  /**
   * Where the labels are computed. Default 'auto': the available device with the least estimated time; after training, `stats.backend` and
   * `stats.why` say which and why. A device asked for by name is used, or an error says why it cannot be; it is never replaced by another.
   */
  device?: Device
  /** 'float16' rounds the points to half precision before training and prediction. Default 'float32'. */
  dtype?: 'float32' | 'float16'
  /**
   * 'exact': the labels of float64 arithmetic, proved. 'fast': labels of float32 arithmetic without proof, as other libraries give. Default
   * 'exact'.
   */
  precision?: 'exact' | 'fast'
  /**
   * The initial centroids. Default 'random': k different points, drawn at random. Or 'k-means++' (greedy, as in scikit-learn), 'k-means||',
   * 'afk-mc2', a Float32Array of k·d values (row-major), or a function that returns such an array.
   */
  init?: Init
  /** true scales every centroid to norm 1 after each update. Labels are still those of the least Euclidean distance. Default false. */
  spherical?: boolean
  /**
   * What happens to a cluster that lost all its points. Default 'random': its centroid becomes a point drawn at random. 'farthest': the
   * point farthest from its own centroid (scikit-learn). 'split': half of a large cluster (faiss). 'keep': the centroid stays.
   */
  emptyCluster?: EmptyCluster
  /** Called after each iteration; if it returns a promise, the training waits for it. Default: none. */
  onIteration?: (stats: IterationStats) => void | Promise<void>
  /**
   * Called at most twenty times a second while a start or a pass over the points takes long (0.05 s and more), with how far it is. An error
   * that it throws ends the training. Default: none.
   */
  onProgress?: (progress: TrainingProgress) => void
  /**
   * Stops the training when it is aborted. The best centroids so far are kept, and stopReason is 'aborted'; before there are any, in the
   * first start, the training rejects with the signal's reason, and the model stays as it was. Default: none.
   */
  signal?: AbortSignal
  /**
   * Time limit of the training in seconds. The best centroids so far are kept, and stopReason is 'maxSeconds'. Reading the points counts,
   * but is not cut short, nor is an `init` of your own. A start that is cut short goes on with the rows it has chosen and others drawn at
   * random. The first labels get a tenth of the limit more, half a second at least; if that is too short as well, there are only the
   * starting centroids, without labels or inertia. Default: no limit.
   */
  maxSeconds?: number
  /** Upper bound, in bytes, for the memory that a backend holds beyond your points. Default: the backend's own choice. */
  memoryBudget?: number
}

type Undefaulted = 'onIteration' | 'onProgress' | 'signal' | 'maxSeconds' | 'memoryBudget'
/** The options with every default filled in. */
export type Options = Required<Omit<FastKMeansOptions, Undefaulted>> & Pick<FastKMeansOptions, Undefaulted>

const DEFAULTS: Options = {
  niter: 25,
  tol: 1e-8,
  tolMode: 'fastkmeans',
  seed: 0,
  nredo: 1,
  verbose: false,
  progress: false,
  maxPointsPerCentroid: 256,
  minPointsPerCentroid: 39,
  chunkSizeData: 51_200,
  chunkSizeCentroids: 10_240,
  gpu: true,
  device: 'auto',
  dtype: 'float32',
  precision: 'exact',
  init: 'random',
  spherical: false,
  emptyCluster: 'random',
  onIteration: undefined,
  onProgress: undefined,
  signal: undefined,
  maxSeconds: undefined,
  memoryBudget: undefined,
}

type Check = (value: unknown) => string | undefined
const positiveInteger: Check = (v) => (Number.isSafeInteger(v) && (v as number) > 0 ? undefined : 'a positive integer')
const chunkSize: Check = (v) => (v === 'auto' ? undefined : positiveInteger(v) && "a positive integer or 'auto'")
const nonNegative: Check = (v) => (typeof v === 'number' && v >= 0 && v < Infinity ? undefined : 'a number of at least 0')
const integer: Check = (v) => (Number.isSafeInteger(v) ? undefined : 'an integer')
const number: Check = (v) => (typeof v === 'number' && !Number.isNaN(v) ? undefined : 'a number')
const boolean: Check = (v) => (typeof v === 'boolean' ? undefined : 'true or false')
const oneOf =
  (...names: string[]): Check =>
  (v) =>
    typeof v === 'string' && names.includes(v) ? undefined : `one of '${names.join("', '")}'`
const optional =
  (check: Check): Check =>
  (v) =>
    v === undefined ? undefined : check(v)
const aFunction: Check = (v) => (typeof v === 'function' ? undefined : 'a function')
const positive: Check = (v) => (typeof v === 'number' && v > 0 ? undefined : 'a number above 0')

/** For names that people bring from faiss and scikit-learn, or that are arguments here (Suggestions.advice). */
export const ADVICE: Readonly<Record<string, string>> = {
  d: 'd and k come before the options',
  k: 'd and k come before the options',
  nclusters: 'k, the number of clusters, comes after d and before the options',
  maxiter: "did you mean 'niter'?",
  ninit: "did you mean 'nredo'?",
  randomstate: "did you mean 'seed'?",
  earlystopthreshold: "did you mean 'tol', with tolMode 'faiss'?",
  sampleweight: 'weights are given to train, fit and score, beside the points',
}

const INITS = ['random', 'k-means++', 'k-means||', 'afk-mc2']
const DEVICES = /^(auto|reference|wasm|cpu|webgpu|tfjs(:(cpu|wasm|tensorflow|webgpu))?|cuda(:(\d+|all))?)$/

const CHECKS: Record<keyof Options, Check> = {
  niter: positiveInteger,
  tol: number,
  tolMode: oneOf('fastkmeans', 'sklearn', 'faiss', 'max'),
  seed: integer,
  nredo: positiveInteger,
  verbose: boolean,
  progress: (v) => (typeof v === 'string' ? undefined : boolean(v) && 'true, false or a label'),
  maxPointsPerCentroid: (v) => (v === null ? undefined : positiveInteger(v) && 'a positive integer or null'),
  minPointsPerCentroid: nonNegative,
  chunkSizeData: chunkSize,
  chunkSizeCentroids: chunkSize,
  gpu: boolean,
  device: (v) =>
    typeof v === 'string' && DEVICES.test(v) ? undefined : "one of 'auto', 'reference', 'tfjs', 'wasm', 'cpu', 'webgpu', 'cuda'",
  dtype: oneOf('float32', 'float16'),
  precision: oneOf('exact', 'fast'),
  init: (v) =>
    v instanceof Float32Array || typeof v === 'function'
      ? undefined
      : oneOf(...INITS)(v) && `'${INITS.join("', '")}', a Float32Array or a function`,
  spherical: boolean,
  emptyCluster: oneOf('random', 'farthest', 'split', 'keep'),
  onIteration: optional(aFunction),
  onProgress: optional(aFunction),
  signal: optional((v) => (v instanceof AbortSignal ? undefined : 'an AbortSignal')),
  maxSeconds: optional(positive),
  memoryBudget: optional(positive),
}

/**
 * Fills in the defaults and checks every value.
 * @param where the public function that was called, for the error message
 * @param others names that this call takes beside the options: not accepted here, but suggested where one of them is misspelled
 * @throws TypeError for an unknown option, with the nearest known name; RangeError for an impossible value
 */
export function checkOptions(where: string, options: FastKMeansOptions, others: readonly string[] = []): Options {
  checkNames(where, options, Object.keys(CHECKS), { others, advice: ADVICE })
  const checked: Record<string, unknown> = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) if (value !== undefined) checked[name] = value
  for (const [name, check] of Object.entries(CHECKS)) {
    const expected = check(checked[name])
    if (expected !== undefined) throw new RangeError(`${where}: expected ${name} to be ${expected}, got ${describe(checked[name])}`)
  }
  return checked as Options
}

/** @throws RangeError unless the value is a positive integer that an Int32Array can hold */
export function checkSize(where: string, name: 'd' | 'k' | 'n', value: number): void {
  if (positiveInteger(value) !== undefined || value > 2 ** 31 - 1)
    throw new RangeError(`${where}: expected ${name} to be a positive integer below 2^31, got ${describe(value)}`)
}
