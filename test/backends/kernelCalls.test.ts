/** @file What a session hands to the C kernels and makes of their answers, with kernels that only note what they are given. */
import { expect, test, vi } from 'vitest'
import { CONTROL_WORDS, KernelSession } from '../../src/backends/kernelSession.js'
import type { KernelName, KernelValue } from '../../src/backends/kernelSession.js'
import type { Part } from '../../src/backends/parts.js'
import type { Points } from '../../src/points.js'
import { PLAN } from './sessionRuns.js'

const [n, d, k] = [10_000, 2, 3]
const [DONE, CANCELLED] = [0, 1]
const PARTS: readonly Part[] = [
  { first: 0, last: 8192 },
  { first: 8192, last: n },
]

/** A kernel: from its arguments and the Control to what it returns. */
type Kernel = (values: readonly KernelValue[], control: Int32Array) => number | Promise<number>

class NotingSession extends KernelSession {
  readonly calls: { name: KernelName; values: readonly KernelValue[] }[] = []
  readonly control = new Int32Array(CONTROL_WORDS)
  kernel: Kernel = () => DONE
  readonly split: readonly Part[]

  constructor(points: Points, parts: readonly Part[]) {
    super(points, { ...PLAN, k })
    this.split = parts
  }

  protected override async ready(): Promise<Int32Array> {
    return this.control
  }

  protected override async run(name: KernelName, values: readonly KernelValue[]): Promise<number> {
    this.calls.push({ name, values: values.map((value) => (ArrayBuffer.isView(value) ? value.slice() : value)) })
    return this.kernel(values, this.control)
  }

  protected override async *parts(): AsyncGenerator<Part> {
    yield* this.split
  }
}

/** A session with centroids, whose E-steps leave every label 0. */
async function open(parts: readonly Part[] = PARTS.slice(0, 1)): Promise<NotingSession> {
  const session = new NotingSession({ blocks: [new Float32Array(n * d)], n, d }, parts)
  await session.prepare({ scales: { bits: 30, exponents: new Int32Array(d) }, mean: new Float32Array(d), spherical: false })
  await session.setCentroids(new Float32Array(k * d))
  session.calls.length = 0
  return session
}

/** A kernel that runs until it is cancelled. */
const untilCancelled: Kernel = async (_, control) => {
  await vi.waitUntil(() => Atomics.load(control, 0) === 1)
  return CANCELLED
}

test('an E-step follows the one before, but not one that was cut off', async () => {
  const session = await open()
  const follows = (): unknown[] => session.calls.map(({ values }) => values[3])
  await session.assign()
  await session.assign()
  expect(follows()).toEqual([0, 1])
  const controller = new AbortController()
  session.kernel = untilCancelled
  setTimeout(() => controller.abort(new Error('stop')), 1)
  await expect(session.assign({ signal: controller.signal })).rejects.toThrow('stop')
  session.kernel = () => DONE
  await session.assign()
  await session.assign()
  expect(follows()).toEqual([0, 1, 1, 0, 1])
})

test('sums go on from those before, but are made anew after some that were cut off', async () => {
  const session = await open()
  await session.assign()
  session.calls.length = 0
  session.kernel = (values) => {
    for (const at of [1, 6]) (values[at] as Int32Array).fill(7)
    return DONE
  }
  const starts = (): unknown[] => session.calls.map(({ values }) => [1, 6].map((at) => (values[at] as Int32Array)[0]))
  await session.sums()
  await session.sums()
  expect(starts()).toEqual([
    [-1, 0],
    [7, 7],
  ])
  session.kernel = () => CANCELLED
  const controller = new AbortController()
  const cut = session.sums({ signal: controller.signal })
  controller.abort(new Error('stop'))
  await expect(cut).rejects.toThrow('stop')
  session.kernel = () => DONE
  await session.sums()
  expect(starts().at(-1)).toEqual([-1, 0])
})

test('the first non-finite value of a later part is told by its row among all', async () => {
  const session = await open(PARTS)
  const rows = [-1, 5]
  session.kernel = (values) => {
    ;(values[2] as Float64Array).set([rows.shift()!, 1, NaN])
    return DONE
  }
  expect((await session.columnStats()).nonFinite).toEqual({ row: 8192 + 5, column: 1, value: NaN })
})

test('progress of an E-step in parts is that of all rows', async () => {
  const session = await open(PARTS)
  const shares: number[] = []
  session.kernel = async (_, control) => {
    control.set([0, 1, 2])
    const told = shares.length
    await vi.waitUntil(() => shares.length > told)
    return DONE
  }
  await session.assign({ onProgress: (share) => shares.push(share) })
  const [first, second] = [shares[0], shares.at(-1)!]
  expect(first).toBeCloseTo(0.5 * 0.8192, 10)
  expect(second).toBeCloseTo(0.8192 + 0.5 * 0.1808, 10)
})

test('points whose buffer is transferred away during a call end it, with the way out', async () => {
  const x = new Float32Array(n * d)
  const session = new NotingSession({ blocks: [x], n, d }, PARTS)
  session.kernel = untilCancelled
  const work = session.columnStats()
  setTimeout(() => structuredClone(x.buffer, { transfer: [x.buffer] }), 1)
  await expect(work).rejects.toThrow('Session: expected points in memory, got a detached buffer; transfer points after training')
})

test('disposal cancels the call at work', async () => {
  const session = await open()
  session.kernel = untilCancelled
  const work = session.assign()
  setTimeout(() => session.dispose(), 1)
  await expect(work).rejects.toThrow('Session: expected a live session, got a disposed one')
})
