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
import { eStepModules } from './eStep.js'
import { loadModules } from './kernel.js'
import { cudaLimbSums } from './limbSums.js'
import type { CudaLimbSums } from './limbSums.js'
import { panelESteps } from './panelESteps.js'
import { openPanels } from './panels.js'
import type { Panel, Panels } from './panels.js'
import { cudaSeeding } from './seeding.js'
import { rowStatistics } from './statistics.js'
import type { RowStatistics } from './statistics.js'

const SUMS_MODULES = ['sums', 'update'] as const

export class CudaSession implements Session {
  readonly #points: Points
  readonly #plan: Plan
  readonly #context: CudaContext
  readonly #panels: Panels
  readonly #statistics: RowStatistics
  readonly #centroids: CentroidStore
  readonly #eSteps: ReturnType<typeof panelESteps>
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
  #sums: CudaLimbSums | null = null
  /** Rows, at most, whose label differs from the one they are summed under; and those that the last E-step changed. */
  #moved = 0
  #changed = 0
  #seeding: HostSeeding | null = null

  /** With the modules that a training needs: while they are translated, other calls would wait for it, and the event loop with them. */
  static async open(device: Device, points: Points, plan: Plan): Promise<CudaSession> {
    const { n, d } = points
    await loadModules(device, ['stats', ...eStepModules(device.info, { n, d, leads: () => [] }, plan.k), ...SUMS_MODULES])
    return new CudaSession(device, points, plan)
  }

  private constructor(device: Device, points: Points, plan: Plan) {
    this.#points = points
    this.#plan = plan
    this.#context = new CudaContext(device)
    try {
      this.#panels = openPanels(this.#context, points, plan)
      this.#statistics = rowStatistics(this.#context, this.#panels, points)
      this.#centroids = centroidStore(this.#context, points.d)
      this.#mean = this.#context.alloc(4 * points.d, 'the mean')
      this.#eSteps = panelESteps(this.#context, this.#panels, points, this.#mean)
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
    this.#eSteps.restart(preparation.mean)
    this.#sums?.dispose()
    this.#sums = this.#seeding = null
    await this.#eSteps.load(this.#plan.k)
    const sums = this.#statistics.blockSums({ centroids: this.#mean, labels: 0 }, this.#weights)
    // While the device adds up, the E-step takes its memory.
    const reserve = this.#panels.resident && this.#panels.each((panel) => this.#eSteps.of(panel).reserve(this.#plan.k))
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

  /** @param launched see EStepOptions; for every panel, whose labels are in the spare buffer then */
  async #assign({ signal, onProgress }: AssignOptions, launched?: (panel: Panel) => void): Promise<AssignResult> {
    signal?.throwIfAborted()
    const { n } = this.#points
    const hasPrevious = this.#labelled
    const { precision } = this.#plan
    const { current, k } = this.#centroids
    const result = { changed: 0, rechecked: 0 }
    let done = 0
    this.#eSteps.begin()
    // The E-step works on a copy: one that is cut off leaves the labels of the last complete one.
    if (hasPrevious) this.#context.copy(this.#spare, this.#labels, 4 * n)
    await this.#panels.each(async (panel) => {
      const { first, rows } = panel
      const eStep = this.#eSteps.of(panel)
      const progress = onProgress && ((share: number) => onProgress((done + share * rows) / n))
      const step = { hasPrevious, precision, signal, onProgress: progress, launched: launched && (() => launched(panel)) }
      const { changed, rechecked } = await eStep.assign(current, k, this.#spare + 4 * first, step)
      result.changed += changed
      result.rechecked += rechecked
      this.#eSteps.endPanel()
      done += rows
      onProgress?.(done / n)
    }, signal)
    this.#eSteps.end(current, k)
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
    return (await this.#followed()).read()
  }

  async update(given?: Limbs): Promise<UpdateResult> {
    const sums = await this.#followed()
    sums.launchUpdate(this.#centroids, this.#mean, given && sums.write(given))
    return this.#finishUpdate(sums)
  }

  /** update() of several sessions of shares of the points, on their devices: the first computes the centroids, the others take them. */
  static async updateAll(sessions: readonly CudaSession[]): Promise<UpdateResult> {
    const [sums, ...others] = await Promise.all(sessions.map((session) => session.#followed()))
    const [first, ...rest] = sessions
    sums.launchUpdate(first.#centroids, first.#mean, sums.together(others))
    for (const session of rest) session.#centroids.take(first.#context, first.#centroids.following)
    const result = await first.#finishUpdate(sums)
    for (const session of rest) {
      await session.#context.finished()
      session.#centroids.advance()
    }
    return result
  }

  async step(options: AssignOptions = {}): Promise<AssignResult & UpdateResult> {
    // The M-step is given to the device without waiting to learn how many labels changed: about half as many as before, as a rule.
    const expected = this.#labelled ? Math.max(1, this.#moved + this.#changed / 2) : this.#points.n
    const { resident } = this.#panels
    const sums = await this.#sumsThere()
    let bring: ReturnType<CudaLimbSums['follow']>
    const assigned = await this.#assign(options, (panel) => {
      bring ??= sums.follow(this.#spare, this.#weights, expected)
      bring?.(panel)
      if (resident) sums.launchUpdate(this.#centroids, this.#mean)
    })
    if (!resident) sums.launchUpdate(this.#centroids, this.#mean)
    this.#moved = 0
    return { ...assigned, ...(await this.#finishUpdate(sums)) }
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

  async seedWith(centers: Float32Array, options: { anew?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    return (await this.#seeds()).seedWith(centers, options)
  }

  async potentials(candidates: Float32Array, exponent: number, options: { signal?: AbortSignal } = {}): Promise<Float64Array> {
    return (await this.#seeds()).potentials(candidates, exponent, options)
  }

  async pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array> {
    return (await this.#seeds()).pick(uniforms, exponent)
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

  async #sumsThere(): Promise<CudaLimbSums> {
    await this.#context.load(SUMS_MODULES)
    this.#sums ??= cudaLimbSums(this.#context, this.#points.n, this.#centroids.k, this.#prepared())
    return this.#sums
  }

  /** The sums, brought to the labels. */
  async #followed(): Promise<CudaLimbSums> {
    this.#expectLabels()
    const sums = await this.#sumsThere()
    const bring = sums.follow(this.#labels, this.#weights, this.#moved)
    if (bring !== undefined) await this.#panels.each(bring)
    this.#moved = 0
    return sums
  }

  async #seeds(): Promise<HostSeeding> {
    this.#prepared()
    await this.#context.load(['seeding'])
    this.#seeding ??= cudaSeeding(this.#context, this.#panels, this.#points, this.#weights)
    return this.#seeding
  }
}
