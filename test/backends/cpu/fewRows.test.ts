/** @file The E-step of few rows, which meet the centroids unpacked; its cases lie on both sides of the number up to which that is done. */
import { describe, expect, test } from 'vitest'
import { openCpu } from '../../../src/backends/cpu/cpu.js'
import { limbScales, nearest, sampledMean } from '../../../src/exact.js'
import { random } from '../../../src/random.js'
import { PLAN } from '../sessionRuns.js'
import { isas } from './helpers.js'

/** Values on a lattice, of which centroids occur twice and rows lie in the middle between them; or almost no ties. */
const KINDS = { ties: (u: number) => Math.floor(u * 3), 'few ties': (u: number) => u - 0.5, 'an offset': (u: number) => 1e6 + u }

describe.each(isas)('few rows on %s', (isa) => {
  test.each(Object.entries(KINDS))('get the labels of the definition, then and later: %s', async (_, value) => {
    const backend = await openCpu({ isa })
    for (const [n, d, k] of [1, 15, 16, 17, 191, 192, 193].flatMap((rows) => [
      [rows, 5, 3],
      [rows, 33, 300],
      [rows, 130, 70],
    ])) {
      const { uniform } = random(n * k, 5)
      const [x, centroids, next] = [n, k, k].map((rows, at) =>
        Float32Array.from({ length: rows * d }, (_, i) => value(uniform(at * 1e6 + i))),
      )
      centroids.copyWithin((k - 1) * d, 0, d)
      const points = { blocks: [x], n, d }
      const session = await backend.open(points, { ...PLAN, k })
      const { max } = await session.columnStats()
      await session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), spherical: false })
      const expected = (c: Float32Array): Int32Array => Int32Array.from({ length: n }, (_, i) => nearest(x, i * d, c, k, d))
      await session.setCentroids(centroids)
      const { changed } = await session.assign()
      expect(changed).toBe(n)
      expect(await session.labels()).toStrictEqual(expected(centroids))
      await session.setCentroids(next, { keepLabels: true })
      await session.assign()
      expect(await session.labels()).toStrictEqual(expected(next))
      session.dispose()
    }
  })
})
