/** @file The class FastKMeans: the state of a model, and the methods of faiss and scikit-learn over it. */
import { predictArguments, trainArguments, TRAIN_NAMES } from './arguments.js'
import type { Assignment, PredictOptions, ScoreOptions, TrainOptions } from './arguments.js'
import { flatCentroids } from './centroids.js'
import type { CentroidsInput } from './centroids.js'
import { describe } from './describe.js'
import { estimate } from './estimate.js'
import type { Estimate } from './estimate.js'
import { sumInOrder } from './exact.js'
import { checkObject, checkOptions, checkSize } from './options.js'
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

/** What is known of a model: all of a training, or centroids alone. */
type State = Partial<TrainedState> & Pick<TrainedState, 'centroids'>

/**
 * k-means with exact labels on every device. After AnswerDotAI's fastkmeans, faiss's Kmeans and scikit-learn's KMeans.
 *
 * @example
 * const km = new FastKMeans(128, 1024, { niter: 10 })
 * await km.train(x)                    // Float32Array of n·128 values, rows, a tensor, an Arrow column, …
 * const labels = await km.predict(y)
 */
export class FastKMeans {
  /** Columns of the points. */
  readonly d: number
  #k: number
  #options: Options
  #state: State | null = null
  /** Stops the training that runs. */
  #training: AbortController | null = null
  #disposed = false

  /**
   * @param d columns of the points
   * @param k clusters
   * @throws RangeError, TypeError for what cannot be
   */
  constructor(d: number, k: number, options: FastKMeansOptions = {}) {
    checkSize('FastKMeans', 'd', d)
    checkSize('FastKMeans', 'k', k)
    this.d = d
    this.#k = k
    this.#options = checkOptions('FastKMeans', options)
  }

  /** A model that predicts with given centroids (k·d values), without training. */
  static fromCentroids(centroids: CentroidsInput, d: number, options: FastKMeansOptions = {}): FastKMeans {
    const where = 'FastKMeans.fromCentroids'
    checkSize(where, 'd', d)
    const flat = flatCentroids(where, centroids, d)
    const model = new FastKMeans(d, flat.length / d, options)
    model.#state = { centroids: flat }
    return model
  }

  /** Clusters. */
  get k(): number {
    return this.#k
  }

  /** The centroids, k·d float32, row-major. */
  get centroids(): Float32Array {
    return this.#trained('centroids').centroids
  }

  /** n labels of the points trained on (trainRows). */
  get labels(): Int32Array {
    return this.#known('labels')
  }

  /** Σ w·‖x − c‖² over the points trained on, by direct differences in float64. */
  get inertia(): number {
    return this.#known('inertia')
  }

  /** Points of each cluster, k values. */
  get counts(): Uint32Array {
    return this.#known('counts')
  }

  /** Iterations done in the run that was kept. */
  get nIter(): number {
    return this.#known('nIter')
  }

  /** Inertia of each iteration, before its update (faiss's obj). */
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

  /** Rows trained on, ascending, where the points were subsampled; null when it was all of them. */
  get trainRows(): Uint32Array | null {
    return this.#known('trainRows', true)
  }

  /**
   * Trains on n×d points (faiss's name). An abort or a time limit resolves with the best centroids so far and says so in stopReason.
   * @throws RangeError, TypeError for points, weights or options that cannot be; Error for a second training while one runs
   */
  async train(x: PointsInput, options: TrainOptions = {}): Promise<void> {
    await this.#train('FastKMeans.train', x, options)
  }

  /** train, and then the model itself (scikit-learn's name). */
  async fit(x: PointsInput, options: TrainOptions = {}): Promise<this> {
    await this.#train('FastKMeans.fit', x, options)
    return this
  }

  /** The label of each point: the lowest j of the smallest squared distance. */
  async predict(x: PointsInput, options: PredictOptions = {}): Promise<Int32Array> {
    return withLabels(this.#predictInput('FastKMeans.predict', x, options), async (session) => (await session.labels())!)
  }

  /** fit, then the labels of all of x, also where the training took a subsample. */
  async fitPredict(x: PointsInput, options: TrainOptions = {}): Promise<Int32Array> {
    await this.#train('FastKMeans.fitPredict', x, options)
    if (this.trainRows === null && this.#state?.labels) return this.labels.slice()
    const { n, signal } = options
    return withLabels(this.#predictInput('FastKMeans.fitPredict', x, { n, signal }), async (session) => (await session.labels())!)
  }

  /** Labels and squared distances (faiss's assign). */
  async assign(x: PointsInput, options: PredictOptions = {}): Promise<Assignment> {
    return withLabels(this.#predictInput('FastKMeans.assign', x, options), async (session, signal) => ({
      labels: (await session.labels())!,
      sqDistances: await session.sqDistances({ signal }),
    }))
  }

  /** Euclidean distances to all centroids, n·k float64, row-major (scikit-learn's transform). */
  async transform(x: PointsInput, options: PredictOptions = {}): Promise<Float64Array> {
    return distanceTable(this.#predictInput('FastKMeans.transform', x, options))
  }

  /** fit, then transform. */
  async fitTransform(x: PointsInput, options: TrainOptions = {}): Promise<Float64Array> {
    await this.#train('FastKMeans.fitTransform', x, options)
    const { n, signal } = options
    return distanceTable(this.#predictInput('FastKMeans.fitTransform', x, { n, signal }))
  }

  /** The inertia of x, negated (scikit-learn's score). */
  async score(x: PointsInput, options: ScoreOptions = {}): Promise<number> {
    const input = this.#predictInput('FastKMeans.score', x, options, true)
    return withLabels(input, async (session, signal) => 0 - sumInOrder(await session.blockInertia({ signal })))
  }

  /** What training on n points would take on each device, here or not, before any data is touched; the fastest that is here first. */
  async estimate(n: number): Promise<Estimate[]> {
    return estimate('FastKMeans.estimate', this.getParams(), n)
  }

  /** d, k and every option with its value. */
  getParams(): Options & { d: number; k: number } {
    return { d: this.d, k: this.#k, ...this.#options }
  }

  /** Changes options, and k, from the next training on. Takes all that getParams gives; d cannot change. */
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

  /** Forgets the training and frees what it holds; the model cannot be used afterwards. A training that runs is stopped, and rejects. */
  dispose(): void {
    this.#training?.abort()
    this.#state = null
    this.#disposed = true
  }

  /** What a notebook shows: a card. */
  [JUPYTER_DISPLAY](): Record<string, string> {
    return { 'text/html': modelCard({ d: this.d, k: this.#k, state: this.#state }), 'text/plain': this.#inTextForm() }
  }

  /** What console.log shows. */
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
    if (this.#state === null) throw new Error(`FastKMeans.${member}: expected a trained model, got none; call train or fit first`)
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
