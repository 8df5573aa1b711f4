/** @file A worker thread that does one job after another for a device; idle, it keeps no process alive. */
import { Worker } from 'node:worker_threads'

/**
 * A thread and the jobs that it was given. An error in it, or its exit, rejects those under way; it has `ended` then, and takes no more.
 */
export class DeviceThread<Job, Result> {
  readonly #worker: Worker
  /** The jobs that it was told of, which it does in order. */
  readonly #waiting: { resolve(result: Result): void; reject(error: Error): void }[] = []
  ended = false

  /** @param file of this folder: JavaScript, so that Node runs it as it stands; it answers every message with one */
  constructor(file: string, workerData: object) {
    const worker = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [], name: 'fastkmeans' })
    this.#worker = worker
    worker.on('message', (result: Result) => {
      this.#waiting.shift()!.resolve(result)
      if (this.#waiting.length === 0) worker.unref()
    })
    worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)))
    worker.on('exit', (code) => this.#end(`exit code ${code}`))
    worker.unref()
  }

  run(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage(job)
    })
  }

  #end(reason: string): void {
    this.ended = true
    for (const { reject } of this.#waiting.splice(0))
      reject(new Error(`cuda: expected the device's threads to live, got the end of one: ${reason}; the call may be made again`))
  }
}
