/** @file A library's process, seen from the bench: commands go in, answers come out, and a death is an answer too. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { BenchCase } from '../cases/cases.js'
import type { CaseFiles } from '../cases/files.js'
import { readFloats, readIntegers } from '../cases/files.js'
import type { BenchLibrary } from './libraries.js'
import type { Command, Failure, Greeting, TrainAnswer } from './protocol.js'

/** What a training left. */
export interface Result {
  centroids: Float32Array
  labels: Int32Array
}

/** A library that failed: its own words, and whether memory ran out. The process may be gone. */
export class LibraryFailure extends Error {
  constructor(
    message: string,
    readonly memory: boolean,
  ) {
    super(message)
  }
}

export interface LibraryProcess {
  version: string
  load(c: BenchCase, files: CaseFiles): Promise<void>
  train(): Promise<TrainAnswer>
  result(): Promise<Result>
  /** Multiplications and additions a second of matrix products, by type. */
  roof(): Promise<Record<string, number>>
  close(): void
}

/** As many threads as there are cores, for every kind of thread pool. */
const THREADS = String(availableParallelism())
const THREAD_VARIABLES = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMEXPR_NUM_THREADS']

/** @throws Error, with the reason, where the library is not there */
export async function startLibrary(library: BenchLibrary): Promise<LibraryProcess> {
  const [command, args] = library.command()
  const env = { ...process.env, ...Object.fromEntries(THREAD_VARIABLES.map((name) => [name, THREADS])) }
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => (complaints = (complaints + text.toString()).slice(-2000)))
  child.stdin.on('error', () => {})
  const death = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) =>
      resolve(signal === null ? `its process ended with ${code}: ${complaint(complaints)}` : `its process was ended by ${signal}`),
    )
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T extends object>(): Promise<T> => {
    const { value, done } = await lines.next()
    // Linux ends a process that takes the last of the memory by SIGKILL, so that signal stands for 'out of memory'.
    if (done) throw await death.then((reason) => new LibraryFailure(reason, reason.includes('SIGKILL')))
    const parsed = JSON.parse(value) as T | Failure
    if ('error' in parsed) throw new LibraryFailure(parsed.error, parsed.memory)
    return parsed
  }
  const ask = <T extends object>(question: Command): Promise<T> => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    return answer<T>()
  }
  const greeting = await answer<Greeting>()
  if ('absent' in greeting) throw new LibraryFailure(greeting.absent, false)
  return {
    version: greeting.version,
    load: async ({ n, d, k, niter, init = 'rows', seed = 0 }, { x, start }) =>
      void (await ask({ do: 'load', x, start, n, d, k, niter, init, seed })),
    async train() {
      const { seconds, ...rest } = await ask<TrainAnswer>({ do: 'train' })
      return { seconds: Number(seconds.toFixed(6)), ...rest }
    },
    async result() {
      const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-bench-'))
      try {
        const files = { centroids: join(folder, 'centroids'), labels: join(folder, 'labels') }
        await ask({ do: 'result', ...files })
        return { centroids: readFloats(files.centroids), labels: readIntegers(files.labels) }
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    roof: () => ask<Record<string, number>>({ do: 'roof' }),
    close: () => void child.kill(),
  }
}

/** What a process complained of: the line that names an error, or the last. */
function complaint(text: string): string {
  const lines = text.trim().split('\n')
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? ''
}
