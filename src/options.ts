/** @file Every option of FastKMeans: its type, meaning, default and check. */
import { describe } from './describe.js'

/** What a cluster that lost all its points is given. */
export type EmptyCluster = 'random' | 'farthest' | 'split' | 'keep'
/** What `tol` is compared with. */
export type TolMode = 'fastkmeans' | 'sklearn' | 'faiss' | 'max'
/** Where the labels are computed; a backend's own choice may follow a colon: 'cuda:1', 'tfjs:wasm'. */
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

/** Handed to an init function. */
export interface InitContext {
  n: number
  d: number
  k: number
  seed: number
  /** Number of the run, from 0 (nredo). */
  redo: number
  /** A copy of the training points with these indices, row-major. */
  rows(ids: Uint32Array): Promise<Float32Array>
}
/** Returns the k·d initial centroids. */
export type InitFunction = (context: InitContext) => Float32Array | Promise<Float32Array>
/** How centroids start: by name, as k·d values, or by a function. */
export type Init = 'random' | 'k-means++' | 'k-means||' | 'afk-mc2' | Float32Array | InitFunction

/** What is known after an iteration. The inertia is that of the labels found in it, before the centroids moved. */
export interface IterationStats {
  /** From 1. */
  iteration: number
  /** Number of the run, from 0 (nredo). */
  redo: number
  /** Σ w·‖x − c‖² of the E-step. */
  obj: number
  /** What tolMode compares: by default the sum of the distances that the centroids moved. */
  shift: number
  /** Rows whose label changed. */
  changed: number
  /** Empty clusters that were given a new centroid (faiss's nsplit). */
  replaced: number
  /** Rows that the fast pass left open and the definition settled. */
  rechecked: number
  /** k·Σ size² / (Σ size)²: 1 when all clusters are of one size (faiss's imbalance_factor). */
  imbalance: number
  /** Seconds of this iteration. */
  time: number
}

/** Options of FastKMeans, all of which may be left out. One that is not known, or cannot be, is refused. */
export interface FastKMeansOptions {
  /** Most iterations. Default 25 (faiss, the Python library); scikit-learn has 300. */
  niter?: number
  /** Stops when the centroids move less than this; see tolMode. Default 1e-8. A negative value runs all iterations. */
  tol?: number
  /**
   * Default 'fastkmeans': the sum over centroids of the distance moved < tol. 'max': the largest distance moved < tol. 'sklearn': the sum of
   * squared distances moved ≤ tol · mean of the columns' variances. 'faiss': |obj before − obj| ≤ tol · obj before (its
   * early_stop_threshold).
   */
  tolMode?: TolMode
  /** Any integer. Default 0. The same seed gives the same result on every device. */
  seed?: number
  /** Runs with different starts; the one of least inertia is kept. Default 1. */
  nredo?: number
  /** Prints a line per iteration. Default false. */
  verbose?: boolean
  /**
   * Shows how the training goes: in a notebook a bar and the convergence, redrawn in place, at most ten times a second (on few cores less often); elsewhere lines on stderr, at
   * most one a second. A string is the label in front. Default false.
   */
  progress?: boolean | string
  /** More points than this times k are subsampled, with a warning. Default 256 (faiss); null trains on all. */
  maxPointsPerCentroid?: number | null
  /** Fewer points than this times k give a warning. Default 39 (faiss). */
  minPointsPerCentroid?: number
  /** Most rows of a chunk of scores. Default 51,200. 'auto' leaves it to the backend. */
  chunkSizeData?: number | 'auto'
  /** Most centroids of a chunk of scores. Default 10,240. 'auto' leaves it to the backend. */
  chunkSizeCentroids?: number | 'auto'
  /** Default true; false keeps device 'auto' off GPUs. */
  gpu?: boolean
  /** Default 'auto': the fastest that is there, by estimate; stats.backend and stats.why say which. Any other is used or refused. */
  device?: Device
  /** Default 'float32'. 'float16' rounds the points to half precision first. */
  dtype?: 'float32' | 'float16'
  /** Default 'exact': the labels of float64 arithmetic. 'fast': those of float32 arithmetic, as other libraries give. */
  precision?: 'exact' | 'fast'
  /** Default 'random': k different points. Also 'k-means++' (greedy), 'k-means||', 'afk-mc2', k·d values, or a function. */
  init?: Init
  /** Default false. true keeps the centroids at norm 1. Labels are those of the least Euclidean distance all the same. */
  spherical?: boolean
  /** Default 'random': a point drawn at random. 'farthest' (scikit-learn), 'split' (faiss), 'keep'. */
  emptyCluster?: EmptyCluster
  /** Called after each iteration and awaited. */
  onIteration?: (stats: IterationStats) => void | Promise<void>
  /** Stops the training; the best centroids so far are kept. */
  signal?: AbortSignal
  /** Stops the training after so many seconds, but not before one E-step is complete. Default: no limit. */
  maxSeconds?: number
  /** Bytes that a backend may hold beyond your points. Default: the backend's own. */
  memoryBudget?: number
}

/** Options with every default filled in. */
export type Options = Required<Omit<FastKMeansOptions, 'onIteration' | 'signal' | 'maxSeconds' | 'memoryBudget'>> &
  Pick<FastKMeansOptions, 'onIteration' | 'signal' | 'maxSeconds' | 'memoryBudget'>

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
  signal: optional((v) => (v instanceof AbortSignal ? undefined : 'an AbortSignal')),
  maxSeconds: optional(positive),
  memoryBudget: optional(positive),
}

/**
 * Fills in the defaults and checks every value.
 * @param others names known elsewhere, only suggested
 * @throws TypeError for an option that is not known, with the nearest name; RangeError for a value that cannot be
 */
export function checkOptions(where: string, options: FastKMeansOptions, others: readonly string[] = []): Options {
  checkNames(where, options, Object.keys(CHECKS), others)
  const checked: Record<string, unknown> = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) if (value !== undefined) checked[name] = value
  for (const [name, check] of Object.entries(CHECKS)) {
    const expected = check(checked[name])
    if (expected !== undefined) throw new RangeError(`${where}: expected ${name} to be ${expected}, got ${describe(checked[name])}`)
  }
  return checked as Options
}

/** Throws a TypeError for what is no object of options: points or weights in their place, say. */
export function checkObject(where: string, options: object): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options) || ArrayBuffer.isView(options))
    throw new TypeError(`${where}: expected an options object, got ${describe(options)}`)
}

/** Throws a TypeError for an option that is not known, with the nearest of the known names and of `others`. */
export function checkNames(where: string, options: object, known: readonly string[], others: readonly string[] = []): void {
  checkObject(where, options)
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw new TypeError(`${where}: unknown option '${name}'; ${wayOut(name, [...known, ...others])}`)
}

/** Where names of faiss and scikit-learn, and arguments, have their place here. */
const PLACES: Readonly<Record<string, string>> = {
  d: 'd and k come before the options',
  k: 'd and k come before the options',
  nclusters: 'k, the number of clusters, comes after d and before the options',
  maxiter: "did you mean 'niter'?",
  ninit: "did you mean 'nredo'?",
  randomstate: "did you mean 'seed'?",
  earlystopthreshold: "did you mean 'tol', with tolMode 'faiss'?",
  sampleweight: 'weights are given to train, fit and score, beside the points',
}

function wayOut(name: string, known: readonly string[]): string {
  const place = plain(name)
  if (Object.hasOwn(PLACES, place) && !known.includes(name)) return PLACES[place]
  const nearest = nearestName(name, known)
  return nearest === undefined ? `known are ${known.join(', ')}` : `did you mean '${nearest}'?`
}

/** Checks d, k or n. */
export function checkSize(where: string, name: 'd' | 'k' | 'n', value: number): void {
  if (positiveInteger(value) !== undefined || value > 2 ** 31 - 1)
    throw new RangeError(`${where}: expected ${name} to be a positive integer below 2^31, got ${describe(value)}`)
}

const plain = (s: string): string => s.replaceAll(/[_-]/g, '').toLowerCase()

/** The known name of least edit distance, letter case and underscores aside; none where less than half of the letters are right. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((other) => ({ other, distance: editDistance(plain(name), plain(other)) }))
  const { other, distance } = ranked.reduce((a, b) => (b.distance < a.distance ? b : a))
  return distance * 2 <= Math.max(name.length, other.length) ? other : undefined
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]
}
