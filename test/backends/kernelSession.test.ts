/** @file Aborts of the passes that are neither E-steps nor seeding, on every device that runs the C kernels. */
import { expect, test } from 'vitest'
import type { Backend, Limbs } from '../../src/backends/backend.js'
import { openCpu } from '../../src/backends/cpu/cpu.js'
import { limbSums } from '../../src/backends/limbSums.js'
import { openWasm } from '../../src/backends/wasm/wasm.js'
import { limbScales } from '../../src/exact.js'
import { pace } from '../../src/pace.js'
import { isas } from './cpu/helpers.js'
import { PLAN } from './sessionRuns.js'

/** Enough for every pass to take some milliseconds. */
const [n, d, k] = [400_000, 64, 100]
const PATTERN = 10_000 * d

function makePoints(): Float32Array {
  const x = new Float32Array(n * d)
  for (let i = 0; i < PATTERN; i++) x[i] = ((i * 7919) % 1009) / 1009
  for (let filled = PATTERN; filled < x.length; filled *= 2) x.copyWithin(filled, 0, filled)
  return x
}

/** Without the native library (helpers.ts says why), WebAssembly alone. */
const devices: [string, () => Promise<Backend>][] = [['wasm', () => openWasm({ threads: 2 })]]
if (isas.length > 0) devices.push(['cpu', () => openCpu({ threads: 2 })])

test.each(devices)('%s: an abort ends every pass while it runs, and the next one is exact', async (_, open) => {
  const x = makePoints()
  const points = { blocks: [x], n, d }
  const session = await (await open()).open(points, { ...PLAN, k })
  const preparation = { scales: limbScales((await session.columnStats()).max, n), mean: x.slice(0, d), spherical: false }
  await session.prepare(preparation)
  await session.setCentroids(x.slice(0, k * d))
  await session.assign()
  const passes: Record<string, (options: { signal?: AbortSignal }) => Promise<unknown>> = {
    columnStats: (options) => session.columnStats(undefined, options),
    prepare: (options) => session.prepare(preparation, options),
    sqDistances: (options) => session.sqDistances(options),
    distances: (options) => session.distances!(options),
    blockInertia: (options) => session.blockInertia(options),
    sums: (options) => session.sums(options),
    update: (options) => session.update(undefined, options),
  }
  const outcomes: Record<string, unknown> = {}
  for (const [name, pass] of Object.entries(passes)) {
    // Sums are made anew.
    await session.prepare(preparation)
    const controller = new AbortController()
    const work = pass({ signal: controller.signal }).catch((error: Error) => error.message)
    // By then the kernel has been called.
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('stopped'))
    outcomes[name] = await work
  }
  for (const name of Object.keys(passes)) expect(outcomes[name], name).toBe('stopped')
  const expected = limbSums(points, k, preparation)
  await expected.follow((await session.labels())!, pace())
  const sums = await session.sums()
  for (const name of ['hi', 'lo', 'counts', 'countsLow'] satisfies (keyof Limbs)[]) expect(sums[name], name).toStrictEqual(expected[name])
  session.dispose()
})
