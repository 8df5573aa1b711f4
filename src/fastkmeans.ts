/** @file The class FastKMeans: the state of a model, and the methods of faiss and scikit-learn over it. */
import { predictArguments, trainArguments, TRAIN_NAMES } from './arguments.js'
import type { Assignment, PredictOptions, ScoreOptions, TrainOptions } from './arguments.js'
import { assignPoints } from './assignPoints.js'
import { flatCentroids } from './centroids.js'
import type { CentroidsInput } from './centroids.js'
import { describe } from './describe.js'
import { estimate } from './estimate.js'
import type { Estimate } from './estimate.js'
import { sumInOrder } from './exact.js'
import { checkObject } from './optionChecks.js'
import { checkOptions, checkSize } from './options.js'
import type { FastKMeansOptions, IterationStats, Options } from './options.js'
import type { PointsInput } from './points.js'
import { JUPYTER_DISPLAY } from './notebook/kernel.js'
import { modelCard } from './notebook/modelCard.js'
import { watchTraining } from './notebook/watch.js'
import { distanceTable, withLabels } from './prediction.js'
import type { PredictInput } from './prediction.js'
import { trainModel } from './training.js'
import type { TrainedState, TrainStats } from './training.js'
import type { StopReason } from './lloyd.js'

/** What a model holds: everything that a training leaves, or just centroids (fromCentroids). */
type State = Partial<TrainedState> & Pick<TrainedState, 'centroids'>

/**
 * k-means with exact labels on every device. Its methods and options are named as in AnswerDotAI's fastkmeans, faiss's Kmeans and
 * scikit-learn's KMeans.
 *
 * @example
 * const km = new FastKMeans(128, 1024, { niter: 10 })
 * await km.train(x)                    // Float32Array of n·128 values, rows, a tensor, an Arrow column, …
 * const labels = await km.predict(y)
 */
export class FastKMeans {
  /** Number of columns of the points. */
  readonly d: number
  #k: number
  #options: Options
  #state: State | null = null
  /** Present while a training runs; aborting it stops the training. */
  #training: AbortController | null = null
  #disposed = false

  /**
   * A model that is not trained yet.
   * @param d number of columns of the points
   * @param k number of clusters
   * @param options all optional
   * @throws RangeError for an impossible d, k or value of an option; TypeError for an unknown option
   */
  constructor(d: number, k: number, options: FastKMeansOptions = {}) {
    checkSize('FastKMeans', 'd', d)
    checkSize('FastKMeans', 'k', k)
    this.d = d
    this.#k = k
    this.#options = checkOptions('FastKMeans', options)
  }

  /**
   * A model that predicts with given centroids, without training.
   * @param centroids k·d values row-major, k rows of d values, or blocks of whole rows; copied as float32
   * @param d number of columns
   * @throws RangeError for a length that is no multiple of d or values that are not finite; TypeError for anything but numbers
   */
  static fromCentroids(centroids: CentroidsInput, d: number, options: FastKMeansOptions = {}): FastKMeans {
    const where = 'FastKMeans.fromCentroids'
    checkSize(where, 'd', d)
    const flat = flatCentroids(where, centroids, d)
    const model = new FastKMeans(d, flat.length / d, options)
    model.#state = { centroids: flat }
    return model
  }

  /** Number of clusters. */
  get k(): number {
    return this.#k
  }

  /** The centroids: k·d float32, row-major. Throws before a training. */
  get centroids(): Float32Array {
    return this.#trained('centroids').centroids
  }

  /** The labels of the points trained on: one per row of trainRows, or per point where trainRows is null. */
  get labels(): Int32Array {
    return this.#known('labels')
  }

  /** The inertia of the points trained on: the sum of weight · squared distance to the centroid, computed in float64. */
  get inertia(): number {
    return this.#known('inertia')
  }

  /** The number of points trained on in each cluster: k values. */
  get counts(): Uint32Array {
    return this.#known('counts')
  }

  /** Number of iterations of the run that was kept. */
  get nIter(): number {
    return this.#known('nIter')
  }

  /** The inertia in each iteration, before its update: nIter values (faiss's obj). */
  get obj(): Float64Array {
    return Float64Array.from(this.iterationStats, (stats) => stats.obj)
  }

  /** Statistics of each iteration of the run that was kept. */
  get iterationStats(): IterationStats[] {
    return this.#known('iterationStats')
  }

  /** Why the training ended. */
  get stopReason(): StopReason {
    return this.#known('stopReason')
  }

  /** Where and how the training was done. */
  get stats(): TrainStats {
    return this.#known('stats')
  }

  /** The indices of the points trained on, ascending, where a subsample was taken (maxPointsPerCentroid); null where it was all of them. */
  get trainRows(): Uint32Array | null {
    return this.#known('trainRows', true)
  }

  /**
   * Trains on n×d points (faiss's name for it). A training that is aborted or reaches maxSeconds resolves all the same: the model holds the
   * best centroids so far, and stopReason tells. One that is aborted in its first start rejects with the signal's reason.
   * @throws RangeError or TypeError for points, weights or options that are not valid; Error while another training of this model runs
   */
  async train(x: PointsInput, options: TrainOptions = {}): Promise<void> {
    await this.#train('FastKMeans.train', x, options)
  }

  /** Trains like `train` and returns the model (scikit-learn's name for it). */
  async fit(x: PointsInput, options: TrainOptions = {}): Promise<this> {
    await this.#train('FastKMeans.fit', x, options)
    return this
  }

  /**
   * The label of each point: the index of its nearest centroid, the lowest index on ties. n values. Streams (files, shards) are read part by
   * part and need not fit in memory; so also in assign, and in fitPredict where the training takes a subsample.
   */
  async predict(x: PointsInput, options: PredictOptions = {}): Promise<Int32Array> {
    return (await assignPoints(this.#predictInput('FastKMeans.predict', x, options), false)).labels
  }

  /** Trains on x and returns the labels of all its points, also where the training took a subsample. n values. */
  async fitPredict(x: PointsInput, options: TrainOptions = {}): Promise<Int32Array> {
    await this.#train('FastKMeans.fitPredict', x, options)
    if (this.trainRows === null && this.#state?.labels) return this.labels.slice()
    const { n, signal } = options
    return (await assignPoints(this.#predictInput('FastKMeans.fitPredict', x, { n, signal }), false)).labels
  }

  /** The label of each point and its squared distance to that centroid (faiss's assign). */
  async assign(x: PointsInput, options: PredictOptions = {}): Promise<Assignment> {
    return assignPoints(this.#predictInput('FastKMeans.assign', x, options), true)
  }

  /**
   * The Euclidean distance from each point to each centroid: n·k float64, row-major (scikit-learn's transform). Computed on the processor, also
   * where the device is a GPU or tfjs.
   */
  async transform(x: PointsInput, options: PredictOptions = {}): Promise<Float64Array> {
    return distanceTable(this.#predictInput('FastKMeans.transform', x, options))
  }

  /** Trains on x and returns the Euclidean distance from each of its points to each centroid: n·k float64, row-major. */
  async fitTransform(x: PointsInput, options: TrainOptions = {}): Promise<Float64Array> {
    await this.#train('FastKMeans.fitTransform', x, options)
    const { n, signal } = options
    return distanceTable(this.#predictInput('FastKMeans.fitTransform', x, { n, signal }))
  }

  /** Minus the inertia of x under the centroids, so that more is better (scikit-learn's score). */
  async score(x: PointsInput, options: ScoreOptions = {}): Promise<number> {
    const input = this.#predictInput('FastKMeans.score', x, options, true)
    return withLabels(input, async (session, signal) => 0 - sumInOrder(await session.blockInertia({ signal })))
  }

  /** How long training on n points would take, and how much memory, on every device: the available ones first, the fastest first. */
  async estimate(n: number): Promise<Estimate[]> {
    return estimate('FastKMeans.estimate', this.getParams(), n)
  }

  /** d, k and the value of every option. */
  getParams(): Options & { d: number; k: number } {
    return { d: this.d, k: this.#k, ...this.#options }
  }

  /**
   * Changes options and k, from the next training on. Takes whatever getParams returns.
   * @throws RangeError for another d; Error while a training runs
   */
  setParams(params: FastKMeansOptions & { k?: number; d?: number }): this {
    const where = 'FastKMeans.setParams'
    if (this.#training !== null) throw new Error(`${where}: expected no training to run, got a call while one does`)
    checkObject(where, params)
    const { k, d = this.d, ...options } = params
    if (k !== undefined) checkSize(where, 'k', k)
    if (d !== this.d) throw new RangeError(`${where}: expected d to stay ${this.d}, got ${describe(d)}; make a new model`)
    this.#options = checkOptions(where, { ...this.#options, ...options })
    this.#k = k ?? this.#k
    return this
  }

  /** Frees what the model holds; it cannot be used afterwards. A training that still runs is stopped, and its promise is rejected. */
  dispose(): void {
    this.#training?.abort()
    this.#state = null
    this.#disposed = true
  }

  /** What a notebook shows for a model: a card in HTML. */
  [JUPYTER_DISPLAY](): Record<string, string> {
    return { 'text/html': modelCard({ d: this.d, k: this.#k, state: this.#state }), 'text/plain': this.#inTextForm() }
  }

  /** What console.log shows for a model: one line. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#inTextForm()
  }

  #inTextForm(): string {
    const { d } = this
    const head = `FastKMeans(d=${d}, k=${this.#k})`
    if (this.#state?.stats === undefined) return this.#state === null ? `${head} not trained` : `${head} from given centroids`
    const { inertia, nIter, stopReason, stats } = this.#state
    return `${head} trained on ${stats.backend}: inertia ${inertia}, ${nIter} iterations, stopped by ${stopReason}`
  }

  async #train(where: string, x: PointsInput, args: TrainOptions): Promise<void> {
    this.#alive(where)
    const { sampleWeight, n, options: given } = trainArguments(where, args)
    if (this.#training !== null)
      throw new Error(`${where}: expected no other training of this model to run, got a second call; await the first`)
    const stop = new AbortController()
    this.#training = stop
    try {
      const options = checkOptions(where, { ...this.#options, ...given }, TRAIN_NAMES)
      const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
      const input = { where, x, n, d: this.d, k: this.#k, sampleWeight, options: { ...options, signal } }
      const { state, error } = await watchTraining(input, trainModel)
      if (this.#disposed) throw new Error(`${where}: expected a live model, got one disposed of during the training`)
      if (state === null) throw error
      this.#state = state
      if (error !== undefined) throw error
    } finally {
      this.#training = null
    }
  }

  #predictInput(where: string, x: PointsInput, args: ScoreOptions, weighted?: boolean): PredictInput {
    const given = predictArguments(where, args, weighted)
    return { where, x, d: this.d, centroids: this.#trained(where.split('.')[1]).centroids, options: this.#options, ...given }
  }

  #alive(where: string): void {
    if (this.#disposed) throw new Error(`${where}: expected a live model, got one that was disposed of`)
  }

  #trained(member: string): State {
    this.#alive(`FastKMeans.${member}`)
    if (this.#state === null) {
      const got = this.#training === null ? 'none; call train or fit first' : 'one whose training still runs; await it first'
      throw new Error(`FastKMeans.${member}: expected a trained model, got ${got}`)
    }
    return this.#state
  }

  #known<Name extends keyof TrainedState>(name: Name, mayBeNull?: false): NonNullable<TrainedState[Name]>
  #known<Name extends keyof TrainedState>(name: Name, mayBeNull: true): TrainedState[Name]
  #known<Name extends keyof TrainedState>(name: Name, mayBeNull = false): TrainedState[Name] {
    const value = this.#trained(name)[name] as TrainedState[Name] | undefined
    if (value === undefined) throw new Error(`FastKMeans.${name}: expected a model that was trained, got one made from centroids`)
    if (value === null && !mayBeNull) throw new Error(`FastKMeans.${name}: there is none: the training was stopped before its first E-step`)
    return value
  }
}
