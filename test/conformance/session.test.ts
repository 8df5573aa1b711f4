/** @file One body over every backend: whatever a session returns equals the reference session's, bit for bit. */
import { describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backends/backend.js'
import { limbScales } from '../../src/exact.js'
import type { Device } from '../../src/options.js'
import { expectRuns, expectedSeeds, seeded, seeds } from '../backends/sessionRuns.js'
import { backendOf, REQUIRED } from './backends.js'
import { CASES, LEAD_CASES, LONG_CASE } from './cases.js'
import type { Case } from './cases.js'

const CHUNKS: readonly [data: number, centroids: number][] = [
  [51_200, 10_240],
  [61, 7],
  [7, 61],
]

const open = (c: Case, backend: Backend, [chunkSizeData, chunkSizeCentroids]: readonly [number, number]) =>
  backend.open({ blocks: [c.x], n: c.n, d: c.d }, { k: c.k, precision: 'exact', chunkSizeData, chunkSizeCentroids })

/** Fails unless a device returns what the reference returns. */
async function expectLikeReference(device: Device, cases: readonly Case[], [chunkSizeData, chunkSizeCentroids] = CHUNKS[0]): Promise<void> {
  const { backend } = await backendOf(device)
  await expectRuns(backend, cases, { chunkSizeData, chunkSizeCentroids })
}

describe.each(REQUIRED)('device %s', (device) => {
  test.each([...CASES, ...LEAD_CASES].map((c) => [c.name, c] as const))('equals the reference bit for bit: %s', async (_, c) => {
    await expectLikeReference(device, [c])
  })

  test.each(CHUNKS.slice(1))('does so with chunks of %i rows and %i centroids', async (...chunks) => {
    await expectLikeReference(device, CASES, chunks)
  })

  test('does so with chunks of 1 row and 1 centroid', async () => {
    await expectLikeReference(
      device,
      CASES.filter(({ n, k }) => n * k < 3000),
      [1, 1],
    )
  })

  test('sums over more rows than one block of 4,096', async () => {
    await expectLikeReference(device, [LONG_CASE])
  })

  test('labels every row by the lowest index of the smallest distance', async () => {
    const { backend } = await backendOf(device)
    for (const c of CASES) {
      const session = await open(c, backend, CHUNKS[0])
      await session.prepare({ scales: limbScales(new Float64Array(c.d).fill(1), c.n), mean: new Float32Array(c.d), spherical: false })
      await session.setCentroids(c.start)
      await session.assign()
      expect(await session.labels(), c.name).toStrictEqual(bruteForce(c))
      session.dispose()
    }
  })

  test('k-means++ passes give the same integers', async () => {
    const { backend } = await backendOf(device)
    for (const c of seeded(CASES)) expect(await seeds(backend, c), c.name).toStrictEqual(await expectedSeeds(c))
  })

  test('takes another number of centroids in the middle', async () => {
    for (const c of CASES.filter(({ n, k, weights }) => n > k && (weights !== undefined || n === 257))) {
      const seen = []
      for (const { backend } of [await backendOf(device), await backendOf('reference')]) {
        const session = await open(c, backend, CHUNKS[0])
        const { max } = await session.columnStats(c.weights)
        await session.prepare({ scales: limbScales(max, c.n), mean: new Float32Array(c.d), weights: c.weights, spherical: false })
        const results: unknown[] = []
        for (const k of [c.k, 1, c.k + 1, 2]) {
          await session.setCentroids(c.x.slice(0, k * c.d))
          const { counts, shifts, terms, changed } = await session.step()
          const { hi, lo, counts: limbs, countsLow } = await session.sums()
          results.push(counts, shifts, terms, changed, hi.slice(), lo.slice(), limbs.slice(), countsLow.slice())
          results.push(await session.labels(), await session.centroids())
        }
        session.dispose()
        seen.push(results)
      }
      expect(seen[0], c.name).toStrictEqual(seen[1])
    }
  })

  test('an aborted E-step leaves the labels of the last complete one', async () => {
    const { backend } = await backendOf(device)
    const c = LONG_CASE
    const session = await open(c, backend, [61, 7])
    const controller = new AbortController()
    await session.prepare({ scales: limbScales(new Float64Array(c.d).fill(1), c.n), mean: new Float32Array(c.d), spherical: false })
    await session.setCentroids(c.start)
    await session.step()
    const labels = await session.labels()
    const centroids = await session.centroids()
    controller.abort(new Error('stop'))
    await expect(session.step({ signal: controller.signal })).rejects.toThrow('stop')
    expect(await session.labels()).toStrictEqual(labels)
    expect(await session.centroids()).toStrictEqual(centroids)
    await session.step()
    expect(await session.labels()).not.toStrictEqual(labels)
    session.dispose()
    session.dispose()
  })
})

function bruteForce({ x, start, n, k, d }: Case): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => {
    let label = 0
    let least = Infinity
    for (let j = 0; j < k; j++) {
      let distance = 0
      for (let t = 0; t < d; t++) distance += (x[i * d + t] - start[j * d + t]) ** 2
      if (distance < least) {
        least = distance
        label = j
      }
    }
    return label
  })
}
