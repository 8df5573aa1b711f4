/**
 * @file One shared memory and the worker threads that run the kernels in it. The first worker makes the calls, the others help
 * (session/threadsWasm.c); this thread only allocates, between calls, and waits for messages. Idle workers keep no process alive. The
 * engine that had its work last is kept for a while: a predict after a training, or one after the other, starts no workers.
 */
import type { Worker } from 'node:worker_threads'
import { loadKernels } from './module.js'
import type { Kernels, WasmIsa } from './module.js'
import { WebAssembly } from './webAssembly.js'
import type { Functions, Memory } from './webAssembly.js'

const PAGE = 65_536
/** Pages that the module was linked for (.ci/build-wasm.mjs): one less than 4 GiB. */
const MAX_PAGES = 65_535
/** The most that the memory can hold, in bytes. */
export const MAX_BYTES = MAX_PAGES * PAGE
/** Pages at the start, more than the module's own data and stack take. */
const FIRST_PAGES = 32
/** Bytes of a worker's stack: the kernels keep arrays of some 50 kB there. */
const STACK = 2 ** 19
/** Milliseconds that an engine is kept without work, as long as somebody looks at a result, and the largest memory that is. */
const KEEP = 10_000
const KEEP_PAGES = 2 ** 28 / PAGE

interface Pending {
  resolve(result: number): void
  reject(error: Error): void
}

/** Workers over one shared memory, and the calls they run, one at a time. */
export class Engine {
  static #idle: Engine | null = null

  readonly kernels: Kernels
  readonly #memory: Memory
  readonly #functions: Functions
  /** The first makes the calls. */
  readonly workers: Worker[] = []
  #pending: Pending | null = null
  /** What ended the engine. */
  failure: Error | null = null
  /** Ends it when it has been idle for long enough. */
  #timer: NodeJS.Timeout | undefined

  /**
   * The engine that is idle, if it has these kernels and that many workers, or a new one.
   * @throws Error as `start` does
   */
  static async take(threads: number, isa: WasmIsa): Promise<Engine> {
    const idle = Engine.#idle
    if (idle?.workers.length !== threads || idle.kernels.isa !== isa) return Engine.start(threads, isa)
    clearTimeout(idle.#timer)
    Engine.#idle = null
    return idle
  }

  /**
   * Starts the workers; they are not waited for.
   * @throws Error where workers or memory cannot be had
   */
  static async start(threads: number, isa: WasmIsa): Promise<Engine> {
    const [kernels, { Worker }] = await Promise.all([loadKernels(isa), import('node:worker_threads')])
    const engine = new Engine(kernels)
    try {
      for (let worker = 0; worker < threads; worker++) {
        const stack = engine.reserve(STACK) + STACK
        const workerData = { module: kernels.module, memory: engine.#memory, worker, stack }
        engine.#watch(new Worker(new URL('./worker.js', import.meta.url), { workerData, execArgv: [], name: 'fastkmeans' }))
      }
    } catch (error) {
      engine.dispose()
      throw error
    }
    return engine
  }

  private constructor(kernels: Kernels) {
    this.kernels = kernels
    try {
      this.#memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES, shared: true })
    } catch (error) {
      throw new RangeError(`openWasm: expected 4 GiB of addresses for a shared memory, got '${(error as Error).message}'`, { cause: error })
    }
    this.#functions = new WebAssembly.Instance(kernels.module, { env: { memory: this.#memory } }).exports
  }

  /**
   * Memory of any content, at a multiple of 16.
   * @throws RangeError where there is none
   */
  reserve(bytes: number): number {
    const at = this.#functions.fastkmeans_reserve(BigInt(bytes)) >>> 0
    if (at === 0) throw new RangeError(`Session: expected ${bytes} more bytes of WebAssembly memory, got none; it ends at 4 GiB`)
    return at
  }

  release(at: number): void {
    this.#functions.fastkmeans_release(at)
  }

  /** The memory, at least as far as `end`. */
  buffer(end: number): SharedArrayBuffer {
    // Another thread may have grown the memory; growing it by nothing makes this thread's view of it as long.
    if (this.#memory.buffer.byteLength < end) this.#memory.grow(0)
    return this.#memory.buffer
  }

  /** Calls a function of api.h on this thread: only those that do no work. */
  callHere(name: string, values: readonly number[]): number {
    return this.#functions[`fastkmeans_${name}`](...this.#passed(name, values)) >>> 0
  }

  /** Calls a function of api.h on the first worker. @returns its result; rejects when a worker ends meanwhile */
  call(name: string, values: readonly number[]): Promise<number> {
    const { failure } = this
    if (failure !== null) return Promise.reject(failure)
    const [caller] = this.workers
    // A call at work keeps the process alive.
    caller.ref()
    caller.postMessage({ name: `fastkmeans_${name}`, values: this.#passed(name, values) }, [])
    return new Promise<number>((resolve, reject) => {
      this.#pending = { resolve, reject }
    }).finally(() => caller.unref())
  }

  /** Gives it to whoever needs one soon. All that was reserved is to be released. One that was kept before ends. */
  keep(): void {
    if (this.failure !== null) return
    Engine.#idle?.dispose()
    if (this.#memory.grow(0) > KEEP_PAGES) {
      this.dispose()
      return
    }
    Engine.#idle = this
    this.#timer = setTimeout(() => this.dispose(), KEEP).unref()
  }

  /** Ends the workers; a call at work is rejected. */
  dispose(): void {
    this.#end(new Error('Session: disposed while it was at work'))
  }

  #passed(name: string, values: readonly number[]): (number | bigint)[] {
    const kinds = this.kernels.origin.functions[name]
    return values.map((value, i) => (kinds[i] === 'long' ? BigInt(value) : value))
  }

  #watch(worker: Worker): void {
    this.workers.push(worker)
    worker.on('message', (result: number) => {
      const pending = this.#pending
      this.#pending = null
      pending?.resolve(result)
    })
    const ended = (reason: string): void =>
      this.#end(new Error(`Session: expected the worker threads to live, got the end of one: ${reason}; the call may be made again`))
    worker.on('error', (error) => ended(error instanceof Error ? error.message : String(error)))
    worker.on('exit', (code) => ended(`exit code ${code}`))
    // After the listeners: they take a reference.
    worker.unref()
  }

  #end(failure: Error): void {
    if (this.failure !== null) return
    this.failure = failure
    clearTimeout(this.#timer)
    if (Engine.#idle === this) Engine.#idle = null
    this.#pending?.reject(failure)
    this.#pending = null
    for (const worker of this.workers) void worker.terminate()
    this.workers.length = 0
    hastenCollection(this.#memory.buffer.byteLength)
  }
}

/**
 * Shared memories do not count in V8's decision when to collect garbage: one training after the other would let them pile up. A buffer that
 * counts, and is never touched, makes up for it; four times the size is where trainings of 13 MB and of 256 MB held two or three at a time.
 */
function hastenCollection(bytes: number): void {
  try {
    void new ArrayBuffer(Math.min(4 * bytes, MAX_BYTES))
  } catch {
    // No such address range: the collector will have its own reasons.
  }
}
