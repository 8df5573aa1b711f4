/**
 * @file A session whose points, labels and sums lie on one device. Kernels do what is of size n; what comes back in an iteration is of length k.
 * Every value equals the reference's, bit for bit: the kernels repeat exact.ts operation by operation.
 */
import { gatherRows } from '../../points.js'
import type { Points } from '../../points.js'
import type { AssignOptions, AssignResult, ColumnStats, Limbs, Plan, Preparation, Session, UpdateResult } from '../backend.js'
import { farthestOf } from '../farthest.js'
import type { HostSeeding } from '../hostSeeding.js'
import type { Pointer } from './driver/api.js'
import { centroidStore } from './mStep/centroidStore.js'
import type { CentroidStore } from './mStep/centroidStore.js'
import { CudaContext } from './context/context.js'
import type { Device } from './driver/driver.js'
import { createEStepQueue } from './eStep/eStepQueue.js'
import type { EStepInput, EStepQueue } from './eStep/eStepQueue.js'
import type { GivenEStep } from './eStep/eStepTypes.js'
import { loadModules } from './driver/kernel.js'
import { leadColumns } from './points/leads.js'
import { openGrowingLanding } from './context/landing.js'
import type { GrowingLanding } from './context/landing.js'
import { createMStep } from './mStep/mStep.js'
import type { MStep } from './mStep/mStep.js'
import { openPanels } from './points/panels.js'
import type { Panel, Panels } from './points/panels.js'
import { cudaSeeding } from './points/seeding.js'
import { rowWeights } from './points/rowWeights.js'
import { rowStatistics } from './points/statistics.js'
import type { RowStatistics } from './points/statistics.js'

/** Points on one device, resident or passing through it in panels. What fails rejects with what was expected; dispose() frees all of it, also after a fault. */
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
  readonly #weights: ReturnType<typeof rowWeights>
  /** Two buffers of n int32, the first of which is filled where there is a `labelled` E-step. */
  #labels: Pointer = 0
  #spare: Pointer = 0
  #labelled = false
  #eSteps: EStepQueue
  readonly #mStep: MStep
  /** Rows, at most, whose label differs from the one they are summed under; and those that the last E-step changed. */
  #moved = 0
  #changed = 0
  #seeding: HostSeeding | null = null
  /** Where an iteration's counters and results land. */
  readonly #landing: GrowingLanding

  /** The device has the modules that a training needs (cuda.ts). */
  constructor(device: Device, points: Points, plan: Plan) {
    const { n, d } = points
    this.#points = points
    this.#plan = plan
    const context = (this.#context = new CudaContext(device))
    try {
      const panels = (this.#panels = openPanels(context, points, plan))
      const centroids = (this.#centroids = centroidStore(context, d))
      const landing = (this.#landing = openGrowingLanding(context))
      const mean = (this.#mean = context.alloc(4 * d, 'the mean'))
      this.#statistics = rowStatistics(context, panels, points)
      this.#weights = rowWeights(context, n)
      this.#labels = context.alloc(4 * n, 'labels')
      this.#spare = context.alloc(4 * n, 'labels')
      this.#eSteps = this.#newQueue()
      this.#mStep = createMStep({ context, panels, n, mean, centroids, landing, prepared: () => this.#prepared() })
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
    this.#weights.set(weights)
    return this.#statistics.columnStats(this.#weights.at, signal)
  }

  async prepare(preparation: Preparation): Promise<Float64Array> {
    this.#eSteps.end()
    this.#eSteps = this.#newQueue()
    this.#preparation = preparation
    this.#weights.set(preparation.weights)
    this.#context.write(this.#mean, preparation.mean)
    this.#mStep.restart()
    this.#seeding = null
    await this.#eSteps.load(this.#plan.k)
    const sums = this.#statistics.blockSums({ centroids: this.#mean, labels: 0 }, this.#weights.at)
    // While the device adds up, the E-step takes its memory and packs the points.
    const reserve = this.#panels.resident && this.#panels.each((panel) => this.#eSteps.reserve(panel, this.#plan.k))
    return (await Promise.all([sums, reserve]))[0]
  }

  async setCentroids(centroids: Float32Array, { keepLabels = false } = {}): Promise<void> {
    await this.#eSteps.withdraw()
    if (centroids.length / this.#points.d !== this.#centroids.k) this.#mStep.restart()
    this.#centroids.set(centroids, keepLabels)
    if (!keepLabels) this.#labelled = false
  }

  /** @param given called when the device has been given all of a panel's E-step; its labels will be in the spare buffer */
  async assign(options: AssignOptions = {}, given?: (panel: Panel) => void): Promise<AssignResult> {
    options.signal?.throwIfAborted()
    const { n } = this.#points
    const result = { changed: 0, rechecked: 0 }
    let done = 0
    this.#eSteps.begin()
    await this.#panels.each(async (panel) => {
      try {
        const step = await this.#give(panel, options, done)
        given?.(panel)
        const { changed, rechecked } = step.done(await this.#landing.fetched(step.counters))
        result.changed += changed
        result.rechecked += rechecked
      } catch (error) {
        this.#eSteps.drop()
        throw error
      } finally {
        this.#eSteps.endPanel()
      }
      done += panel.rows
      options.onProgress?.(done / n)
    }, options.signal)
    this.#eSteps.complete(this.#centroids.k)
    this.#complete()
    this.#moved += result.changed
    this.#changed = result.changed
    return result
  }

  async sums(): Promise<Limbs> {
    return (await this.mStep()).sums().read()
  }

  async update(given?: Limbs): Promise<UpdateResult> {
    await this.#eSteps.withdraw()
    const step = await this.mStep()
    step.launch(given)
    return step.updated()
  }

  /** The M-step, with sums that follow the labels: for updateTogether. */
  async mStep(): Promise<MStep> {
    this.#expectLabels()
    await this.#mStep.followed(this.#labels, this.#weights.at, this.#moved)
    this.#moved = 0
    return this.#mStep
  }

  /** Where the points stay on the device, it goes on from E-step to M-step to the next E-step, and what it found is read meanwhile. */
  async step(options: AssignOptions = {}): Promise<AssignResult & UpdateResult> {
    options.signal?.throwIfAborted()
    // How many labels change is not known yet: about half as many as before, as a rule.
    const expected = this.#labelled ? Math.max(1, this.#moved + this.#changed / 2) : this.#points.n
    if (!this.#panels.resident) return this.#stepInPanels(options, expected)
    let result!: AssignResult & UpdateResult
    await this.#panels.each(async (panel) => {
      const given = await this.#give(panel, options, 0)
      try {
        await this.#mStep.followed(this.#spare, this.#weights.at, expected)
        this.#mStep.launch()
      } catch (error) {
        this.#eSteps.drop()
        throw error
      }
      this.#complete()
      this.#centroids.advance()
      const sums = this.#mStep.sums()
      const fetched = this.#landing.fetched(given.counters, sums.results)
      this.#eSteps.giveAhead(panel, this.#eStepInput(panel))
      const found = await fetched
      result = { ...given.done(found), ...sums.found(found, given.counters[1]) }
    }, options.signal)
    this.#moved = 0
    this.#changed = result.changed
    return result
  }

  /** The sums follow in the pass that labels: points come to the device once. */
  async #stepInPanels(options: AssignOptions, expected: number): Promise<AssignResult & UpdateResult> {
    let bring: ReturnType<MStep['follow']>
    const assigned = await this.assign(options, (panel) => {
      bring ??= this.#mStep.follow(this.#spare, this.#weights.at, expected)
      bring?.(panel)
    })
    this.#moved = 0
    this.#mStep.launch()
    return { ...assigned, ...(await this.#mStep.updated()) }
  }

  async replace(ids: Uint32Array, rows: Float32Array): Promise<void> {
    await this.#eSteps.withdraw({ again: true })
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
    return this.#statistics.blockSums(this.#own(), this.#weights.at)
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

  /** For one preparation of the points. */
  #newQueue(): EStepQueue {
    let leads: readonly number[] | undefined
    const leadsOf = (): readonly number[] => (leads ??= leadColumns(this.#points, this.#prepared().mean))
    const { n, d } = this.#points
    return createEStepQueue(this.#context, { n, d, mean: this.#mean, leads: leadsOf }, this.#panels)
  }

  /** Gives the device the E-step of a panel: labels go to the spare buffer, so that one that is cut off leaves the last ones. @param done rows before */
  #give(panel: Panel, { signal, onProgress }: AssignOptions, done: number): Promise<GivenEStep> {
    const progress = onProgress && ((share: number) => onProgress((done + share * panel.rows) / this.#points.n))
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

  async #seeds(): Promise<HostSeeding> {
    this.#prepared()
    await loadModules(this.#context.device, ['seeding'])
    this.#seeding ??= cudaSeeding(this.#context, this.#panels, this.#points, this.#weights.at)
    return this.#seeding
  }
}
