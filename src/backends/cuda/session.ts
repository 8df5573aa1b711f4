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
import { createEStep, createScreenChoice } from './eStep.js'
import type { EStep } from './eStepTypes.js'
import { leadColumns } from './leads.js'
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
  #eStep: EStep | null = null
  #screenChoice = createScreenChoice()
  #leads: readonly number[] | null = null
  #sums: CudaLimbSums | null = null
  /** Rows, at most, whose label differs from the one they are summed under; and those that the last E-step changed. */
  #moved = 0
  #changed = 0
  #seeding: HostSeeding | null = null

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
    this.#preparation = preparation
    this.#setWeights(preparation.weights)
    this.#context.write(this.#mean, preparation.mean)
    this.#endEStep()
    this.#screenChoice = createScreenChoice()
    this.#leads = null
    this.#sums?.dispose()
    this.#sums = this.#seeding = null
    const sums = this.#statistics.blockSums({ centroids: this.#mean, labels: 0 }, this.#weights)
    // While the device adds up, the E-step takes its memory and packs the points.
    const reserve = this.#panels.resident && this.#panels.each((panel) => this.#eStepOf(panel).reserve(this.#plan.k))
    return (await Promise.all([sums, reserve]))[0]
  }

  async setCentroids(centroids: Float32Array, { keepLabels = false } = {}): Promise<void> {
    if (centroids.length / this.#points.d !== this.#centroids.k) {
      this.#sums?.dispose()
      this.#sums = null
    }
    this.#centroids.set(centroids, keepLabels)
    if (!keepLabels) this.#labelled = false
  }

  assign(options: AssignOptions = {}): Promise<AssignResult> {
    return this.#assign(options)
  }

  /** @param launched see EStepOptions; the labels are in the spare buffer then */
  async #assign({ signal, onProgress }: AssignOptions, launched?: () => Promise<void>): Promise<AssignResult> {
    signal?.throwIfAborted()
    const { n } = this.#points
    const hasPrevious = this.#labelled
    const { precision } = this.#plan
    const { current, k } = this.#centroids
    const result = { changed: 0, rechecked: 0 }
    // The E-step works on a copy: one that is cut off leaves the labels of the last complete one.
    if (hasPrevious) this.#context.copy(this.#spare, this.#labels, 4 * n)
    await this.#panels.each(async (panel) => {
      const { first, rows } = panel
      const eStep = this.#eStepOf(panel)
      const progress = onProgress && ((share: number) => onProgress((first + share * rows) / n))
      const step = { hasPrevious, precision, signal, onProgress: progress, launched }
      const { changed, rechecked } = await eStep.assign(current, k, this.#spare + 4 * first, step)
      result.changed += changed
      result.rechecked += rechecked
      if (!this.#panels.resident) this.#endEStep()
      onProgress?.((first + rows) / n)
    }, signal)
    const before = this.#labels
    this.#labels = this.#spare
    this.#spare = before
    this.#labelled = true
    this.#moved += result.changed
    this.#changed = result.changed
    this.#centroids.label()
    return result
  }

  async sums(): Promise<Limbs> {
    this.#expectLabels()
    return (await this.#followed(this.#labels, this.#moved)).read()
  }

  async update(given?: Limbs): Promise<UpdateResult> {
    this.#expectLabels()
    const sums = await this.#followed(this.#labels, this.#moved)
    sums.launchUpdate(this.#centroids, this.#mean, given)
    return this.#finishUpdate(sums)
  }

  async step(options: AssignOptions = {}): Promise<AssignResult & UpdateResult> {
    if (!this.#panels.resident) return { ...(await this.assign(options)), ...(await this.update()) }
    // The M-step is given to the device without waiting to learn how many labels changed: about half as many as before, as a rule.
    const expected = this.#labelled ? Math.max(1, this.#moved + this.#changed / 2) : this.#points.n
    const assigned = await this.#assign(options, async () => {
      const sums = await this.#followed(this.#spare, expected)
      sums.launchUpdate(this.#centroids, this.#mean)
    })
    this.#moved = 0
    return { ...assigned, ...(await this.#finishUpdate(this.#sums!)) }
  }

  async #finishUpdate(sums: CudaLimbSums): Promise<UpdateResult> {
    const result = await sums.readUpdate()
    this.#centroids.advance()
    return result
  }

  async replace(ids: Uint32Array, rows: Float32Array): Promise<void> {
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

  /** For points that stay, one E-step with what it has prepared; for those that pass, one a panel. */
  #eStepOf({ x, rows }: Panel): EStep {
    this.#eStep ??= createEStep(
      this.#context,
      { x, n: rows, d: this.#points.d, mean: this.#mean, leads: () => this.#leadsOf() },
      this.#screenChoice,
    )
    return this.#eStep
  }

  #leadsOf(): readonly number[] {
    return (this.#leads ??= leadColumns(this.#points, this.#prepared().mean))
  }

  #endEStep(): void {
    this.#eStep?.dispose()
    this.#eStep = null
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
