import { expect, it } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import { roundToFloat16 } from '../src/dtype.js'
import { expectSame } from './matchers.js'
import { expectBelongsTogether, makePoints } from './oracles.js'

// numpy: np.array([...], dtype=np.float32).astype(np.float16).astype(np.float32)
const ROUNDED: [number, number][] = [
  [0.1, 0.0999755859375],
  [1 / 3, 0.333251953125],
  [2049, 2048],
  [2051, 2052],
  [65519, 65504],
  [1e-7, 1.1920928955078125e-7],
  [2.9e-8, 0],
  [-0.7, -0.7001953125],
]

it('roundToFloat16 rounds every value to the nearest half, ties to even, in a copy', async () => {
  const values = Float32Array.from(ROUNDED, ([value]) => value)
  const { blocks, note } = await roundToFloat16('f', { blocks: [values.subarray(0, 2), values.subarray(2)], n: 4, d: 2 })
  expect(blocks.flatMap((block) => [...block])).toEqual(ROUNDED.map(([, half]) => half))
  expect(note).toBe('rounded to float16')
  expect(values[0]).toBe(Math.fround(0.1))
})

it('roundToFloat16 refuses a value beyond the largest half, by its row over all blocks', async () => {
  const points = { blocks: [Float32Array.of(1, 2), Float32Array.of(3, 65520)], n: 2, d: 2 }
  await expect(roundToFloat16('f', points)).rejects.toThrow(
    "f: expected values up to 65504 for dtype 'float16', got 65520 (row 1, column 1)",
  )
})

it("dtype 'float16' trains and predicts on the rounded points, and says so", async () => {
  const x = makePoints(3, 200, 3, 'groups')
  const options = { device: 'reference', minPointsPerCentroid: 0, dtype: 'float16' } as const
  const km = new FastKMeans(3, 9, options)
  const labels = await km.fitPredict(x)
  expect(km.stats.input).toBe('rounded to float16')
  const rounded = (await roundToFloat16('f', { blocks: [x], n: 200, d: 3 })).blocks[0]
  expectBelongsTogether(km, rounded, 'float16')
  expectSame(await km.predict(x), labels)
  expect(await km.score(x)).toBe(-km.inertia)
  expectSame(await km.transform(x.subarray(0, 3)), await FastKMeans.fromCentroids(km.centroids, 3).transform(rounded.subarray(0, 3)))
  const float64 = await new FastKMeans(3, 9, options).fit(Float64Array.from(x))
  expect(float64.stats.input).toBe('Float64Array rounded to float32; rounded to float16')
})
