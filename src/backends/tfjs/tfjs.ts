/**
 * @file The tfjs backend: double-chunked ops (data × centroids) on any tf backend. One matrix product gives upper bounds of the scores
 * s = x·c − ½‖c‖²; rows where only one centroid can win have their label, the others are finished on the host by the definition, so
 * labels are exact whatever the device (bound.ts holds the proof). Sums are those of HostSession.
 */
import { pace } from '../../pace.js'
import type { Pace } from '../../pace.js'
import { rowsOf } from '../../points.js'
import type { Points } from '../../points.js'
import type { AssignOptions, Backend, Plan, Preparation } from '../backend.js'
import type { SeedScreen } from '../hostSeeding.js'
import { HostSession } from '../hostSession.js'
import { chunksOf } from './chunks.js'
import type { Chunks } from './chunks.js'
import { finishDirectly, finishScreened } from './finish.js'
import { findTfjsNode } from './load.js'
import type { TfjsNode } from './load.js'
import { packCentroids, packingOf, packRows } from './pack.js'
import type { Packing } from './pack.js'
import { activeTfBackend, openRuntime } from './runtime.js'
import type { TfjsRuntime } from './runtime.js'
import { bestOfChunk, FIELDS, free, paddedColumns, PROVED, uploadCentroids, uploadRows } from './scores.js'
import type { DeviceCentroids, DeviceRows } from './scores.js'
import { seedBounds } from './seeding.js'
import type { Unit } from './seeding.js'

export type { TfjsNode } from './load.js'

/**
 * States of a row after some chunks of centroids. The leading chunk is the one with the highest threshold T so far. CLOSED: of its
 * centroids only the label can win. OPEN: several of them can. UNSCORED: the row is beyond the limits of the proof, so its scores mean
 * nothing.
 */
const CLOSED = 0
const OPEN = 1
const UNSCORED = 2

/** Number of columns, and operations a second, from which on screening k-means++ spares more than it costs. */
const SCREENED_COLUMNS = 16
const SCREENING_RATE = 2e9

/** What is known of each row after the chunks of centroids so far; n values each. */
interface Standing {
  /** CLOSED, OPEN or UNSCORED. */
  state: Uint8Array
  /** T of the leading chunk: certainly below the best score. */
  lower: Float32Array
  /** Largest u of the leading chunk. */
  upper: Float32Array
  /** Largest u of all other chunks. */
  others: Float32Array
}

/** A chunk of centroids on the device, the first of which is centroid `from`. */
interface Chunk {
  c: DeviceCentroids
  from: number
}

/** One E-step: the labels that it writes, and how it yields and reports. */
interface EStep {
  labels: Int32Array
  clock: Pace
  /** Told the share of the rows that the present chunk of centroids has met. */
  onRows(share: number): void
}

class TfjsSession extends HostSession {
  readonly #runtime: TfjsRuntime
  readonly #proved: boolean
  readonly #chunks: Chunks
  #packing: Packing | null = null
  #resident: DeviceRows[] = []
  #standing: Standing | null = null

  constructor(points: Points, plan: Plan, runtime: TfjsRuntime) {
    super(points, plan)
    this.#runtime = runtime
    this.#proved = plan.precision === 'exact'
    this.#chunks = chunksOf(points.n, points.d, plan, runtime)
  }

  override prepare(preparation: Preparation): Promise<Float64Array> {
    this.#release()
    return super.prepare(preparation)
  }

  override dispose(): void {
    this.#release()
    super.dispose()
  }

  #release(): void {
    for (const unit of this.#resident) free(unit)
    this.#resident = []
    this.#packing = null
    this.#standing = null
  }

  protected override async assignLabels(
    labels: Int32Array,
    _previous: Int32Array | null,
    options: AssignOptions,
  ): Promise<{ rechecked: number }> {
    const { points, current: centroids } = this
    const { n, d } = points
    const k = centroids.length / d
    const clock = pace(options.signal)
    const packing = this.#pack()
    const columns = this.#chunks.columns(k)
    let scored = packing.bound.holds
    for (let from = 0; from < k && scored; from += columns) {
      const to = Math.min(k, from + columns)
      const packed = packCentroids(centroids, { from, to, columns: paddedColumns(to - from) }, packing)
      const onRows = (share: number): void => options.onProgress?.((from + share * (to - from)) / k)
      if (packed === null) scored = false
      else await this.#scoreChunk({ c: uploadCentroids(this.#runtime, packed), from }, { labels, clock, onRows })
    }
    if (!scored) {
      await finishDirectly({ ids: Uint32Array.from({ length: n }, (_, i) => i), points, centroids }, labels, clock)
      return { rechecked: n }
    }
    const { ids, unscored } = this.#openRows()
    await finishDirectly({ ids: unscored, points, centroids }, labels, clock)
    const { lower } = this.#standing!
    const screen = { runtime: this.#runtime, packing, columns, rows: this.#chunks.rows(columns) }
    await finishScreened({ ids, points, centroids, lower }, labels, clock, screen)
    return { rechecked: ids.length + unscored.length }
  }

  /** Bounds need the proof; with few columns, or on a slow device, they cost more than they spare. */
  protected override seedScreen(): SeedScreen | undefined {
    const worthIt = this.points.d >= SCREENED_COLUMNS && this.#runtime.rate >= SCREENING_RATE
    if (!this.#proved || !worthIt || !this.#pack().bound.holds) return undefined
    return (centers) => seedBounds(this.#runtime, this.#pack(), () => this.#units(), centers)
  }

  #pack(): Packing {
    return (this.#packing ??= packingOf(this.points, this.preparation.mean, this.#proved ? this.#runtime.unit : null))
  }

  /** All rows on the device, unit by unit. `done` frees a unit that is not to stay there. */
  *#units(): Iterable<Unit> {
    const { unit, resident } = this.#chunks
    for (let start = 0; start < this.points.n; start += unit) {
      const index = start / unit
      const x = this.#resident[index] ?? this.#upload(start)
      const keep = index < resident
      if (keep) this.#resident[index] = x
      yield { start, x, done: () => keep || free(x) }
    }
  }

  /** Scores all rows against one chunk of centroids, which it frees. */
  async #scoreChunk(chunk: Chunk, step: EStep): Promise<void> {
    try {
      for (const unit of this.#units()) {
        try {
          await this.#scoreUnit(unit, chunk, step)
        } finally {
          unit.done()
        }
        step.onRows((unit.start + unit.x.rows) / this.points.n)
      }
    } finally {
      free(chunk.c)
    }
  }

  async #scoreUnit({ x, start }: Unit, { c, from }: Chunk, { labels, clock }: EStep): Promise<void> {
    const { columns } = c.packed
    for (let first = 0; first < x.rows;) {
      if (clock.due()) await clock.rest()
      const parts = Math.ceil((x.rows - first) / this.#chunks.rows(columns))
      const count = Math.ceil((x.rows - first) / parts)
      const began = performance.now()
      const best = await bestOfChunk(this.#runtime, { x, from: first, count }, c, this.#proved)
      this.#chunks.timed(count, columns, performance.now() - began)
      this.#merge({ best, widths: x.widths.subarray(2 * first), start: start + first }, from, labels)
      first += count
    }
  }

  #upload(start: number): DeviceRows {
    const end = Math.min(this.points.n, start + this.#chunks.unit)
    return uploadRows(this.#runtime, packRows(rowsOf(this.points, start, end), end - start, this.#packing!))
  }

  /**
   * Takes in what a chunk of scores says of the rows from `start` on.
   * @param from the chunk's first centroid; the first chunk (from = 0) replaces what was known of the rows
   */
  #merge({ best, widths, start }: { best: Float32Array; widths: Float32Array; start: number }, from: number, labels: Int32Array): void {
    const { state, lower, upper, others } = (this.#standing ??= newStanding(this.points.n))
    for (let i = 0, row = start; i < best.length; i += FIELDS, row++) {
      const top = best[i + 2]
      const threshold = best[i + 3]
      if (from === 0) {
        state[row] = CLOSED
        lower[row] = upper[row] = others[row] = -Infinity
      }
      if (widths[i / 2] === Infinity || !(Math.abs(threshold) < Infinity)) state[row] = UNSCORED
      if (state[row] === UNSCORED) {
        labels[row] = 0
        continue
      }
      if (threshold > lower[row]) {
        others[row] = Math.max(others[row], upper[row])
        labels[row] = from + best[i]
        lower[row] = threshold
        upper[row] = top
        state[row] = best[i + 1] === PROVED ? CLOSED : OPEN
      } else others[row] = Math.max(others[row], top)
    }
  }

  /** The rows whose label is not proved (none with precision 'fast'), and the rows whose scores mean nothing. */
  #openRows(): { ids: Uint32Array; unscored: Uint32Array } {
    const { state, lower, others } = this.#standing!
    const ids: number[] = []
    const unscored: number[] = []
    for (let i = 0; i < state.length; i++)
      if (state[i] === UNSCORED) unscored.push(i)
      else if (this.#proved && (state[i] === OPEN || others[i] >= lower[i])) ids.push(i)
    return { ids: Uint32Array.from(ids), unscored: Uint32Array.from(unscored) }
  }
}

function newStanding(n: number): Standing {
  return { state: new Uint8Array(n), lower: new Float32Array(n), upper: new Float32Array(n), others: new Float32Array(n) }
}

/**
 * The tfjs backend on the tf backend `name`; without a name on the one that is active in this process, else tfjs-node-gpu or tfjs-node if
 * installed (FASTKMEANS_TFJS_NODE may name its folder), else wasm. The active tf backend stays as it is.
 * @param name 'cpu', 'wasm', 'tensorflow' or 'webgpu'
 * @throws if the package is absent, its addon not built, or a library missing; on open, if the device multiplies in reduced precision
 */
export async function openTfjs(name?: string): Promise<Backend> {
  const runtime = await openRuntime(name)
  return {
    name: `tfjs:${runtime.name}`,
    async open(points, plan) {
      if (plan.precision === 'exact' && !runtime.fullPrecision)
        throw new Error(
          `openTfjs: expected '${runtime.name}' to multiply in float32, got products of fewer bits (TF32?); ` +
            `set NVIDIA_TF32_OVERRIDE=0 before tfjs is loaded, or take precision 'fast'`,
        )
      return new TfjsSession(points, plan, runtime)
    },
  }
}

/** What 'auto' can know about tfjs without loading it. Its backends cpu and wasm are dependencies and always there. */
export interface TfjsAvailable {
  /** The tf backend that is active in this process. */
  active?: string
  /** The tfjs-node package that would be loaded for 'tensorflow', and whether its addon is built. */
  node?: TfjsNode
}

/** Cheap checks for the 'auto' choice: nothing is loaded. */
export function tfjsAvailable(): TfjsAvailable {
  return { active: activeTfBackend(), node: findTfjsNode() }
}
