/** @file The WebAssembly backend beside the reference: 1, 2 and 5 threads, all points in the memory or passing through it in parts. */
import { describe, expect, test } from 'vitest'
import { openWasm } from '../../../src/backends/wasm/wasm.js'
import { sqDistance } from '../../../src/exact.js'
import { random } from '../../../src/random.js'
import { CASES, LONG_CASE } from '../../conformance/cases.js'
import type { Case } from '../../conformance/cases.js'
import { PLAN, SCREEN_ALL, expectRuns, expectedSeeds, seeded, seeds, testKernels } from '../sessionRuns.js'

/** Room for no more than ROW_BLOCK rows at a time. */
const NARROW = 1

/** Four parts and a bit, of which the last is not a whole block; with weights. */
const PARTS: Case = (() => {
  const [n, d, k] = [4 * 4096 + 1000, 5, 20]
  const { uniform } = random(3, 83)
  const x = Float32Array.from({ length: n * d }, (_, i) => Math.floor(uniform(i) * 40))
  const weights = Float64Array.from({ length: n }, (_, i) => 1 + Math.floor(uniform(2 ** 30 + i) * 8) / 8)
  return { name: 'parts', n, d, k, x, start: x.slice(0, k * d), weights }
})()

describe('device wasm', () => {
  testKernels(openWasm)

  test.each([
    [1, SCREEN_ALL],
    [3, SCREEN_ALL],
    [2, 1e9],
  ])('does so with points that pass through the memory in parts, on %i threads, screened from %f', async (threads, screenFrom) => {
    const backend = await openWasm({ threads, screenFrom, memoryLimit: NARROW })
    await expectRuns(backend, [PARTS, LONG_CASE])
  })

  test('gives the table of all distances of points that pass through the memory in parts', async () => {
    const { n, d, x, start } = PARTS
    const session = await (await openWasm({ threads: 2, memoryLimit: NARROW })).open({ blocks: [x], n, d }, { ...PLAN, k: 600 })
    const all = Float32Array.from({ length: 600 * d }, (_, i) => start[i % start.length] + i)
    await session.columnStats()
    await session.setCentroids(all)
    const table = await session.distances!()
    session.dispose()
    const wrong = table.findIndex((distance, i) => distance !== Math.sqrt(sqDistance(x, Math.floor(i / 600) * d, all, (i % 600) * d, d)))
    expect([table.length, wrong]).toEqual([n * 600, -1])
  })

  test.each([{}, { memoryLimit: NARROW }])('k-means++ passes give the same integers: %j', async (options) => {
    const backend = await openWasm({ threads: 3, ...options })
    for (const c of seeded([...CASES, LONG_CASE, PARTS])) expect(await seeds(backend, c), c.name).toStrictEqual(await expectedSeeds(c))
  })

  test('takes points from several blocks, of shared memory, at any offset', async () => {
    const { x, n, d } = LONG_CASE
    const shared = new Float32Array(new SharedArrayBuffer(4 * (x.length + 1)), 4)
    shared.set(x)
    const points = { blocks: [shared.subarray(0, 7 * d), x.slice(7 * d, 4000 * d), shared.subarray(4000 * d)], n, d }
    const backend = await openWasm({ threads: 2, memoryLimit: NARROW })
    await expectRuns(backend, [LONG_CASE], { points })
  })
})
