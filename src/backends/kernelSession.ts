/**
 * @file The base of sessions whose passes run in the C kernels (cpu/kernels/api.h), natively or as WebAssembly: what each call takes and
 * gives. A backend adds how a call is made; one that cannot hold all points at a time takes them part by part.
 */
import { ROW_BLOCK, clusterWeight, pow2 } from '../exact.js'
import type { AssignOptions, AssignResult, ColumnStats, Limbs, Preparation, UpdateResult } from './backend.js'
import { pickRows } from './hostSeeding.js'
import { HostSession } from './hostSession.js'
import { blocksIn, rowsIn } from './parts.js'
import type { Part } from './parts.js'

/** What a call returns (session.h). */
const DONE = 0
const CANCELLED = 1
/** Milliseconds between two reports of progress. */
const REPORT = 50
/** Nanoseconds that a pass takes one thread, up to which others would start too late to help. */
export const ALONE = 100_000
/** k·d up to which the next centroids are computed on this thread: a call takes as long. */
const HERE = 2048
/**
 * Whether E-steps go by the columns of most spread: as estimated; for tests never, always, always without bounds from one to the next, or
 * never but by groups of centroids, on rows of fewer columns, or by scores (session.h).
 */
export const LEADS = { estimated: 0, never: 1, always: 2, bare: 3, groups: 4, reduced: 5, scores: 6 } as const
/** Int32 words of a Control: cancel, done, items. */
export const CONTROL_WORDS = 3

/** Functions of api.h that a session calls, without their prefix, in camelCase. */
export type KernelName =
  'columnStats' | 'prepare' | 'assign' | 'sums' | 'update' | 'sqDistances' | 'distances' | 'blockInertia' | 'seed' | 'potentials' | 'pick'

/** Memory that a kernel reads or writes, of a length that the call tells beside it. */
export type KernelArray = Float32Array | Float64Array | Int32Array | Uint32Array
/** An argument behind the session: an array that the kernel reads or writes, a number, or none. */
export type KernelValue = KernelArray | number | null
/** Stands where a kernel takes its Control. */
const CONTROL: unique symbol = Symbol('control')
type Argument = KernelValue | typeof CONTROL

type Abortable = Pick<AssignOptions, 'signal'>

/** Limb sums that follow the labels: only rows whose label changed are summed again. */
interface FollowedLimbs extends Limbs {
  /** n values: the label under which a row has been summed; −1 where it has not been yet. */
  summed: Int32Array
}

function emptyLimbs(n: number, k: number, d: number): FollowedLimbs {
  const [hi, lo, counts, countsLow] = [k * d, k * d, k, k].map((length) => new Float64Array(length))
  return { hi, lo, counts, countsLow, summed: new Int32Array(n).fill(-1) }
}

/** A session whose passes are calls of the C kernels; it lacks the way in which a call is made: ready and run. */
export abstract class KernelSession extends HostSession {
  protected disposed = false
  /** The Control of the call that is running. */
  #control: Int32Array | null = null
  #limbs: FollowedLimbs | null = null
  /** The labels of the last complete E-step, which the kernels remember; an aborted caller may not have taken them. */
  #written: Int32Array | null = null
  #closest: Float64Array | null = null

  /** Makes a call possible. @returns the Control (CONTROL_WORDS) that calls and this thread share */
  protected abstract ready(): Promise<Int32Array>

  /** Runs a kernel off this thread. @returns what it returns */
  protected abstract run(name: KernelName, values: readonly KernelValue[]): Promise<number>

  /** Whether there is one part only. */
  protected get whole(): boolean {
    return true
  }

  /** All rows, in parts that the kernels have at hand one after the other. */
  protected async *parts(_signal?: AbortSignal): AsyncGenerator<Part> {
    yield { first: 0, last: this.points.n }
  }

  override async columnStats(weights?: Float64Array, { signal }: Abortable = {}): Promise<ColumnStats> {
    const { d } = this.points
    const max = new Float64Array(d)
    let nonFinite: ColumnStats['nonFinite']
    for await (const part of this.parts(signal)) {
      const own = new Float64Array(d)
      const bad = new Float64Array(3)
      await this.#call('columnStats', [rowsIn(part, weights), own, bad, CONTROL], { signal })
      for (let t = 0; t < d; t++) max[t] = Math.max(max[t], own[t])
      const row = part.first + bad[0]
      if (bad[0] >= 0 && row < (nonFinite?.row ?? Infinity)) nonFinite = { row, column: bad[1], value: bad[2] }
    }
    return { max, nonFinite }
  }

  override async prepare(preparation: Preparation, { signal }: Abortable = {}): Promise<Float64Array> {
    this.preparation = preparation
    this.#limbs = this.#closest = null
    const blocks = this.#perBlock()
    for await (const part of this.parts(signal))
      await this.#call('prepare', [preparation.mean, rowsIn(part, preparation.weights), blocksIn(part, blocks), CONTROL], { signal })
    return blocks
  }

  protected override async assignLabels(labels: Int32Array, previous: Int32Array | null, options: AssignOptions): Promise<AssignResult> {
    const { n, d } = this.points
    const k = this.current.length / d
    const follows = Number(previous !== null && previous === this.#written)
    this.#written = null
    const result = { rechecked: 0, changed: 0 }
    let done = 0
    for await (const part of this.parts(options.signal)) {
      const found = new Float64Array(2)
      const share = (part.last - part.first) / n
      const onProgress = options.onProgress && ((own: number): void => options.onProgress?.(done + own * share))
      const values: Argument[] = [this.current, k, rowsIn(part, previous), follows, rowsIn(part, labels), CONTROL, found]
      await this.#call('assign', values, { signal: options.signal, onProgress })
      result.rechecked += found[0]
      result.changed += found[1]
      done += share
    }
    this.#written = labels
    return result
  }

  override async sums({ signal }: Abortable = {}): Promise<Limbs> {
    const labels = this.labelsNow()
    const { n, d } = this.points
    const { scales, weights } = this.preparation
    const k = this.current.length / d
    const limbs = this.#limbs?.counts.length === k ? this.#limbs : emptyLimbs(n, k, d)
    // What an abort leaves is neither the old sums nor the new ones.
    this.#limbs = null
    const { hi, lo, counts, countsLow, summed } = limbs
    const scale = Float64Array.from(scales.exponents, pow2)
    for await (const part of this.parts(signal)) {
      const rows = [rowsIn(part, labels), rowsIn(part, summed), rowsIn(part, weights)]
      await this.#call('sums', [...rows, scale, scales.bits, k, hi, lo, counts, countsLow, CONTROL], { signal })
    }
    this.#limbs = limbs
    return limbs
  }

  override async update(given?: Limbs, options: Abortable = {}): Promise<UpdateResult> {
    const limbs = given ?? (await this.sums(options))
    if (limbs.hi.length <= HERE) return super.update(limbs)
    const { hi, lo, counts, countsLow } = limbs
    const k = counts.length
    const { scales, weights, spherical } = this.preparation
    const scale = Float64Array.from(scales.exponents, (exponent) => pow2(-exponent))
    const next = new Float32Array(this.current.length)
    const shifts = new Float64Array(k)
    const terms = new Float64Array(k)
    const weighted = weights !== undefined
    const flags = [scales.bits, Number(weighted), Number(spherical)]
    await this.#call('update', [hi, lo, counts, countsLow, scale, ...flags, k, this.current, next, shifts, terms])
    this.current = next
    return { counts: counts.map((count, j) => clusterWeight(count, countsLow[j], scales.bits, weighted)), shifts, terms }
  }

  override async sqDistances({ signal }: Abortable = {}): Promise<Float64Array> {
    const labels = this.labelsNow()
    const centroids = await this.centroids('labelled')
    const distances = new Float64Array(this.points.n)
    for await (const part of this.parts(signal))
      await this.#call('sqDistances', [centroids, rowsIn(part, labels), rowsIn(part, distances), CONTROL], { signal })
    return distances
  }

  /** Rows of the table of distances that one call writes. */
  protected tableRows(): number {
    return this.points.n
  }

  override async distances({ signal, onProgress }: AssignOptions = {}): Promise<Float64Array> {
    const { n, d } = this.points
    const k = this.current.length / d
    const table = new Float64Array(n * k)
    const step = this.tableRows()
    let done = 0
    for await (const { first, last } of this.parts(signal))
      for (let from = first; from < last; from += step) {
        const rows = Math.min(step, last - from)
        const before = done
        onProgress?.(before / n)
        const values: Argument[] = [this.current, k, from - first, rows, table.subarray(from * k, (from + rows) * k), CONTROL]
        await this.#call('distances', values, { signal, onProgress: onProgress && ((own) => onProgress((before + own * rows) / n)) })
        done += rows
      }
    return table
  }

  override async blockInertia({ signal }: Abortable = {}): Promise<Float64Array> {
    const labels = this.labelsNow()
    const centroids = await this.centroids('labelled')
    const blocks = this.#perBlock()
    for await (const part of this.parts(signal)) {
      const values: Argument[] = [centroids, rowsIn(part, labels), rowsIn(part, this.preparation.weights), blocksIn(part, blocks), CONTROL]
      await this.#call('blockInertia', values, { signal })
    }
    return blocks
  }

  override async seedWith(centers: Float32Array, { anew = false, signal }: { anew?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    this.#closest ??= new Float64Array(this.points.n).fill(Infinity)
    const m = centers.length / this.points.d
    let largest = 0
    for await (const part of this.parts(signal)) {
      const own = new Float64Array(1)
      const rows = [rowsIn(part, this.preparation.weights), rowsIn(part, this.#closest)]
      await this.#call('seed', [centers, m, Number(anew), ...rows, own, CONTROL], { signal })
      largest = Math.max(largest, own[0])
    }
    return largest
  }

  override async potentials(candidates: Float32Array, exponent: number, { signal }: { signal?: AbortSignal } = {}): Promise<Float64Array> {
    const m = candidates.length / this.points.d
    const sums = new Float64Array(m)
    for await (const part of this.parts(signal)) {
      const own = new Float64Array(m)
      const rows = [rowsIn(part, this.preparation.weights), rowsIn(part, this.#seeded())]
      await this.#call('potentials', [candidates, m, ...rows, pow2(exponent), own, CONTROL], { signal })
      for (let j = 0; j < m; j++) sums[j] += own[j]
    }
    return sums
  }

  override async pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array> {
    if (!this.whole) return pickRows({ closest: this.#seeded(), weights: this.preparation.weights }, uniforms, exponent)
    const order = Array.from(uniforms.keys()).sort((a, b) => uniforms[a] - uniforms[b])
    const sorted = Float64Array.from(order, (i) => uniforms[i])
    const found = new Uint32Array(order.length)
    await this.#call('pick', [sorted, sorted.length, this.preparation.weights ?? null, this.#seeded(), pow2(exponent), found])
    const rows = new Uint32Array(order.length)
    order.forEach((place, i) => (rows[place] = found[i]))
    return rows
  }

  override dispose(): void {
    super.dispose()
    this.disposed = true
    this.#limbs = this.#written = this.#closest = null
    if (this.#control !== null) Atomics.store(this.#control, 0, 1)
  }

  #perBlock(): Float64Array {
    return new Float64Array(Math.ceil(this.points.n / ROW_BLOCK))
  }

  #seeded(): Float64Array {
    if (this.#closest === null) throw new Error('Session: expected seedWith before, got none')
    return this.#closest
  }

  #check(signal?: AbortSignal): void {
    signal?.throwIfAborted()
    if (this.disposed) throw new Error('Session: expected a live session, got a disposed one')
    if (this.#detached()) throw new Error('Session: expected points in memory, got a detached buffer; transfer points after training')
  }

  #detached(): boolean {
    return this.points.n > 0 && this.points.blocks.some((block) => block.buffer.byteLength === 0)
  }

  /**
   * Runs a kernel; may be cancelled by the signal, and reports progress.
   * @param values the kernel's arguments after the session itself; CONTROL stands for the Control
   */
  async #call(name: KernelName, values: readonly Argument[], options: AssignOptions = {}): Promise<void> {
    const { signal, onProgress } = options
    this.#check(signal)
    const control = await this.ready()
    this.#check(signal)
    control.fill(0)
    this.#control = control
    const cancel = (): void => void Atomics.store(control, 0, 1)
    signal?.addEventListener('abort', cancel)
    const timer = setInterval(() => {
      // Points that were transferred away belong to another thread, which may free them: the kernel must stop reading them.
      if (this.#detached()) cancel()
      onProgress?.(control[2] > 0 ? control[1] / control[2] : 0)
    }, REPORT)
    try {
      const passed = values.map((value) => (value === CONTROL ? control : value))
      const result = await this.run(name, passed)
      // What is complete counts, though the signal came meanwhile: the kernels go on from it.
      if (result === CANCELLED || this.#detached()) this.#check(signal)
      if (result === CANCELLED) throw new Error('Session: disposed while it was at work')
      if (result !== DONE) throw new RangeError(`Session.${name}: expected memory for ${this.points.n} × ${this.points.d} points, got none`)
    } finally {
      clearInterval(timer)
      signal?.removeEventListener('abort', cancel)
      this.#control = null
    }
  }
}
