/** @file Labels of the tfjs backend are the definition's, where its float32 scores cannot tell centroids apart and where they can. */
import { describe, expect, test } from 'vitest'
import { openTfjs } from '../../../src/backends/tfjs/tfjs.js'
import { labelsByDefinition, ready, TF_BACKENDS, uniform } from './helpers.js'

/** float32 one step up. */
function nextUp(value: number): number {
  const float = Float32Array.of(value)
  const bits = new Int32Array(float.buffer)
  bits[0] += value >= 0 ? 1 : -1
  return float[0]
}

/** Rows half-way between two centroids, one coordinate a step beside it; the centroids come in pairs a step apart. */
function almostTies(d: number, k: number, offset: number, scale: number): { x: Float32Array; centroids: Float32Array } {
  const base = uniform(k * d, d)
  const centroids = base.map((value) => (value + offset) * scale)
  for (let j = 1; j < k; j += 2) {
    centroids.copyWithin(j * d, (j - 1) * d, j * d)
    centroids[j * d + (j % d)] = nextUp(centroids[j * d + (j % d)])
  }
  const n = Math.min(300, Math.max(40, Math.floor(4e5 / (k * d))))
  const x = new Float32Array(n * d)
  for (let i = 0; i < n; i++) {
    const a = (i * 7) % k
    const b = (i * 13 + 1) % k
    for (let t = 0; t < d; t++) x[i * d + t] = (centroids[a * d + t] + centroids[b * d + t]) / 2
    if (i % 3 > 0) x[i * d + (i % d)] = nextUp(x[i * d + (i % d)])
  }
  return { x, centroids }
}

describe.each(TF_BACKENDS)('tf backend %s', (name) => {
  const DIMENSIONS = [1, 2, 3, 16, 17, 33, 100, 128, 300, 513, 784]

  test.each(DIMENSIONS)('labels rows within one unit in the last place of a tie: d = %i', async (d) => {
    const backend = await openTfjs(name)
    for (const k of [1, 2, 63, 64, 65]) {
      const { x, centroids } = almostTies(d, k, 0, 1)
      const session = await ready(backend, x, centroids, d)
      const { rechecked } = await session.assign()
      expect(await session.labels()).toStrictEqual(labelsByDefinition(x, centroids, d))
      if (k > 2) expect(rechecked).toBeGreaterThan(0)
      session.dispose()
    }
  })

  test.each([
    [1e4, 1],
    [1e6, 1],
    [0, 1e-20],
    [0, 1e20],
    [0, 1e38],
    [0, 1e-42],
  ])('does so at an offset of %f times a scale of %f', async (offset, scale) => {
    const backend = await openTfjs(name)
    for (const d of [1, 3, 33, 128]) {
      const { x, centroids } = almostTies(d, 65, offset, scale)
      const session = await ready(backend, x, centroids, d)
      await session.assign()
      expect(await session.labels()).toStrictEqual(labelsByDefinition(x, centroids, d))
      session.dispose()
    }
  })

  test.each([1, 7, 61, 51_200])('gives the same labels with chunks of %i rows and as many centroids', async (size) => {
    const backend = await openTfjs(name)
    const d = 5
    const { x, centroids } = almostTies(d, 70, 0, 1)
    const session = await ready(backend, x, centroids, d, { chunkSizeData: size, chunkSizeCentroids: size })
    await session.assign()
    expect(await session.labels()).toStrictEqual(labelsByDefinition(x, centroids, d))
    session.dispose()
  })

  test('labels by the lowest of equal centroids, also in different chunks', async () => {
    const backend = await openTfjs(name)
    const d = 8
    const x = uniform(500 * d, 3)
    const some = uniform(40 * d, 4)
    const centroids = Float32Array.from([...some, ...some, ...some.subarray(0, 20 * d)])
    for (const chunkSizeCentroids of [10_240, 30]) {
      const session = await ready(backend, x, centroids, d, { chunkSizeCentroids })
      await session.assign()
      const labels = (await session.labels())!
      expect(labels).toStrictEqual(labelsByDefinition(x, centroids, d))
      expect(Math.max(...labels)).toBeLessThan(40)
      session.dispose()
    }
  })

  test('labels points far outside the training data, centroids far larger than the data, and both', async () => {
    const backend = await openTfjs(name)
    const d = 20
    const x = uniform(200 * d, 5)
    const centroids = uniform(90 * d, 6)
    for (const [rows, columns] of [
      [1e12, 1],
      [1e30, 1],
      [1, 1e12],
      [1, 1e30],
      [1e36, 1e-36],
    ]) {
      const far = x.map((value, i) => (Math.floor(i / d) % 2 === 0 ? value : value * rows))
      const large = centroids.map((value, i) => (Math.floor(i / d) % 3 === 0 ? value : value * columns))
      const session = await ready(backend, far, large, d)
      await session.assign()
      expect(await session.labels(), `${rows}, ${columns}`).toStrictEqual(labelsByDefinition(far, large, d))
      session.dispose()
    }
  })

  test('leaves few rows open where one centroid lies far away', async () => {
    const backend = await openTfjs(name)
    const d = 32
    const x = uniform(2000 * d, 7)
    const centroids = uniform(200 * d, 8)
    for (let t = 0; t < d; t++) centroids[t] *= 1e5
    const session = await ready(backend, x, centroids, d)
    const { rechecked } = await session.assign()
    expect(rechecked).toBeLessThan(20)
    expect(await session.labels()).toStrictEqual(labelsByDefinition(x, centroids, d))
    session.dispose()
  })

  test('labels d = 65,536 columns, most rows by proof', async () => {
    const backend = await openTfjs(name)
    const d = 65_536
    const x = uniform(40 * d, 9)
    const centroids = uniform(5 * d, 10)
    const session = await ready(backend, x, centroids, d)
    const { rechecked } = await session.assign()
    expect(await session.labels()).toStrictEqual(labelsByDefinition(x, centroids, d))
    expect(rechecked).toBeLessThan(20)
    session.dispose()
  })

  test('labels k = 1000 centroids, where columns are grouped, and the last group is not full', async () => {
    const backend = await openTfjs(name)
    const d = 16
    const x = uniform(3000 * d, 11)
    const centroids = uniform(1000 * d, 12)
    for (const plan of [{}, { chunkSizeCentroids: 300 }]) {
      const session = await ready(backend, x, centroids, d, plan)
      await session.assign()
      expect(await session.labels()).toStrictEqual(labelsByDefinition(x, centroids, d))
      session.dispose()
    }
  })

  test("precision 'fast' rechecks nothing, and is right where float32 can tell", async () => {
    const backend = await openTfjs(name)
    const d = 16
    const x = uniform(3000 * d, 13)
    const centroids = uniform(300 * d, 14)
    for (const chunkSizeCentroids of [10_240, 100]) {
      const session = await ready(backend, x, centroids, d, { precision: 'fast', chunkSizeCentroids })
      const { rechecked } = await session.assign()
      expect(rechecked).toBe(0)
      const expected = labelsByDefinition(x, centroids, d)
      const wrong = (await session.labels())!.filter((label, i) => label !== expected[i]).length
      expect(wrong).toBeLessThan(3)
      session.dispose()
    }
  })
})
