/**
 * @file The native CPU backend at its edges: extreme shapes and values, blocks and shared memory, aborts, disposal at work, two at once.
 */
import { describe, expect, test } from 'vitest'
import type { Session } from '../../../src/backends/backend.js'
import { cpuAvailable, openCpu } from '../../../src/backends/cpu/cpu.js'
import { reference } from '../../../src/backends/reference.js'
import { limbScales, nearest, sampledMean } from '../../../src/exact.js'
import type { Points } from '../../../src/points.js'
import { random } from '../../../src/random.js'
import { describeAtWork } from '../atWork.js'
import { PLAN } from '../sessionRuns.js'
import { isas } from './helpers.js'

const there = isas.length > 0
const backend = there ? await openCpu({ threads: 2, screenFrom: -1e9 }) : reference

async function open(points: Points, k: number): Promise<Session> {
  const session = await backend.open(points, { ...PLAN, k })
  const { max } = await session.columnStats()
  await session.prepare({ scales: limbScales(max, points.n), mean: sampledMean(points), spherical: false })
  return session
}

function uniform(length: number, seed: number, scale = 1): Float32Array {
  const { uniform } = random(seed, 80)
  return Float32Array.from({ length }, (_, i) => (uniform(i) - 0.5) * scale)
}

/** The first two of 64 columns times 1000. */
const outweighed = (x: Float32Array): Float32Array => x.map((value, i) => (i % 64 < 2 ? value * 1000 : value))

/** Labels cold, then again with those of other centroids as a start: both as the definition gives them. */
async function expectExact(x: Float32Array, centroids: Float32Array, d: number): Promise<void> {
  const n = x.length / d
  const k = centroids.length / d
  const session = await open({ blocks: [x], n, d }, k)
  const expected = Int32Array.from({ length: n }, (_, i) => nearest(x, i * d, centroids, k, d))
  await session.setCentroids(centroids)
  await session.assign()
  expect(await session.labels()).toStrictEqual(expected)
  await session.setCentroids(uniform(k * d, 99))
  await session.assign()
  await session.setCentroids(centroids, { keepLabels: true })
  await session.assign()
  expect(await session.labels()).toStrictEqual(expected)
  session.dispose()
}

describe.skipIf(!there)('labels are the definition’s', () => {
  test.each([
    [20, 20_000, 5],
    [3, 65_536, 3],
    [50, 16, 4000],
    [1, 9, 1],
    [1, 300, 40],
    [1537, 8, 33],
    [3073, 12, 97],
    [700, 4099, 35],
  ])('for n = %i, d = %i, k = %i', async (n, d, k) => {
    await expectExact(uniform(n * d, n), uniform(k * d, k), d)
  })

  test.each([1e-44, 1e-38, 1e-20, 1e18, 6e38])('for values of size %f', async (scale) => {
    await expectExact(uniform(400 * 40, 1, scale), uniform(60 * 40, 2, scale), 40)
  })

  test.each([1e3, 1e10, 1e20, 3e38])('for some centroids far outside the points, at %f', async (far) => {
    const centroids = uniform(70 * 24, 3)
    for (let j = 0; j < 70; j += 7) centroids[j * 24 + (j % 24)] = far
    await expectExact(uniform(500 * 24, 4), centroids, 24)
  })

  test('for points far outside the centroids, and for all centroids far outside the points', async () => {
    await expectExact(uniform(300 * 20, 5, 1e30), uniform(50 * 20, 6), 20)
    await expectExact(uniform(300 * 20, 5, 1e-30), uniform(50 * 20, 6, 1e30), 20)
  })

  test('where many centroids are the same, and many points too', async () => {
    const centroids = uniform(300 * 30, 7)
    for (let j = 0; j < 300; j++) centroids.copyWithin(j * 30, (j % 5) * 30, (j % 5) * 30 + 30)
    await expectExact(uniform(200 * 30, 8), centroids, 30)
    await expectExact(new Float32Array(100 * 30).fill(3), new Float32Array(90 * 30).fill(3), 30)
    await expectExact(new Float32Array(100 * 30), new Float32Array(90 * 30), 30)
  })

  test('where a few features outweigh all others', async () => {
    await expectExact(outweighed(uniform(1000 * 64, 9)), outweighed(uniform(200 * 64, 10)), 64)
  })
})

test.skipIf(!there)('reads blocks of any size, of shared memory, at any offset', async () => {
  const d = 9
  const x = uniform(1000 * d, 11)
  const shared = new Float32Array(new SharedArrayBuffer(4 * 500 * d + 4), 4)
  shared.set(x.subarray(499 * d, 999 * d))
  const blocks = [x.slice(0, d), x.subarray(d, 499 * d), shared, x.slice(999 * d)]
  const results = []
  for (const points of [
    { blocks: [x], n: 1000, d },
    { blocks, n: 1000, d },
  ]) {
    const session = await open(points, 40)
    await session.setCentroids(x.slice(0, 40 * d))
    const { counts, shifts, terms } = await session.step()
    results.push([counts, shifts, terms, await session.labels(), await session.sqDistances(), await session.columnStats()])
    session.dispose()
  }
  expect(results[1]).toStrictEqual(results[0])
})

test.skipIf(!there)('finds the first value that is not finite', async () => {
  const x = uniform(9000 * 11, 12)
  x[8000 * 11 + 3] = Infinity
  x[5000 * 11 + 7] = NaN
  x[5000 * 11 + 9] = -Infinity
  const session = await backend.open({ blocks: [x], n: 9000, d: 11 }, { ...PLAN, k: 2 })
  expect((await session.columnStats()).nonFinite).toStrictEqual({ row: 5000, column: 7, value: NaN })
  session.dispose()
})

describeAtWork(async () => backend, !there)

test.skipIf(!there)('says what is there, and refuses an instruction set that is not', async () => {
  expect(cpuAvailable()).toStrictEqual({ available: true, why: 'native library found' })
  await expect(openCpu({ isa: 'sse9' })).rejects.toThrow(/openCpu: expected an instruction set .* got 'sse9'/)
})
