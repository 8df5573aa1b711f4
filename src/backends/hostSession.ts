/**
 * @file The base class of sessions whose points lie in JavaScript's memory: everything but the E-step, written with src/exact.ts. A backend
 * extends it by assignLabels, and overrides what it can do faster.
 */
import { clusterWeight, ROW_BLOCK, sqDistance, updateCluster } from '../exact.js'
import { pace } from '../pace.js'
import { gatherRows, rowsOf } from '../points.js'
import type { Points } from '../points.js'
import type { AssignOptions, AssignResult, ColumnStats, Limbs, Plan, Preparation, Session, UpdateResult } from './backend.js'
import { farthestOf } from './farthest.js'
import { hostSeeding } from './hostSeeding.js'
import type { HostSeeding, SeedScreen } from './hostSeeding.js'
import { limbSums } from './limbSums.js'
import type { LimbSums } from './limbSums.js'

/** Number of values visited before the clock is read again. */
const GRAIN = 65_536

type Abortable = Pick<AssignOptions, 'signal'>

/** A session with everything but the E-step, which a subclass adds as assignLabels. */
export abstract class HostSession implements Session {
  protected readonly points: Points
  protected readonly plan: Plan
  protected preparation!: Preparation
  /** The current centroids, k·d. */
  protected current = new Float32Array(0)
  /** The centroids that the labels belong to. */
  #labelled: Float32Array | null = null
  #labels: Int32Array | null = null
  /** The labels of the E-step before the last one: memory that the next E-step writes to. */
  #spare: Int32Array | null = null
  #sums: LimbSums | null = null
  #seeding: HostSeeding | null = null

  constructor(points: Points, plan: Plan) {
    this.points = points
    this.plan = plan
  }

  /**
   * The E-step alone: writes the label of every row for the current centroids. Must yield to the event loop and heed the signal.
   * @param labels OUT n labels
   * @param previous IN labels of the E-step before, as a first guess; they belong to other centroids
   * @returns how many rows the fast pass could not prove; and how many labels differ from `previous`, if that is known
   */
  protected abstract assignLabels(
    labels: Int32Array,
    previous: Int32Array | null,
    options: AssignOptions,
  ): Promise<Pick<AssignResult, 'rechecked'> & Partial<AssignResult>>

  async columnStats(weights?: Float64Array, { signal }: Abortable = {}): Promise<ColumnStats> {
    const { d } = this.points
    const max = new Float64Array(d)
    let nonFinite: ColumnStats['nonFinite']
    await this.eachRow((x, xAt, row) => {
      const weight = weights === undefined ? 1 : weights[row]
      for (let t = 0; t < d; t++) {
        const value = x[xAt + t]
        if (value - value !== 0) nonFinite ??= { row, column: t, value }
        const size = Math.abs(weight * value)
        if (size > max[t]) max[t] = size
      }
    }, signal)
    return { max, nonFinite }
  }

  async prepare(preparation: Preparation, { signal }: Abortable = {}): Promise<Float64Array> {
    this.preparation = preparation
    this.#sums = null
    const { d } = this.points
    const { mean } = preparation
    return this.#blockSums((x, xAt) => sqDistance(x, xAt, mean, 0, d), signal)
  }

  async setCentroids(centroids: Float32Array, { keepLabels = false } = {}): Promise<void> {
    if (centroids.length !== this.current.length) this.#sums = null
    this.current = new Float32Array(centroids)
    if (keepLabels) this.#labelled = this.current
    else this.#labels = this.#labelled = null
  }

  async assign(options: AssignOptions = {}): Promise<AssignResult> {
    options.signal?.throwIfAborted()
    const { n } = this.points
    const next = this.#spare ?? new Int32Array(n)
    this.#spare = next
    const before = this.#labels
    const { rechecked, changed = changedLabels(before, next) } = await this.assignLabels(next, before, options)
    options.signal?.throwIfAborted()
    this.#spare = before
    this.#labels = next
    this.#labelled = this.current
    return { changed, rechecked }
  }

  async sums({ signal }: Abortable = {}): Promise<Limbs> {
    const k = this.current.length / this.points.d
    this.#sums ??= limbSums(this.points, k, this.preparation)
    await this.#sums.follow(this.labelsNow(), pace(signal))
    return this.#sums
  }

  async update(given?: Limbs, options: Abortable = {}): Promise<UpdateResult> {
    const { hi, lo, counts, countsLow } = given ?? (await this.sums(options))
    const { d } = this.points
    const k = counts.length
    const { scales, mean, weights, spherical } = this.preparation
    const next = new Float32Array(k * d)
    const shifts = new Float64Array(k)
    const terms = new Float64Array(k)
    const weighted = weights !== undefined
    for (let j = 0; j < k; j++) {
      const sums = { hi, lo, count: counts[j], countLow: countsLow[j], at: j * d }
      const { shift, term } = updateCluster(sums, this.current, next, { scales, mean, weighted, spherical })
      shifts[j] = shift
      terms[j] = term
    }
    this.current = next
    return { counts: counts.map((count, j) => clusterWeight(count, countsLow[j], scales.bits, weighted)), shifts, terms }
  }

  async step(options: AssignOptions = {}): Promise<AssignResult & UpdateResult> {
    const assigned = await this.assign(options)
    return { ...assigned, ...(await this.update(undefined, options)) }
  }

  async replace(ids: Uint32Array, rows: Float32Array): Promise<void> {
    const { d } = this.points
    if (this.current === this.#labelled) this.current = this.current.slice()
    ids.forEach((j, i) => this.current.set(rows.subarray(i * d, (i + 1) * d), j * d))
  }

  async rows(ids: Uint32Array): Promise<Float32Array> {
    return gatherRows(this.points, ids)
  }

  async farthest(m: number): Promise<{ rows: Uint32Array; sqDistances: Float64Array }> {
    return farthestOf(await this.sqDistances(), m)
  }

  async sqDistances({ signal }: Abortable = {}): Promise<Float64Array> {
    const distances = new Float64Array(this.points.n)
    await this.eachRow((x, xAt, i) => {
      distances[i] = this.#ownDistance(x, xAt, i)
    }, signal)
    return distances
  }

  async distances({ signal, onProgress }: AssignOptions = {}): Promise<Float64Array> {
    const { n, d } = this.points
    const k = this.current.length / d
    const table = new Float64Array(n * k)
    const clock = pace(signal)
    for (let i = 0; i < n; i++) {
      if (clock.due()) {
        onProgress?.(i / n)
        await clock.rest()
      }
      const x = rowsOf(this.points, i, i + 1)
      for (let j = 0; j < k; j++) table[i * k + j] = Math.sqrt(sqDistance(x, 0, this.current, j * d, d))
    }
    return table
  }

  blockInertia({ signal }: Abortable = {}): Promise<Float64Array> {
    return this.#blockSums((x, xAt, i) => this.#ownDistance(x, xAt, i), signal)
  }

  async centroids(which: 'current' | 'labelled' = 'current', ids?: Uint32Array): Promise<Float32Array> {
    const all = which === 'current' ? this.current : (this.#labelled ?? this.current)
    const { d } = this.points
    return ids === undefined ? all.slice() : gatherRows({ blocks: [all], n: all.length / d, d }, ids)
  }

  async labels(): Promise<Int32Array | null> {
    return this.#labels?.slice() ?? null
  }

  seedWith(centers: Float32Array, options: { anew?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    return this.#seeds().seedWith(centers, options)
  }

  potentials(candidates: Float32Array, exponent: number, options: { signal?: AbortSignal } = {}): Promise<Float64Array> {
    return this.#seeds().potentials(candidates, exponent, options)
  }

  pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array> {
    return this.#seeds().pick(uniforms, exponent)
  }

  dispose(): void {
    this.#labels = this.#labelled = this.#spare = this.#sums = this.#seeding = null
    this.current = new Float32Array(0)
  }

  /** Calls `visit` for every row, in order, and lets the event loop run in between. The row's values are the d values of x from xAt on. */
  protected async eachRow(visit: (x: Float32Array, xAt: number, row: number) => void, signal?: AbortSignal): Promise<void> {
    const { n, d } = this.points
    const clock = pace(signal)
    const grain = Math.max(1, Math.floor(GRAIN / d))
    for (let start = 0; start < n; start += grain) {
      if (clock.due()) await clock.rest()
      const end = Math.min(n, start + grain)
      const x = rowsOf(this.points, start, end)
      for (let i = start; i < end; i++) visit(x, (i - start) * d, i)
    }
  }

  /** Lower bounds by which k-means++ computes fewer distances; undefined where a backend has none. */
  protected seedScreen(): SeedScreen | undefined {
    return undefined
  }

  protected labelsNow(): Int32Array {
    if (this.#labels === null) throw new Error('Session: expected an E-step (assign) before, got none')
    return this.#labels
  }

  #seeds(): HostSeeding {
    this.#seeding ??= hostSeeding(this.points, this.preparation, this.seedScreen())
    return this.#seeding
  }

  #ownDistance(x: Float32Array, xAt: number, row: number): number {
    const { d } = this.points
    return sqDistance(x, xAt, this.#labelled!, this.#labels![row] * d, d)
  }

  /** The sum of w·value of each ROW_BLOCK rows, in order. */
  async #blockSums(value: (x: Float32Array, xAt: number, row: number) => number, signal?: AbortSignal): Promise<Float64Array> {
    const { weights } = this.preparation
    const blocks = new Float64Array(Math.ceil(this.points.n / ROW_BLOCK))
    await this.eachRow((x, xAt, row) => {
      const own = value(x, xAt, row)
      blocks[Math.floor(row / ROW_BLOCK)] += weights === undefined ? own : weights[row] * own
    }, signal)
    return blocks
  }
}

function changedLabels(before: Int32Array | null, next: Int32Array): number {
  let changed = 0
  for (let i = 0; i < next.length; i++) if (before?.[i] !== next[i]) changed++
  return changed
}
