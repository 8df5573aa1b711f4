/**
 * @file A session whose points, labels and sums lie on one device. Kernels do what is of size n; what comes back in an iteration is of length k.
 * Every value equals the reference's, bit for bit: the kernels repeat exact.ts operation by operation.
 */
import { gatherRows } from '../../points.js'
import type { Points } from '../../points.js'
import type { AssignOptions, AssignResult, ColumnStats, Limbs, Plan, Preparation, Session, UpdateResult } from '../backend.js'
import { farthestOf } from '../farthest.js'
import type { HostSeeding } from '../hostSeeding.js'
import type { Pointer } from './api.js'
import { centroidStore } from './centroidStore.js'
import type { CentroidStore } from './centroidStore.js'
import { CudaContext } from './context.js'
import type { Device } from './driver.js'
import { createEStepQueue } from './eStepQueue.js'
import type { EStepInput, EStepQueue } from './eStepQueue.js'
import type { GivenEStep } from './eStepTypes.js'
import { leadColumns } from './leads.js'
import { openGrowingLanding } from './landing.js'
import type { GrowingLanding } from './landing.js'
import { cudaLimbSums } from './limbSums.js'
import type { CudaLimbSums } from './limbSums.js'
import { openPanels } from './panels.js'
import type { Panel, Panels } from './panels.js'
import { cudaSeeding } from './seeding.js'
import { rowStatistics } from './statistics.js'
import type { RowStatistics } from './statistics.js'

export class CudaSession implements Session {
  readonly #points: Points
  readonly #plan: Plan
  readonly #context: CudaContext
  readonly #panels: Panels
  readonly #statistics: RowStatistics
  readonly #centroids: CentroidStore
  #preparation: Preparation | null = null
  /** d float32. */
  #mean: Pointer = 0
  /** n float64, or 0. */
  #weights: Pointer = 0
  #weightsThere: Float64Array | undefined
  /** Two buffers of n int32, the first of which is filled where there is a `labelled` E-step. */
  #labels: Pointer = 0
  #spare: Pointer = 0
  #labelled = false
  #eSteps: EStepQueue
  #sums: CudaLimbSums | null = null
  /** Rows, at most, whose label differs from the one they are summed under; and those that the last E-step changed. */
  #moved = 0
  #changed = 0
  #seeding: HostSeeding | null = null
  /** Where an iteration's counters and results land. */
  readonly #landing: GrowingLanding

  constructor(device: Device, points: Points, plan: Plan) {
    this.#points = points
    this.#plan = plan
    this.#context = new CudaContext(device)
    try {
      this.#panels = openPanels(this.#context, points, plan)
      this.#statistics = rowStatistics(this.#context, this.#panels, points)
      this.#centroids = centroidStore(this.#context, points.d)
      this.#mean = this.#context.alloc(4 * points.d, 'the mean')
      this.#labels = this.#context.alloc(4 * points.n, 'labels')
      this.#spare = this.#context.alloc(4 * points.n, 'labels')
      this.#eSteps = this.#newQueue()
      this.#landing = openGrowingLanding(this.#context)
    } catch (error) {
      this.#context.dispose()
      throw error
    }
  }

  /** Most bytes of device memory held so far. */
  get deviceBytes(): number {
    return this.#context.peakBytes
  }

  async columnStats(weights?: Float64Array, { signal }: { signal?: AbortSignal } = {}): Promise<ColumnStats> {
    this.#setWeights(weights)
    return this.#statistics.columnStats(this.#weights, signal)
  }

  async prepare(preparation: Preparation): Promise<Float64Array> {
    this.#eSteps.end()
    this.#eSteps = this.#newQueue()
    this.#preparation = preparation
    this.#setWeights(preparation.weights)
    this.#context.write(this.#mean, preparation.mean)
    this.#sums?.dispose()
    this.#sums = this.#seeding = null
    const sums = this.#statistics.blockSums({ centroids: this.#mean, labels: 0 }, this.#weights)
    // While the device adds up, the E-step takes its memory and packs the points.
    const reserve = this.#panels.resident && this.#panels.each((panel) => this.#eSteps.reserve(panel, this.#plan.k))
    return (await Promise.all([sums, reserve]))[0]
  }

  async setCentroids(centroids: Float32Array, { keepLabels = false } = {}): Promise<void> {
    this.#eSteps.withdraw()
    if (centroids.length / this.#points.d !== this.#centroids.k) {
      this.#sums?.dispose()
      this.#sums = null
    }
    this.#centroids.set(centroids, keepLabels)
    if (!keepLabels) this.#labelled = false
  }

  async assign(options: AssignOptions = {}): Promise<AssignResult> {
    const { signal, onProgress } = options
    signal?.throwIfAborted()
    const { n } = this.#points
    const result = { changed: 0, rechecked: 0 }
    await this.#panels.each(async (panel) => {
      try {
        const given = await this.#give(panel, options)
        const { changed, rechecked } = given.done(await this.#landing.fetched(given.counters))
        result.changed += changed
        result.rechecked += rechecked
      } catch (error) {
        this.#eSteps.drop()
        throw error
      } finally {
        if (!this.#panels.resident) this.#eSteps.end()
      }
      onProgress?.((panel.first + panel.rows) / n)
    }, signal)
    this.#complete()
    this.#moved += result.changed
    this.#changed = result.changed
    return result
  }

  async sums(): Promise<Limbs> {
    this.#expectLabels()
    return (await this.#followed(this.#labels, this.#moved)).read()
  }

  async update(given?: Limbs): Promise<UpdateResult> {
    this.#expectLabels()
    this.#eSteps.withdraw()
    const sums = await this.#followed(this.#labels, this.#moved)
    sums.launchUpdate(this.#centroids, this.#mean, given)
    const result = sums.found(await this.#landing.fetched(sums.results), 0)
    this.#centroids.advance()
    return result
  }

  /** Where the points stay on the device, it goes on from E-step to M-step to the next E-step, and what it found is read meanwhile. */
  async step(options: AssignOptions = {}): Promise<AssignResult & UpdateResult> {
    if (!this.#panels.resident) return { ...(await this.assign(options)), ...(await this.update()) }
    options.signal?.throwIfAborted()
    // How many labels change is not known yet: about half as many as before, as a rule.
    const expected = this.#labelled ? Math.max(1, this.#moved + this.#changed / 2) : this.#points.n
    let result!: AssignResult & UpdateResult
    await this.#panels.each(async (panel) => {
      const given = await this.#give(panel, options)
      let sums: CudaLimbSums
      try {
        sums = await this.#followed(this.#spare, expected)
        sums.launchUpdate(this.#centroids, this.#mean)
      } catch (error) {
        this.#eSteps.drop()
        throw error
      }
      this.#complete()
      this.#centroids.advance()
      const fetched = this.#landing.fetched(given.counters, sums.results)
      this.#eSteps.giveAhead(panel, this.#eStepInput(panel))
      const found = await fetched
      result = { ...given.done(found), ...sums.found(found, given.counters[1]) }
    }, options.signal)
    this.#moved = 0
    this.#changed = result.changed
    return result
  }

  async replace(ids: Uint32Array, rows: Float32Array): Promise<void> {
    this.#eSteps.withdraw({ again: true })
    this.#centroids.replace(ids, rows)
  }

  async rows(ids: Uint32Array): Promise<Float32Array> {
    return gatherRows(this.#points, ids)
  }

  async farthest(m: number): Promise<{ rows: Uint32Array; sqDistances: Float64Array }> {
    return farthestOf(await this.sqDistances(), m)
  }

  sqDistances(): Promise<Float64Array> {
    return this.#statistics.distances(this.#own())
  }

  blockInertia(): Promise<Float64Array> {
    return this.#statistics.blockSums(this.#own(), this.#weights)
  }

  async centroids(which: 'current' | 'labelled' = 'current', ids?: Uint32Array): Promise<Float32Array> {
    return this.#centroids.read(which, ids)
  }

  async labels(): Promise<Int32Array | null> {
    return this.#labelled ? this.#context.read(new Int32Array(this.#points.n), this.#labels) : null
  }

  async labelCounts(): Promise<Uint32Array> {
    return this.#statistics.labelCounts(this.#own().labels, this.#centroids.k)
  }

  async seedWith(centers: Float32Array, options: { anew?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    return this.#seeds().seedWith(centers, options)
  }

  async potentials(candidates: Float32Array, exponent: number, options: { signal?: AbortSignal } = {}): Promise<Float64Array> {
    return this.#seeds().potentials(candidates, exponent, options)
  }

  async pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array> {
    return this.#seeds().pick(uniforms, exponent)
  }

  dispose(): void {
    this.#context.dispose()
  }

  /** The labels' centroids, and labels, for distances of rows to their own. */
  #own(): { centroids: Pointer; labels: Pointer } {
    this.#expectLabels()
    return { centroids: this.#centroids.labelled, labels: this.#labels }
  }

  #expectLabels(): void {
    if (!this.#labelled) throw new Error('Session: expected an E-step (assign) before, got none')
  }

  #prepared(): Preparation {
    if (this.#preparation === null) throw new Error('Session: expected prepare before, got none')
    return this.#preparation
  }

  #setWeights(weights: Float64Array | undefined): void {
    if (weights === this.#weightsThere) return
    this.#weightsThere = weights
    if (weights === undefined) {
      this.#context.free(this.#weights)
      this.#weights = 0
      return
    }
    this.#weights ||= this.#context.alloc(8 * this.#points.n, 'weights')
    this.#context.write(this.#weights, weights)
  }

  /** For one preparation of the points. */
  #newQueue(): EStepQueue {
    let leads: readonly number[] | undefined
    const leadsOf = (): readonly number[] => (leads ??= leadColumns(this.#points, this.#prepared().mean))
    return createEStepQueue(this.#context, { d: this.#points.d, mean: this.#mean, leads: leadsOf })
  }

  /** Gives the device the E-step of a panel: labels go to the spare buffer, so that one that is cut off leaves the last ones. */
  #give(panel: Panel, { signal, onProgress }: AssignOptions): Promise<GivenEStep> {
    const progress = onProgress && ((share: number) => onProgress((panel.first + share * panel.rows) / this.#points.n))
    return this.#eSteps.give(panel, this.#eStepInput(panel), { signal, onProgress: progress })
  }

  #eStepInput({ first }: Panel): EStepInput {
    const { current, k } = this.#centroids
    const labels = { before: this.#labels + 4 * first, after: this.#spare + 4 * first }
    return { centroids: current, k, labels, hasPrevious: this.#labelled }
  }

  /** What the spare buffer holds are the labels now, and those of the current centroids. */
  #complete(): void {
    const before = this.#labels
    this.#labels = this.#spare
    this.#spare = before
    this.#labelled = true
    this.#centroids.label()
  }

  /** The sums, brought to labels of which about so many changed. */
  async #followed(labels: Pointer, moved: number): Promise<CudaLimbSums> {
    this.#sums ??= cudaLimbSums(this.#context, this.#points.n, this.#centroids.k, this.#prepared())
    await this.#sums.follow(this.#panels, labels, this.#weights, moved)
    this.#moved = 0
    return this.#sums
  }

  #seeds(): HostSeeding {
    this.#prepared()
    this.#seeding ??= cudaSeeding(this.#context, this.#panels, this.#points, this.#weights)
    return this.#seeding
  }
}
