/** @file The loop of a library's process written in JavaScript: one command a line on standard input, one answer a line. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { readBlocks, readIntegers, writeArrays } from '../cases/files.js'
import type { Command, Failure, LoadCommand, TrainAnswer } from './protocol.js'

/** A case in the memory of a library's process. */
export interface Loaded extends Pick<LoadCommand, 'n' | 'd' | 'k' | 'niter' | 'init' | 'seed'> {
  blocks: Float32Array[]
  /** The k rows to start from, k·d. */
  start: Float32Array
}

export interface Model {
  iterations: number
  centroids: Float32Array
  /** The library's labels of all rows for these centroids. */
  predict(): Int32Array | Promise<Int32Array>
  backend?: string
}

const answer = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

/** Answers commands until standard input ends. `train` is one whole training; what it needs of the library has been imported before. */
export async function serve(version: string, train: (loaded: Loaded) => Promise<Model>): Promise<void> {
  console.warn = () => {}
  answer({ version })
  let loaded: Loaded | undefined
  let model: Model | undefined
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as Command
    try {
      if (command.do === 'load') {
        loaded = model = undefined
        loaded = load(command)
        answer({})
      } else if (command.do === 'train') {
        model = undefined
        const timed = await time(() => train(loaded!))
        model = timed.model
        answer(timed.answer)
      } else if (command.do === 'result') {
        writeArrays(command.centroids, [model!.centroids])
        writeArrays(command.labels, [await model!.predict()])
        answer({})
      } else throw new Error(`serve: expected load, train or result, got '${command.do}'`)
    } catch (error) {
      const text = (error as Error).message
      answer({ error: text.slice(0, 500), memory: /memory|allocation/i.test(text) } satisfies Failure)
    }
  }
}

function load({ x, start, ...rest }: LoadCommand): Loaded {
  const { k, d } = rest
  const blocks = readBlocks(x, d)
  const first = new Float32Array(k * d)
  const blockRows = blocks[0].length / d
  for (const [j, row] of readIntegers(start).entries()) {
    const at = (row % blockRows) * d
    first.set(blocks[Math.floor(row / blockRows)].subarray(at, at + d), j * d)
  }
  return { blocks, start: first, ...rest }
}

async function time(train: () => Promise<Model>): Promise<{ model: Model; answer: TrainAnswer }> {
  // `gc` is there with --expose-gc. Without it, garbage that an earlier training left would count towards this one's peak.
  ;(globalThis as { gc?: () => void }).gc?.()
  resetPeak()
  const held = statusBytes('VmRSS')
  const began = performance.now()
  const model = await train()
  const seconds = (performance.now() - began) / 1000
  const { iterations, backend } = model
  return { model, answer: { seconds, iterations, peakBytes: Math.max(0, statusBytes('VmHWM') - held), backend } }
}

/** The bytes that a line of /proc/self/status tells; 0 on a system that has no such file. */
function statusBytes(name: 'VmRSS' | 'VmHWM'): number {
  try {
    const line = readFileSync('/proc/self/status', 'utf8')
    return Number(new RegExp(`${name}:\\s*(\\d+)`).exec(line)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // No Linux: the peak is that of the whole process, and statusBytes gives 0.
  }
}
