/**
 * @file The seam between the algorithm and the hardware. A Backend opens Sessions; a Session holds one block of points on one device and
 * does the work of size n there. Everything that a Session returns is defined bit for bit by src/exact.ts, so sessions can be exchanged,
 * and several of them (blocks, devices, machines) add up to one. Types only: which backend runs is decided in select.ts.
 */
import type { Scales } from '../exact.js'
import type { Points } from '../points.js'

/** What a session is opened for. Sizes are upper bounds: a backend splits further where that serves it. */
export interface Plan {
  /** Centroids that will usually be set; other numbers must work too. */
  k: number
  /** 'fast' skips the proof and the recomputation: labels as float32 arithmetic gives them. */
  precision: 'exact' | 'fast'
  /** Rows of one chunk of scores. */
  chunkSizeData: number
  /** Centroids of one chunk of scores. */
  chunkSizeCentroids: number
  /** Bytes that the session may hold beyond the caller's points. */
  memoryBudget?: number
}

/** One way to compute, on one device or several; it opens sessions there. */
export interface Backend {
  /** As stats.backend reports it: 'reference', 'tfjs:wasm'. */
  readonly name: string
  open(points: Points, plan: Plan): Promise<Session>
}

/** Per column, the largest |w·x|; and the first value (in row order) that is NaN or infinite. */
export interface ColumnStats {
  /** d values. */
  max: Float64Array
  nonFinite?: { row: number; column: number; value: number }
}

/** What a session is told of the whole training set, of which it may hold a part. */
export interface Preparation {
  /** Limb bits and column exponents of the whole training set (exact.ts, limbScales). */
  scales: Scales
  /** d values: the training set's sampled mean (exact.ts, sampledMean), the origin of the inertia formula and of centring. */
  mean: Float32Array
  /** n weights with max in [1, 2), each a float32 times one power of two. */
  weights?: Float64Array
  /** Centroids are kept at norm 1. */
  spherical: boolean
}

/** How an E-step may be stopped and watched. */
export interface AssignOptions {
  /** Ends the E-step: it rejects with the signal's reason and the labels stay those of the last complete one. */
  signal?: AbortSignal
  /** Called with the share of rows done, in [0, 1]. */
  onProgress?: (share: number) => void
}

/** What an E-step found, beside the labels, which stay in the session. */
export interface AssignResult {
  /** Rows whose label differs from the E-step before; n on the first. */
  changed: number
  /** Rows that the fast pass left open and that were finished by the definition. */
  rechecked: number
}

/** What an M-step found, per cluster: all that an iteration needs on the host. */
export interface UpdateResult {
  /** k values: points of each cluster, or their weights (exact.ts, clusterWeight). Zero: empty. */
  counts: Float64Array
  /** k distances that the centroids moved. */
  shifts: Float64Array
  /** k terms of the inertia formula, for the centroids before the update. */
  terms: Float64Array
}

/** Sums by label as integers below 2^53, which add exactly in any order: Σ w·x in two limbs (exact.ts, limbScales), and the weights. */
export interface Limbs {
  /** k·d integers. */
  hi: Float64Array
  /** k·d integers. */
  lo: Float64Array
  /** k integers: points, or first limbs of their weights w·2^(B−1). */
  counts: Float64Array
  /** k integers: second limbs of the weights; 0 without. */
  countsLow: Float64Array
}

/**
 * One block of points on one device. The order of calls is columnStats, prepare, setCentroids, then any; calls never overlap.
 * An abort rejects with the signal's reason; sessions whose passes are short may finish instead.
 * "The centroids of the labels" are those of the last complete E-step: update moves the centroids, not the labels.
 */
export interface Session {
  /** Column maxima, weighted where weights are given, and the first non-finite value of the points themselves. */
  columnStats(weights?: Float64Array, options?: { signal?: AbortSignal }): Promise<ColumnStats>
  /** @returns Σ w‖x − mean‖² of each 4,096 rows */
  prepare(preparation: Preparation, options?: { signal?: AbortSignal }): Promise<Float64Array>
  /** Any number of centroids, k·d float32, which are copied. Labels are forgotten unless keepLabels, and then belong to the new centroids. */
  setCentroids(centroids: Float32Array, options?: { keepLabels?: boolean }): Promise<void>
  /** E-step. */
  assign(options?: AssignOptions): Promise<AssignResult>
  /** Integer limbs of the weighted points, summed by label; what blocks, devices and machines add up. */
  sums(options?: { signal?: AbortSignal }): Promise<Limbs>
  /** M-step: the next centroids by the definition. @param sums those of more points than these, where this is one of several sessions */
  update(sums?: Limbs, options?: { signal?: AbortSignal }): Promise<UpdateResult>
  /** E-step and M-step. An aborted one has done neither, or the E-step alone. */
  step(options?: AssignOptions): Promise<AssignResult & UpdateResult>
  /** Overwrites the centroids `ids` with rows (ids.length·d floats): the repair of empty clusters. */
  replace(ids: Uint32Array, rows: Float32Array): Promise<void>
  /** A copy of the points `ids`. */
  rows(ids: Uint32Array): Promise<Float32Array>
  /** The m rows farthest from the centroid of their label, farthest first, the lower row first on ties. */
  farthest(m: number): Promise<{ rows: Uint32Array; sqDistances: Float64Array }>
  /** n squared distances to the centroid of the label. */
  sqDistances(options?: { signal?: AbortSignal }): Promise<Float64Array>
  /** Σ w·D of each 4,096 rows, D to the centroid of the label. */
  blockInertia(options?: { signal?: AbortSignal }): Promise<Float64Array>
  /** The centroids as they stand, or those of the labels; all, or those of `ids`. A copy. */
  centroids(which?: 'current' | 'labelled', ids?: Uint32Array): Promise<Float32Array>
  /** n labels of the last complete E-step; null before the first. A copy. */
  labels(): Promise<Int32Array | null>
  /** Points of each cluster, k values; where a session does not offer it, the caller counts the labels. */
  labelCounts?(): Promise<Uint32Array>
  /** k-means++: every row's closest D falls to that of the m·d `centers`; `anew` forgets the earlier. @returns the largest w·D */
  seedWith(centers: Float32Array, options?: { anew?: boolean; signal?: AbortSignal }): Promise<number>
  /** k-means++: per candidate (m·d), the sum of rint(w·min(closest, D)·2^exponent). */
  potentials(candidates: Float32Array, exponent: number, options?: { signal?: AbortSignal }): Promise<Float64Array>
  /** k-means++: for each u in [0, 1), the row where the running sum of rint(w·closest·2^exponent) first exceeds u·total. */
  pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array>
  /** Most bytes of a device's own memory held so far; undefined where there is none. */
  readonly deviceBytes?: number
  /** Frees everything; may be called twice. */
  dispose(): void
}
