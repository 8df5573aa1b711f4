/** @file One body over every backend: whatever a session returns equals the reference session's, bit for bit. */
import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/backends/backend.js'
import { reference } from '../../src/backends/reference.js'
import { limbScales, sampledMean } from '../../src/exact.js'
import { backendOf, REQUIRED } from './backends.js'
import { CASES, LEAD_CASES, LONG_CASE } from './cases.js'
import type { Case } from './cases.js'

const CHUNKS: readonly [data: number, centroids: number][] = [
  [51_200, 10_240],
  [61, 7],
  [7, 61],
]

async function run(c: Case, session: Session, iterations: number): Promise<unknown[]> {
  const seen: unknown[] = []
  const points = { blocks: [c.x], n: c.n, d: c.d }
  const stats = await session.columnStats(c.weights)
  const preparation = {
    scales: limbScales(stats.max, c.n),
    mean: sampledMean(points),
    weights: c.weights,
    spherical: c.spherical ?? false,
  }
  seen.push(stats, await session.prepare(preparation))
  await session.setCentroids(c.start)
  for (let i = 0; i < iterations; i++) {
    const { counts, shifts, terms, changed } = await session.step()
    seen.push({ counts, shifts, terms, changed })
    seen.push(await session.labels(), await session.centroids(), await session.centroids('labelled'))
  }
  const { hi, lo, counts, countsLow } = await session.sums()
  seen.push(hi.slice(), lo.slice(), counts.slice(), countsLow.slice())
  seen.push(await session.sqDistances(), await session.blockInertia(), await session.farthest(Math.min(5, c.n)))
  await session.replace(Uint32Array.of(0), await session.rows(Uint32Array.of(c.n - 1)))
  for (const which of ['current', 'labelled'] as const) seen.push(await session.centroids(which, Uint32Array.of(c.k - 1, 0, c.k - 1)))
  await session.assign()
  seen.push(await session.labels(), await session.centroids())
  return seen
}

const open = (device: Case, backend: typeof reference, [chunkSizeData, chunkSizeCentroids]: readonly [number, number]) =>
  backend.open({ blocks: [device.x], n: device.n, d: device.d }, { k: device.k, precision: 'exact', chunkSizeData, chunkSizeCentroids })

async function expectLikeReference(c: Case, device: (typeof REQUIRED)[number], chunks: readonly [number, number]): Promise<void> {
  const { backend } = await backendOf(device)
  const expected = await open(c, reference, chunks)
  const actual = await open(c, backend, chunks)
  try {
    expect(await run(c, actual, 3)).toStrictEqual(await run(c, expected, 3))
  } finally {
    expected.dispose()
    actual.dispose()
  }
}

describe.each(REQUIRED)('device %s', (device) => {
  test.each([...CASES, ...LEAD_CASES].map((c) => [c.name, c] as const))('equals the reference bit for bit: %s', async (_, c) => {
    await expectLikeReference(c, device, CHUNKS[0])
  })

  test.each(CHUNKS.slice(1))('does so with chunks of %i rows and %i centroids', async (...chunks) => {
    for (const c of CASES) await expectLikeReference(c, device, chunks)
  })

  test('does so with chunks of 1 row and 1 centroid', async () => {
    for (const c of CASES.filter(({ n, k }) => n * k < 3000)) await expectLikeReference(c, device, [1, 1])
  })

  test('sums over more rows than one block of 4,096', async () => {
    await expectLikeReference(LONG_CASE, device, CHUNKS[0])
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
    for (const c of CASES.filter(({ n, name }) => n > 100 && !name.includes('e37'))) {
      const results = []
      for (const b of [reference, backend]) {
        const session = await open(c, b, CHUNKS[0])
        const { max } = await session.columnStats(c.weights)
        const mean = sampledMean({ blocks: [c.x], n: c.n, d: c.d })
        await session.prepare({ scales: limbScales(max, c.n), mean, weights: c.weights, spherical: false })
        const largest = await session.seedWith(c.x.slice(0, 2 * c.d), { anew: true })
        const exponent = -Math.floor(Math.log2(largest || 1)) + 20
        const potentials = await session.potentials(c.x.slice(2 * c.d, 5 * c.d), exponent)
        results.push([largest, potentials, await session.pick(Float64Array.of(0, 0.3, 0.999999), exponent)])
        session.dispose()
      }
      expect(results[1], c.name).toStrictEqual(results[0])
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
