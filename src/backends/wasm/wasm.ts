/**
 * @file The WebAssembly backend: the C kernels of the native one, compiled to SIMD, on worker threads over one shared memory. The points are
 * copied there once; more than it can hold pass through it part by part.
 */
import { availableParallelism } from 'node:os'
import { ROW_BLOCK } from '../../exact.js'
import { pace } from '../../pace.js'
import { rowsOf } from '../../points.js'
import type { Points } from '../../points.js'
import type { Backend, Plan } from '../backend.js'
import { ALONE, CONTROL_WORDS, KernelSession, LEADS } from '../kernelSession.js'
import { SCREEN_FROM } from '../screenFrom.js'
import type { KernelArray, KernelName, KernelValue } from '../kernelSession.js'
import type { Part } from '../parts.js'
import { Engine, MAX_BYTES } from './engine.js'
import { chooseIsa, obstacle } from './module.js'
import type { WasmIsa } from './module.js'

/** Most bytes of points in one piece of memory: the C library gives less than 2 GiB at a time. */
const PIECE = 2 ** 30
/** Values copied before the event loop has its turn. */
const GRAIN = 2 ** 20
/** Bytes of a row beside its values, and of a centroid's value, that are held or passed at most, and of what does not grow. */
const PER_ROW = 96
const PER_CENTROID_VALUE = 56
const FIXED = 2 ** 24
/** Values of the table of distances that a call writes; and with many centroids so many rows, as each call packs them anew. */
const TABLE = 2 ** 20
const TABLE_ROWS = 32
/** Bytes per value of x: float32, and packed as int16. */
const PER_VALUE = 6
/** Bytes that a worker keeps: stack, and places for the rows that it is at. */
const PER_THREAD = 2 ** 20

type Settings = Required<WasmOptions> & { isa: WasmIsa }

/** Rows that are in the memory, as a session of the kernels. */
interface Loaded extends Part {
  session: number
  pieces: number[]
}

const snakeCase = (name: KernelName): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

class WasmSession extends KernelSession {
  readonly #options: Settings
  readonly #partRows: number
  #engine: Engine | null = null
  #control: Int32Array | null = null
  #loaded: Loaded | null = null
  /** Loads and calls at work: meanwhile the engine cannot be given to others. */
  #busy = 0

  constructor(points: Points, plan: Plan, options: Settings) {
    super(points, plan)
    this.#options = options
    this.#partRows = rowsThatFit(points, plan, options)
  }

  protected override get whole(): boolean {
    return this.#partRows >= this.points.n
  }

  /** No more than the memory has room for: what an E-step would hold per centroid's value is free. */
  protected override tableRows(): number {
    const { d } = this.points
    return Math.max(1, Math.floor((TABLE * d) / this.current.length), Math.min(TABLE_ROWS, d))
  }

  /** Rows already in the memory come first. */
  protected override async *parts(signal?: AbortSignal): AsyncGenerator<Part> {
    const { n } = this.points
    const firsts = Array.from({ length: Math.ceil(n / this.#partRows) }, (_, i) => i * this.#partRows)
    const loaded = this.#loaded?.first
    firsts.sort((a, b) => Number(b === loaded) - Number(a === loaded))
    for (const first of firsts) yield await this.#atWork(() => this.#load(first, signal))
  }

  protected override async ready(): Promise<Int32Array> {
    if (this.#engine?.failure !== null || this.#loaded === null) await this.#atWork(() => this.#load(this.#loaded?.first ?? 0))
    return this.#control!
  }

  protected override run(name: KernelName, values: readonly KernelValue[]): Promise<number> {
    return this.#atWork(() => this.#run(name, values))
  }

  override dispose(): void {
    super.dispose()
    const engine = this.#engine
    if (engine !== null && this.#busy > 0) engine.dispose()
    else if (engine !== null && engine.failure === null) {
      if (this.#loaded !== null) this.#unload(engine, this.#loaded)
      engine.release(this.#control!.byteOffset)
      engine.keep()
    }
    this.#engine = this.#control = this.#loaded = null
  }

  async #atWork<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
    }
  }

  async #run(name: KernelName, values: readonly KernelValue[]): Promise<number> {
    const engine = this.#engine!
    const session = this.#loaded!.session
    const kinds = engine.kernels.origin.functions[snakeCase(name)].slice(1)
    const copies: { array: KernelArray; at: number; write: boolean }[] = []
    try {
      const passed = values.map((value, i) => {
        if (value === null) return 0
        if (typeof value === 'number') return value
        if (value === this.#control) return value.byteOffset
        const at = engine.reserve(value.byteLength)
        copies.push({ array: value, at, write: kinds[i] === 'write' })
        viewLike(value, engine, at).set(value)
        return at
      })
      const result = await engine.call(snakeCase(name), [session, ...passed])
      for (const { array, at, write } of copies) if (write) array.set(viewLike(array, engine, at))
      return result
    } finally {
      if (engine.failure === null) for (const { at } of copies) engine.release(at)
    }
  }

  /** Has the part from row `first` on in the memory. A memory whose workers have ended is given up. */
  async #load(first: number, signal?: AbortSignal): Promise<Part> {
    const { n, d } = this.points
    const engine = await this.#living()
    if (this.#loaded?.first === first) return this.#loaded
    if (this.#loaded !== null) this.#unload(engine, this.#loaded)
    const { threads, alone, screenFrom, leads } = this.#options
    const last = Math.min(n, first + this.#partRows)
    const pieceRows = Math.max(1, Math.floor(PIECE / (4 * d)))
    const session = engine.callHere('open', [
      last - first,
      d,
      Math.ceil((last - first) / pieceRows),
      threads,
      alone,
      0,
      screenFrom,
      LEADS[leads],
    ])
    if (session === 0) throw new RangeError('Session: expected WebAssembly memory for a session, got none; it ends at 4 GiB')
    const loaded: Loaded = { first, last, session, pieces: [] }
    try {
      for (let from = first; from < last; from += pieceRows) {
        const to = Math.min(last, from + pieceRows)
        const bytes = (to - from) * d * 4
        const at = engine.reserve(bytes)
        loaded.pieces.push(at)
        engine.callHere('block', [session, loaded.pieces.length - 1, at, from - first])
        await this.#copyRows(from, new Float32Array(engine.buffer(at + bytes), at, bytes / 4), signal)
      }
      this.#loaded = loaded
      if (this.preparation !== undefined) {
        const { mean, weights } = this.preparation
        const blocks = new Float64Array(Math.ceil((last - first) / ROW_BLOCK))
        await this.#run('prepare', [mean, weights?.subarray(first, last) ?? null, blocks, this.#control])
      }
    } catch (error) {
      this.#unload(engine, loaded)
      throw error
    }
    return loaded
  }

  /** The engine; another one where its workers have ended. */
  async #living(): Promise<Engine> {
    if (this.#engine !== null && this.#engine.failure === null) return this.#engine
    this.#loaded = null
    const engine = await Engine.take(this.#options.threads, this.#options.isa)
    if (this.disposed) {
      engine.keep()
      throw new Error('Session: disposed while it was at work')
    }
    const at = engine.reserve(4 * CONTROL_WORDS)
    this.#control = new Int32Array(engine.buffer(at + 4 * CONTROL_WORDS), at, CONTROL_WORDS)
    this.#engine = engine
    return engine
  }

  #unload(engine: Engine, { session, pieces }: Loaded): void {
    this.#loaded = null
    if (engine.failure !== null) return
    engine.callHere('close', [session])
    for (const piece of pieces) engine.release(piece)
  }

  /** Copies as many rows as `target` holds, from row `from` on, yielding to the event loop between. */
  async #copyRows(from: number, target: Float32Array, signal?: AbortSignal): Promise<void> {
    const { d } = this.points
    const clock = pace(signal)
    const grain = Math.max(1, Math.floor(GRAIN / d))
    const to = from + target.length / d
    for (let start = from; start < to; start += grain) {
      if (clock.due()) await clock.rest()
      if (this.disposed) throw new Error('Session: disposed while it was at work')
      target.set(rowsOf(this.points, start, Math.min(to, start + grain)), (start - from) * d)
    }
  }
}

/** An array like this one in the memory. */
function viewLike<T extends KernelArray>({ constructor, length, byteLength }: T, engine: Engine, at: number): T {
  const buffer = engine.buffer(at + byteLength)
  return new (constructor as new (buffer: SharedArrayBuffer, at: number, length: number) => T)(buffer, at, length)
}

/** Rows of a part: all, or as many ROW_BLOCKs as the memory holds with everything that belongs to them. */
function rowsThatFit({ n, d }: Points, { k, memoryBudget = Infinity }: Plan, { threads, memoryLimit }: Settings): number {
  const fixed = FIXED + k * d * PER_CENTROID_VALUE + threads * (PER_THREAD + 64 * d)
  const rows = (Math.min(memoryBudget, memoryLimit) - fixed) / (d * PER_VALUE + PER_ROW)
  return rows >= n ? n : Math.max(1, Math.floor(rows / ROW_BLOCK)) * ROW_BLOCK
}

/** How the backend runs; for tests. */
export interface WasmOptions {
  /** Worker threads. Default: as many as the system offers. */
  threads?: number
  /** Nanoseconds of one thread up to which a pass is its alone. Default: ALONE, and 0 where `threads` is given. */
  alone?: number
  /** 'simd128' or 'relaxed'. Default: FASTKMEANS_ISA, else the best that the JavaScript engine has. */
  isa?: string
  /** (k − 20)·d from which on points are packed and screened; fewer centroids are met in float32. */
  screenFrom?: number
  /** Default 'estimated'. */
  leads?: keyof typeof LEADS
  /** Bytes of memory from which on points are taken part by part. Default: what the memory can hold. */
  memoryLimit?: number
}

/** Whether `openWasm` can be expected to succeed, and why not. Cheap: nothing is loaded. */
export function wasmAvailable(): { available: boolean; why: string } {
  const why = obstacle()
  return { available: why === undefined, why: why ?? 'WebAssembly SIMD and shared memory found' }
}

/**
 * The WebAssembly backend.
 * @throws Error where the JavaScript engine lacks what it needs
 */
export async function openWasm(options: WasmOptions = {}): Promise<Backend> {
  const { available, why } = wasmAvailable()
  if (!available) throw new Error(`openWasm: expected WebAssembly SIMD and shared memory, got none: ${why}`)
  const {
    threads = availableParallelism(),
    alone = options.threads === undefined ? ALONE : 0,
    isa = process.env.FASTKMEANS_ISA ?? '',
    screenFrom = SCREEN_FROM,
    leads = 'estimated',
    memoryLimit = MAX_BYTES,
  } = options
  const settings: Settings = { threads, alone, isa: chooseIsa(isa), screenFrom, leads, memoryLimit }
  return {
    name: settings.isa === 'simd128' ? 'wasm' : `wasm:${settings.isa}`,
    open: async (points, plan) => new WasmSession(points, plan, settings),
  }
}
