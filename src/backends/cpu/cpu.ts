/**
 * @file The native CPU backend: every pass over the points runs in C (api.h), on threads of its own, in the caller's memory. Labels are found by an integer screen with a proof
 * (bound.h) and settled by the definition, so they are exact.
 */
import { availableParallelism } from 'node:os'
import type { Points } from '../../points.js'
import type { Backend, Plan } from '../backend.js'
import { ALONE, CONTROL_WORDS, KernelSession, LEADS } from '../kernelSession.js'
import type { KernelName, KernelValue } from '../kernelSession.js'
import { SCREEN_FROM } from '../screenFrom.js'
import { findLibrary, loadLibrary } from './library.js'
import type { Library, Pointer } from './library.js'

/** Controls of the calls at work, in all sessions. */
const atWork = new Set<Int32Array>()
/** process.exit waits for them: they are ended. */
process.on('exit', () => atWork.forEach((control) => Atomics.store(control, 0, 1)))

/**
 * Multiplications up to which a call is made on this thread, as another takes longer to start than that to do; and milliseconds of such calls,
 * one after the other, behind which timers and signals are to be heard.
 */
const BRIEF = 2 ** 18
const SPELL = 8
/** When a call last left the event loop to others. */
let heard = -Infinity

class CpuSession extends KernelSession {
  readonly #library: Library
  readonly #control = new Int32Array(CONTROL_WORDS)
  #native: Pointer = null
  /** Arguments of calls that have not returned: neither they nor the native session may go before. */
  readonly #running = new Set<readonly KernelValue[]>()

  constructor(points: Points, plan: Plan, library: Library, { threads, alone, isa, screenFrom, leads }: Required<CpuOptions>) {
    super(points, plan)
    this.#library = library
    const { n, d, blocks } = points
    this.#native = library.open(n, d, blocks.length, threads, alone, isa, screenFrom, LEADS[leads])
    if (this.#native === null) throw new RangeError('openCpu: expected memory for a session, got none')
    let first = 0
    for (const [index, block] of blocks.entries()) {
      library.block(this.#native, index, block, first)
      first += block.length / d
    }
  }

  protected override async ready(): Promise<Int32Array> {
    return this.#control
  }

  protected override async run(name: KernelName, values: readonly KernelValue[]): Promise<number> {
    if (this.#brief(name, values) && performance.now() - heard < SPELL) return this.#library[name](this.#native, ...values) as number
    this.#running.add(values)
    atWork.add(this.#control)
    try {
      return await new Promise<number>((resolve, reject) =>
        this.#library[name].async(this.#native, ...values, (error: unknown, code: number) => (error ? reject(error) : resolve(code))),
      )
    } finally {
      this.#running.delete(values)
      atWork.delete(this.#control)
      heard = performance.now()
      if (this.disposed) this.#close()
    }
  }

  #brief(name: KernelName, values: readonly KernelValue[]): boolean {
    const { n, d } = this.points
    const centers = name === 'seed' || name === 'potentials' ? (values[0] as Float32Array) : this.current
    return n * Math.max(d, centers.length) <= BRIEF
  }

  override dispose(): void {
    super.dispose()
    this.#close()
  }

  #close(): void {
    if (this.#running.size > 0 || this.#native === null) return
    this.#library.close(this.#native)
    this.#native = null
  }
}

/** How the backend runs; for tests. */
export interface CpuOptions {
  /** Default: as many as the system offers. */
  threads?: number
  /** Nanoseconds of one thread up to which a pass is its alone. Default: ALONE, and 0 where `threads` is given. */
  alone?: number
  /** 'amx', 'avx512vnni', 'avxvnni', 'avx2', 'neonmatrix', 'neondot', 'neon' or 'plain'. Default: FASTKMEANS_ISA, else the best that the processor has. */
  isa?: string
  /** (k − 20)·d from which on points are packed and screened; fewer centroids are met in float32. */
  screenFrom?: number
  /** Default 'estimated'. */
  leads?: keyof typeof LEADS
}

/** Whether `openCpu` can be expected to succeed, and why (not). Cheap: nothing is loaded. */
export function cpuAvailable(): { available: boolean; why: string } {
  return findLibrary()
}

/** The instruction set that `openCpu` would take; undefined where the library cannot be had without being built. It is loaded. */
export function cpuIsa(): string | undefined {
  if (!findLibrary().available) return undefined
  try {
    return (loadLibrary().isa(process.env.FASTKMEANS_ISA ?? '') as string | null) ?? undefined
  } catch {
    return undefined
  }
}

/**
 * The native CPU backend.
 * @throws Error where koffi, the library or the instruction set that was asked for is not there, with the way to get it
 */
export async function openCpu(options: CpuOptions = {}): Promise<Backend> {
  const {
    threads = availableParallelism(),
    alone = options.threads === undefined ? ALONE : 0,
    isa = process.env.FASTKMEANS_ISA ?? '',
    screenFrom = SCREEN_FROM,
    leads = 'estimated',
  } = options
  const library = loadLibrary()
  const taken = library.isa(isa) as string | null
  if (taken === null)
    throw new Error(
      `openCpu: expected an instruction set that this processor has (amx, avx512vnni, avxvnni, avx2, neonmatrix, neondot, neon, plain), got '${isa}' (FASTKMEANS_ISA)`,
    )
  return {
    name: `cpu:${taken}`,
    open: async (points, plan) => new CpuSession(points, plan, library, { threads, alone, isa: taken, screenFrom, leads }),
  }
}
