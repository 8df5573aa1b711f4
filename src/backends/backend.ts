/**
 * @file The interface between the algorithm and the hardware. A Backend opens Sessions. A Session holds a set of points on one device and
 * does all work there whose size grows with n. Everything that a Session returns is defined bit for bit by src/exact.ts, so one session can
 * replace another, and several of them (blocks of points, devices, machines) add up to one. Types only: select.ts chooses the backend.
 */
import type { Scales } from '../exact.js'
import type { Points } from '../points.js'

/** What a session is opened for. Sizes are upper bounds: a backend splits further where that serves it. */
export interface Plan {
  /** The number of centroids to prepare for. Another number may be set all the same and must work. */
  k: number
  /** 'fast' skips the proof and the recomputation: labels as float32 arithmetic gives them. */
  precision: 'exact' | 'fast'
  /** Most rows of one chunk of scores (rows × centroids). */
  chunkSizeData: number
  /** Most centroids of one chunk of scores. */
  chunkSizeCentroids: number
  /** Bytes that the session may hold beyond the caller's points. */
  memoryBudget?: number
}

/** One way to compute, on one device or several. */
export interface Backend {
  /** As stats.backend reports it: 'reference', 'tfjs:wasm'. */
  readonly name: string
  /** Opens a session over the points, whose memory may be shared and must not change while the session lives. */
  open(points: Points, plan: Plan): Promise<Session>
}

/** What must be known of all points before they are prepared. */
export interface ColumnStats {
  /** The largest |w·x| of each column, d values. */
  max: Float64Array
  /** The first value, in row order, that is NaN or infinite; undefined where there is none. */
  nonFinite?: { row: number; column: number; value: number }
}

/** What a session is told about the whole training set; the session itself may hold only a part of it. */
export interface Preparation {
  /** How values of the whole training set become integers (exact.ts, limbScales). */
  scales: Scales
  /**
   * The sampled mean of the whole training set (exact.ts, sampledMean), d values. Points are centred on it, and the inertia is computed
   * relative to it.
   */
  mean: Float32Array
  /** The weights of the session's points: n values, the largest of the whole set in [1, 2), each a float32 times one power of two. */
  weights?: Float64Array
  /** Centroids are kept at norm 1. */
  spherical: boolean
}

/** How an E-step can be stopped and watched. */
export interface AssignOptions {
  /** Aborting it ends the E-step, which rejects with the signal's reason; the labels stay those of the last complete E-step. */
  signal?: AbortSignal
  /** Called with the share of rows done, in [0, 1]. */
  onProgress?: (share: number) => void
}

/** What an E-step found, beside the labels, which stay in the session. */
export interface AssignResult {
  /** Number of rows whose label differs from that of the E-step before; n in the first one. */
  changed: number
  /** Number of rows whose label the fast pass could not prove and which were computed again by the definition. */
  rechecked: number
}

/** What an M-step found: one value per cluster, all that an iteration needs outside the session. */
export interface UpdateResult {
  /** k values: the number of points of each cluster, or the sum of their weights (exact.ts, clusterWeight). 0: the cluster is empty. */
  counts: Float64Array
  /** k values: the distance that each centroid moved. */
  shifts: Float64Array
  /** k values: the terms of the inertia (exact.ts, inertiaOf), for the centroids before the update. */
  terms: Float64Array
}

/**
 * The sums of the points of each cluster, as integers below 2^53, which add up exactly in any order. Every value w·x is split into two
 * integers, its limbs (exact.ts, Scales), and so are the weights.
 */
export interface Limbs {
  /** Sums of the first limbs of w·x: k·d integers. */
  hi: Float64Array
  /** Sums of the second limbs of w·x: k·d integers. */
  lo: Float64Array
  /** k integers: the number of points of each cluster; with weights, the sums of the first limbs of w·2^(B−1). */
  counts: Float64Array
  /** k integers: the sums of the second limbs of the weights; 0 without weights. */
  countsLow: Float64Array
}

/**
 * A set of points on one device. columnStats, prepare and setCentroids must be called first, in this order; then any method. A call must
 * not begin before the one before it has ended. When the signal is aborted, a call rejects with its reason; if it would end soon, it may
 * end instead. "The labels" are those of the last complete E-step. An update moves the centroids but not the labels, so the session also
 * keeps the centroids that the labels belong to.
 */
export interface Session {
  /** The column maxima, weighted where weights are given, and the first non-finite value of the points. */
  columnStats(weights?: Float64Array, options?: { signal?: AbortSignal }): Promise<ColumnStats>
  /** Takes in what concerns the whole training set. @returns Σ w‖x − mean‖² of every block of 4,096 rows (exact.ts, ROW_BLOCK) */
  prepare(preparation: Preparation, options?: { signal?: AbortSignal }): Promise<Float64Array>
  /**
   * Sets the centroids: k·d float32, copied; k may be any number. The labels are forgotten, or with keepLabels kept and said to belong to
   * the new centroids.
   */
  setCentroids(centroids: Float32Array, options?: { keepLabels?: boolean }): Promise<void>
  /** The E-step: finds the label of every point. */
  assign(options?: AssignOptions): Promise<AssignResult>
  /** The integer sums of the points by label. Those of several sessions add up to those of all their points. */
  sums(options?: { signal?: AbortSignal }): Promise<Limbs>
  /**
   * The M-step: moves the centroids to the means of their points, by the definition.
   * @param sums where this session is one of several: the sums of all their points. Default: this session's own
   */
  update(sums?: Limbs, options?: { signal?: AbortSignal }): Promise<UpdateResult>
  /** An E-step and an M-step. If aborted, it has done neither of them, or the E-step alone. */
  step(options?: AssignOptions): Promise<AssignResult & UpdateResult>
  /** Replaces the centroids `ids` by `rows` (ids.length·d values), which the repair of empty clusters needs. */
  replace(ids: Uint32Array, rows: Float32Array): Promise<void>
  /** A copy of the points `ids`. */
  rows(ids: Uint32Array): Promise<Float32Array>
  /** The m rows that are farthest from the centroid of their label: farthest first, the lower row first on ties. */
  farthest(m: number): Promise<{ rows: Uint32Array; sqDistances: Float64Array }>
  /** The squared distance from each point to the centroid of its label: n values. */
  sqDistances(options?: { signal?: AbortSignal }): Promise<Float64Array>
  /**
   * The table of the distances (√D) from each point to each current centroid: n·k values, row-major. Only columnStats and setCentroids must be
   * called before. Optional: the devices of TABLE_RATES (candidates.ts) have it.
   */
  distances?(options?: AssignOptions): Promise<Float64Array>
  /** The inertia of every block of 4,096 rows: Σ w·D, with D to the centroid of the label. */
  blockInertia(options?: { signal?: AbortSignal }): Promise<Float64Array>
  /** A copy of the current centroids, or of those that the labels belong to; all of them, or those of `ids`. */
  centroids(which?: 'current' | 'labelled', ids?: Uint32Array): Promise<Float32Array>
  /** A copy of the n labels; null before the first complete E-step. */
  labels(): Promise<Int32Array | null>
  /** The number of points of each cluster, k values. Optional: without it the caller counts the labels. */
  labelCounts?(): Promise<Uint32Array>
  /**
   * k-means++: adds m chosen centers (m·d values). Every row remembers its squared distance D to the closest center chosen so far; `anew`
   * forgets earlier centers.
   * @returns the largest w·D of all rows
   */
  seedWith(centers: Float32Array, options?: { anew?: boolean; signal?: AbortSignal }): Promise<number>
  /** k-means++: for each of m candidates (m·d values), what Σ rint(w·closest D·2^exponent) would be if it were chosen. */
  potentials(candidates: Float32Array, exponent: number, options?: { signal?: AbortSignal }): Promise<Float64Array>
  /**
   * k-means++: draws rows in proportion to w·closest D. For each u in [0, 1): the row where the running sum of rint(w·closest D·2^exponent)
   * first exceeds u·total.
   */
  pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array>
  /** The most bytes of the device's own memory held so far; undefined for devices without memory of their own. */
  readonly deviceBytes?: number
  /** Frees everything. A second call does nothing. */
  dispose(): void
}
