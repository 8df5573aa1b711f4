/** @file Tables of distances on every device: equal to brute force, bit for bit. */
import { describe, expect, test } from 'vitest'
import { FastKMeans } from '../../src/fastkmeans.js'
import { roundToFloat16 } from '../../src/dtype.js'
import { expectSame } from '../matchers.js'
import { distancesOf, generator, kinds, makePoints } from '../oracles.js'
import { REQUIRED } from './backends.js'

const SHAPES: readonly [n: number, d: number, k: number][] = [
  [1, 1, 1],
  [1, 784, 1000],
  [17, 1, 1000],
  [65, 3, 7],
  [1000, 1, 7],
  [1000, 17, 64],
  [65, 784, 65],
  [129, 3, 1000],
]

const tableOf = (x: Float32Array, c: Float32Array, d: number): number[] =>
  Array.from({ length: x.length / d }, (_, i) => distancesOf(x.subarray(i * d, (i + 1) * d), c, d).map(Math.sqrt)).flat()

describe.each(REQUIRED)('transform on %s', (device) => {
  test.each(SHAPES)('equals brute force bit for bit: n=%i d=%i k=%i', async (n, d, k) => {
    for (const [seed, kind] of kinds.entries()) {
      const x = makePoints(seed, n, d, kind)
      const c = makePoints(seed + 1000, k, d, kind)
      expectSame(await FastKMeans.fromCentroids(c, d, { device }).transform(x), tableOf(x, c, d), kind)
    }
  })

  test('does so with values from 1e-20 to 1e20 side by side, whose differences and squares are rounded', async () => {
    const u = generator(9)
    const value = (): number => (u() - 0.5) * 10 ** (40 * u() - 20)
    const [x, c] = [Float32Array.from({ length: 300 * 17 }, value), Float32Array.from({ length: 64 * 17 }, value)]
    c.set(x.subarray(0, 5 * 17), 17)
    const table = await FastKMeans.fromCentroids(c, 17, { device }).transform(x)
    expectSame(table, tableOf(x, c, 17))
    expect(table[1]).toBe(0)
  })

  test('does so with points in blocks, and with those rounded to float16', async () => {
    const x = makePoints(3, 500, 12, 'uniform')
    const c = makePoints(4, 70, 12, 'uniform')
    const parts = { blocks: [x.subarray(0, 36), x.subarray(36, 2412), x.subarray(2412)], n: 500, d: 12 }
    expectSame(await FastKMeans.fromCentroids(c, 12, { device }).transform(parts.blocks), tableOf(x, c, 12))
    const rounded = (await roundToFloat16('test', parts)).blocks
    const half = FastKMeans.fromCentroids(c, 12, { device, dtype: 'float16' })
    expectSame(
      await half.transform(x),
      rounded.flatMap((block) => tableOf(block, half.centroids, 12)),
    )
  })

  test('names the first value that is not finite', async () => {
    const x = new Float32Array(20_000).fill(1)
    x[12_345] = NaN
    x[15_000] = Infinity
    await expect(FastKMeans.fromCentroids(new Float32Array(100), 10, { device }).transform(x)).rejects.toThrow(
      'FastKMeans.transform: expected finite values',
    )
    await expect(FastKMeans.fromCentroids(new Float32Array(100), 10, { device }).transform(x)).rejects.toThrow('row 1234, column 5')
  })
})
