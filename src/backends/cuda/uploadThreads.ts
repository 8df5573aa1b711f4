/** @file Threads that copy to a device, started at the first upload; idle ones keep no process alive. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { CudaApi, Pointer } from './api.js'
import { STOP } from './uploadLane.js'

/** Threads at most: one fills 5 GB/s on the machine measured, the bus takes 50. */
const MOST_THREADS = 8

/** The C library that has memcpy; null: the process itself. */
const RUNTIME = process.platform === 'win32' ? 'msvcrt.dll' : null

/** Copies by threads of their own, as many as pay. */
export function uploadThreads(library: string): CudaApi['upload'] {
  const pools = new Map<Pointer, UploadThread[]>()
  return async (context, pieces, control) => {
    let threads = pools.get(context)
    if (threads === undefined || threads.some(({ ended }) => ended)) {
      const start = (): Worker =>
        new Worker(new URL('./uploadThread.js', import.meta.url), {
          workerData: { library, context, runtime: RUNTIME },
          execArgv: [],
          name: 'fastkmeans',
        })
      threads = Array.from({ length: Math.min(MOST_THREADS, availableParallelism()) }, () => new UploadThread(start()))
      pools.set(context, threads)
    }
    // Nobody goes on before all have stopped: what they read and write belongs to the caller again.
    const results = await Promise.allSettled(threads.map((thread) => thread.run(pieces, control)))
    const lost = results.find((result) => result.status === 'rejected')
    if (lost !== undefined) throw lost.reason
    return results.map((result) => (result as PromiseFulfilledResult<number>).value).find((code) => code !== 0) ?? 0
  }
}

/** A thread, and the uploads that it was told of, which it does in order. */
class UploadThread {
  readonly #worker: Worker
  readonly #waiting: { control: Int32Array; resolve(code: number): void; reject(error: Error): void }[] = []
  ended = false

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (code: number) => {
      this.#waiting.shift()!.resolve(code)
      if (this.#waiting.length === 0) worker.unref()
    })
    worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)))
    worker.on('exit', (code) => this.#end(`exit code ${code}`))
    worker.unref()
  }

  run(pieces: Float64Array, control: Int32Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ control, resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage({ pieces, control })
    })
  }

  #end(reason: string): void {
    this.ended = true
    for (const { control, reject } of this.#waiting.splice(0)) {
      Atomics.store(control, STOP, 1)
      reject(new Error(`cuda: expected the upload threads to live, got the end of one: ${reason}; the call may be made again`))
    }
  }
}
