import { describe, expect, test } from 'vitest'
import { FastKMeans } from '../src/index.js'

describe('FastKMeans.estimate', () => {
  test('every device is listed, those that are here first, the fastest of them first', async () => {
    const estimates = await new FastKMeans(128, 1024).estimate(100_000)
    expect(estimates.map(({ device }) => device).sort()).toStrictEqual(['cpu', 'cuda', 'reference', 'tfjs:tensorflow', 'tfjs:wasm', 'wasm'])
    const here = estimates.filter(({ obstacle }) => obstacle === undefined)
    expect(estimates.slice(0, here.length)).toStrictEqual(here)
    expect(here.map(({ seconds }) => seconds)).toStrictEqual(here.map(({ seconds }) => seconds).sort((a, b) => a - b))
  })

  test("'auto' takes the first of them", async () => {
    const x = Float32Array.from({ length: 3000 * 16 }, (_, i) => Math.sin(i))
    const km = new FastKMeans(16, 30, { gpu: false })
    const [{ device, n }] = await km.estimate(3000)
    await km.train(x)
    expect(km.stats.backend.split(':')[0]).toBe(device.split(':')[0])
    expect(n).toBe(3000)
  })

  test('rows beyond maxPointsPerCentroid are not counted', async () => {
    const [all] = await new FastKMeans(8, 10, { maxPointsPerCentroid: null }).estimate(1e6)
    const [sampled] = await new FastKMeans(8, 10).estimate(1e6)
    expect([all.n, sampled.n]).toStrictEqual([1e6, 2560])
    expect(sampled.seconds).toBeLessThan(all.seconds)
  })

  test('an n that cannot be is refused', async () => {
    await expect(new FastKMeans(8, 10).estimate(0)).rejects.toThrow(
      'FastKMeans.estimate: expected n to be a positive integer below 2^31, got 0',
    )
  })

  test.each([
    // deviceBytes of a session that stays whole on an H100, in int8.
    [26_214_400, 128, 262_144, 19.8e9],
    [3_276_800, 128, 262_144, 3.8e9],
  ])("tells the memory that 'cuda' took for %i × %i into %i, to a tenth", async (n, d, k, measured) => {
    const estimates = await new FastKMeans(d, k, { maxPointsPerCentroid: null }).estimate(n)
    const { bytes } = estimates.find(({ device }) => device === 'cuda')!
    expect(bytes / measured).toBeGreaterThan(0.9)
    expect(bytes / measured).toBeLessThan(1.1)
  })
})
