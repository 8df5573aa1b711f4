/**
 * @file The native CPU backend: every pass over the points runs in C (api.h), on threads of its own, in the caller's memory. Labels are found by an integer screen with a proof
 * (bound.h) and settled by the definition, so they are exact.
 */
import { availableParallelism } from 'node:os'
import { ROW_BLOCK, clusterWeight, pow2 } from '../../exact.js'
import type { Points } from '../../points.js'
import type { AssignOptions, Backend, ColumnStats, Limbs, Plan, Preparation, UpdateResult } from '../backend.js'
import { HostSession } from '../hostSession.js'
import { findLibrary, loadLibrary } from './library.js'
import type { Library, Memory, Pointer } from './library.js'

/** What a call returns (session.h). */
const DONE = 0
const CANCELLED = 1
/** Milliseconds between two reports of progress. */
const REPORT = 50
/** About where the screen and the definition alone take as long; read off 100,000 rows, d = 8 to 784, k = 10 and 100, two cores, AMX only. */
const SCREEN_FROM = 1000

/** Arguments of a call between the session and its Control. */
type Arguments = readonly (Memory | number)[]
/** Calls that take a Control as their last argument, or in the place of `CONTROL`. */
const CONTROL = Symbol('control')

/** Limb sums, and the labels that they stand for; −1: not in yet. */
interface FollowedLimbs extends Limbs {
  summed: Int32Array
}

function emptyLimbs(n: number, k: number, d: number): FollowedLimbs {
  const [hi, lo, counts, countsLow] = [k * d, k * d, k, k].map((length) => new Float64Array(length))
  return { hi, lo, counts, countsLow, summed: new Int32Array(n).fill(-1) }
}

class CpuSession extends HostSession {
  readonly #library: Library
  #native: Pointer = null
  /** Arguments of calls that have not returned: neither they nor the native session may go before. */
  readonly #running = new Set<Arguments>()
  #disposed = false
  #control = new Int32Array(3)
  #limbs: FollowedLimbs | null = null
  #closest: Float64Array | null = null

  constructor(points: Points, plan: Plan, library: Library, { threads, isa, screenFrom }: Required<CpuOptions>) {
    super(points, plan)
    this.#library = library
    const { n, d, blocks } = points
    this.#native = library.open(n, d, blocks.length, threads, isa, screenFrom)
    if (this.#native === null) throw new RangeError('openCpu: expected memory for a session, got none')
    let first = 0
    for (const [index, block] of blocks.entries()) {
      library.block(this.#native, index, block, first)
      first += block.length / d
    }
  }

  override async columnStats(weights?: Float64Array): Promise<ColumnStats> {
    const max = new Float64Array(this.points.d)
    const bad = new Float64Array(3)
    await this.#call('columnStats', [weights ?? null, max, bad, CONTROL])
    const [row, column, value] = bad
    return { max, nonFinite: row < 0 ? undefined : { row, column, value } }
  }

  override async prepare(preparation: Preparation): Promise<Float64Array> {
    this.preparation = preparation
    this.#limbs = this.#closest = null
    const blocks = this.#perBlock()
    await this.#call('prepare', [preparation.mean, preparation.weights ?? null, blocks, CONTROL])
    return blocks
  }

  protected override async assignLabels(labels: Int32Array, previous: Int32Array | null, options: AssignOptions): Promise<number> {
    const open = new Float64Array(1)
    const k = this.current.length / this.points.d
    await this.#call('assign', [this.current, k, previous, labels, CONTROL, open], options)
    return open[0]
  }

  override async sums(): Promise<Limbs> {
    const labels = this.labelsNow()
    const { n, d } = this.points
    const { scales, weights } = this.preparation
    const k = this.current.length / d
    if (this.#limbs?.counts.length !== k) this.#limbs = emptyLimbs(n, k, d)
    const limbs = this.#limbs
    const { hi, lo, counts, countsLow, summed } = limbs
    const scale = Float64Array.from(scales.exponents, pow2)
    await this.#call('sums', [labels, summed, weights ?? null, scale, scales.bits, k, hi, lo, counts, countsLow])
    return limbs
  }

  override async update(): Promise<UpdateResult> {
    const { hi, lo, counts, countsLow } = await this.sums()
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

  override async sqDistances(): Promise<Float64Array> {
    const labels = this.labelsNow()
    const distances = new Float64Array(this.points.n)
    await this.#call('sqDistances', [await this.centroids('labelled'), labels, distances, CONTROL])
    return distances
  }

  override async blockInertia(): Promise<Float64Array> {
    const labels = this.labelsNow()
    const blocks = this.#perBlock()
    await this.#call('blockInertia', [await this.centroids('labelled'), labels, this.preparation.weights ?? null, blocks, CONTROL])
    return blocks
  }

  override async seedWith(centers: Float32Array, { anew = false, signal }: { anew?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    this.#closest ??= new Float64Array(this.points.n).fill(Infinity)
    if (anew) this.#closest.fill(Infinity)
    const largest = new Float64Array(1)
    const m = centers.length / this.points.d
    await this.#call('seed', [centers, m, this.preparation.weights ?? null, this.#closest, largest, CONTROL], { signal })
    return largest[0]
  }

  override async potentials(candidates: Float32Array, exponent: number, { signal }: { signal?: AbortSignal } = {}): Promise<Float64Array> {
    const m = candidates.length / this.points.d
    const sums = new Float64Array(m)
    await this.#call('potentials', [candidates, m, this.preparation.weights ?? null, this.#seeded(), pow2(exponent), sums, CONTROL], {
      signal,
    })
    return sums
  }

  override async pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array> {
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
    this.#disposed = true
    this.#control[0] = 1
    this.#limbs = this.#closest = null
    this.#close()
  }

  #close(): void {
    if (this.#running.size > 0 || this.#native === null) return
    this.#library.close(this.#native)
    this.#native = null
  }

  #perBlock(): Float64Array {
    return new Float64Array(Math.ceil(this.points.n / ROW_BLOCK))
  }

  #seeded(): Float64Array {
    if (this.#closest === null) throw new Error('Session: expected seedWith before, got none')
    return this.#closest
  }

  /** Runs a function of the library off the main thread, with the session before `values` and the Control where they say so. */
  async #call(name: keyof Library, values: readonly (Arguments[number] | typeof CONTROL)[], options: AssignOptions = {}): Promise<void> {
    const { signal, onProgress } = options
    signal?.throwIfAborted()
    if (this.#disposed) throw new Error('Session: expected a live session, got a disposed one')
    for (const block of this.points.blocks)
      if (block.buffer.byteLength === 0 && this.points.n > 0) throw new Error('Session: expected points in memory, got a detached buffer')
    const control = this.#control
    control.fill(0)
    const cancel = (): void => void (control[0] = 1)
    signal?.addEventListener('abort', cancel)
    const timer = onProgress && setInterval(() => onProgress(control[2] > 0 ? control[1] / control[2] : 0), REPORT)
    const passed = values.map((value) => (value === CONTROL ? control : value)) as Arguments
    this.#running.add(passed)
    try {
      const result = await new Promise<number>((resolve, reject) =>
        this.#library[name].async(this.#native, ...passed, (error: unknown, code: number) => (error ? reject(error) : resolve(code))),
      )
      // What is complete counts, though the signal came meanwhile: the native session goes on from it.
      if (result === CANCELLED) signal?.throwIfAborted()
      if (result === CANCELLED) throw new Error('Session: disposed while it was at work')
      if (result !== DONE) throw new RangeError(`Session.${name}: expected memory for ${this.points.n} × ${this.points.d} points, got none`)
    } finally {
      clearInterval(timer)
      signal?.removeEventListener('abort', cancel)
      this.#running.delete(passed)
      if (this.#disposed) this.#close()
    }
  }
}

/** How the backend runs; for tests. */
export interface CpuOptions {
  /** Default: as many as the system offers. */
  threads?: number
  /** 'amx', 'avx512vnni', 'avx2' or 'plain'. Default: FASTKMEANS_ISA, else the best that the processor has. */
  isa?: string
  /** (k − 8)·d from which on points are packed and screened; less work is done by the definition alone. */
  screenFrom?: number
}

/** Whether `openCpu` can be expected to succeed, and why (not). Cheap: nothing is loaded. */
export function cpuAvailable(): { available: boolean; why: string } {
  return findLibrary()
}

/**
 * The native CPU backend.
 * @throws Error where koffi, the library or the instruction set that was asked for is not there, with the way to get it
 */
export async function openCpu(options: CpuOptions = {}): Promise<Backend> {
  const { threads = availableParallelism(), isa = process.env.FASTKMEANS_ISA ?? '', screenFrom = SCREEN_FROM } = options
  const library = loadLibrary()
  const taken = library.isa(isa) as string | null
  if (taken === null)
    throw new Error(
      `openCpu: expected an instruction set that this processor has (amx, avx512vnni, avx2, plain), got '${isa}' (FASTKMEANS_ISA)`,
    )
  return {
    name: `cpu:${taken}`,
    open: async (points, plan) => new CpuSession(points, plan, library, { threads, isa: taken, screenFrom }),
  }
}
