/** @file What the tfjs backend leaves behind: no tensor, no other active backend, an event loop that lives, memory within the budget. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openTfjs, tfjsAvailable } from '../../../src/backends/tfjs/tfjs.js'
import { openRuntime } from '../../../src/backends/tfjs/runtime.js'
import { labelsByDefinition, ready, TF_BACKENDS, uniform } from './helpers.js'

const D = 24
const X = uniform(4000 * D, 20)
const CENTROIDS = uniform(200 * D, 21)

/** Calls `before` ahead of every matrix product of a tf backend, with the bytes of the result. @returns what undoes it */
function aroundMatMul(name: string, before: (bytes: number) => void): () => void {
  const kernel = tf.getKernel('BatchMatMul', name)
  const original = kernel.kernelFunc
  kernel.kernelFunc = (args) => {
    const { a, b } = args.inputs
    before(4 * a!.shape.at(-2)! * b!.shape.at(-1)!)
    return original(args)
  }
  return () => {
    kernel.kernelFunc = original
  }
}

/** The same for every upload. */
function aroundWrite(name: string, before: () => void): () => void {
  const spied = tf.engine().registry[name]
  const original = spied.write.bind(spied)
  const spy = vi.spyOn(spied, 'write').mockImplementation((...args) => {
    before()
    return original(...args)
  })
  return () => spy.mockRestore()
}

test('an unknown tf backend is refused by name', async () => {
  await expect(openTfjs('webgl')).rejects.toThrow("openTfjs: expected 'cpu', 'wasm', 'tensorflow' or 'webgpu', got 'webgl'")
})

test('uncaught errors stay with those who listened for them before', async () => {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = events.map((event) => process.listenerCount(event))
  await openRuntime('wasm')
  expect(events.map((event) => process.listenerCount(event))).toEqual(before)
})

test('without a name, the tf backend that is active is taken', async () => {
  await tf.setBackend('cpu')
  expect(tfjsAvailable().active).toBe('cpu')
  expect((await openTfjs()).name).toBe('tfjs:cpu')
})

test('a device that multiplies in fewer bits is refused for exact labels, and taken for fast ones', async () => {
  const runtime = await openRuntime('cpu')
  const points = { blocks: [X], n: X.length / D, d: D }
  const plan = { k: 3, chunkSizeData: 10, chunkSizeCentroids: 10 }
  const backend = await openTfjs('cpu')
  const full = vi.spyOn(runtime, 'fullPrecision', 'get' as never).mockReturnValue(false as never)
  await expect(backend.open(points, { ...plan, precision: 'exact' })).rejects.toThrow("expected 'cpu' to multiply in float32")
  const session = await backend.open(points, { ...plan, precision: 'fast' })
  session.dispose()
  full.mockRestore()
})

describe.each(TF_BACKENDS)('tf backend %s', (name) => {
  let before: { numTensors: number; numBytes: number }
  let active: string

  beforeEach(async () => {
    await openTfjs(name)
    await tf.setBackend('cpu')
    active = tf.getBackend()
    const { numTensors, numBytes } = tf.memory()
    before = { numTensors, numBytes }
  })
  afterEach(() => {
    const { numTensors, numBytes } = tf.memory()
    expect({ numTensors, numBytes }).toEqual(before)
    expect(tf.getBackend()).toBe(active)
  })

  test('a session leaves no tensor and the active backend as it was', async () => {
    const session = await ready(await openTfjs(name), X, CENTROIDS, D, { chunkSizeData: 1000, chunkSizeCentroids: 130 })
    await session.step()
    await session.step()
    expect(tf.memory().numTensors).toBeGreaterThan(before.numTensors)
    expect(tf.tidy(() => tf.square(3).dataSync()[0])).toBe(9)
    session.dispose()
    session.dispose()
  })

  test('neither does a tidy of the caller free what a session still needs', async () => {
    const session = await ready(await openTfjs(name), X, CENTROIDS, D)
    tf.engine().startScope()
    await session.assign()
    tf.engine().endScope()
    await session.assign()
    expect(await session.labels()).toStrictEqual(labelsByDefinition(X, CENTROIDS, D))
    session.dispose()
  })

  test('an abort within an E-step leaves none, and the labels as they were', async () => {
    const session = await ready(await openTfjs(name), X, CENTROIDS, D, { chunkSizeData: 16 })
    await session.assign()
    const labels = await session.labels()
    const controller = new AbortController()
    const aborted = session.assign({
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    })
    await expect(aborted).rejects.toThrow('enough')
    expect(await session.labels()).toStrictEqual(labels)
    session.dispose()
  })

  test.each(['matMul', 'write'] as const)('an error thrown by %s leaves none, and the session works on', async (what) => {
    const session = await ready(await openTfjs(name), X, CENTROIDS, D, { chunkSizeData: 500, chunkSizeCentroids: 90 })
    await session.assign()
    let calls = 0
    const fail = (): void => {
      if (++calls === 2) throw new Error('out of memory')
    }
    const restore = what === 'matMul' ? aroundMatMul(name, fail) : aroundWrite(name, fail)
    await expect(session.assign()).rejects.toThrow('out of memory')
    restore()
    await session.assign()
    expect(await session.labels()).toStrictEqual(labelsByDefinition(X, CENTROIDS, D))
    session.dispose()
  })

  test('tensors stay within the memory budget, whatever the chunk sizes', async () => {
    const memoryBudget = 400_000
    let peak = 0
    const restore = aroundMatMul(name, (bytes) => (peak = Math.max(peak, bytes + tf.memory().numBytes - before.numBytes)))
    const session = await ready(await openTfjs(name), X, CENTROIDS, D, { memoryBudget })
    await session.assign()
    restore()
    expect(await session.labels()).toStrictEqual(labelsByDefinition(X, CENTROIDS, D))
    session.dispose()
    expect(peak).toBeGreaterThan(memoryBudget / 2)
    expect(peak).toBeLessThanOrEqual(memoryBudget)
  })

  test('a timer keeps firing during an E-step', async () => {
    const d = 96
    const rows = name === 'cpu' ? 6000 : 40_000
    const session = await ready(await openTfjs(name), uniform(rows * d, 22), uniform(500 * d, 23), d)
    await session.assign()
    const began = performance.now()
    let ticks = 0
    const timer = setInterval(() => ticks++, 20)
    for (let i = 0; i < 3; i++) await session.assign()
    clearInterval(timer)
    const elapsed = performance.now() - began
    session.dispose()
    expect(ticks).toBeGreaterThan(elapsed / 20 / 4 - 1)
  })
})
