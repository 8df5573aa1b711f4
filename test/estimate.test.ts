import * as os from 'node:os'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as cpu from '../src/backends/cpu/cpu.js'
import { FastKMeans } from '../src/index.js'

vi.mock('node:os', async (original) => ({ ...(await original<typeof os>()) }))
vi.mock('../src/backends/cpu/cpu.js', async (original) => ({ ...(await original<typeof cpu>()) }))
afterEach(() => vi.restoreAllMocks())

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
    // Whole trainings with niter = 10, tol = −1, and what the process grew by: token-like unit vectors, blobs, noise; two cores of a Xeon
    // with AMX.
    ['amx', 1_000_000, 128, 8192, 10.95, 247e6],
    ['amx', 204_800, 128, 2048, 0.95, 67e6],
    ['avx512vnni', 204_800, 128, 2048, 1.49, 67e6],
    ['avxvnni', 204_800, 128, 2048, 2.24, 67e6],
    ['avx2', 204_800, 128, 2048, 3.53, 67e6],
    ['avx2', 819_200, 128, 1024, 5.21, 159e6],
    ['amx', 819_200, 128, 1024, 2.87, 157e6],
    ['amx', 102_400, 128, 1024, 0.36, 33e6],
    ['amx', 1_000_000, 32, 10, 0.3, 26e6],
  ])("tells what 'cpu' with %s took for %i × %i into %i within a factor of two", async (isa, n, d, k, seconds, bytes) => {
    vi.spyOn(cpu, 'cpuIsa').mockReturnValue(isa)
    vi.spyOn(os, 'availableParallelism').mockReturnValue(2)
    const estimates = await new FastKMeans(d, k, { niter: 10, maxPointsPerCentroid: null }).estimate(n)
    const told = estimates.find(({ device }) => device === 'cpu')!
    expect(told.seconds / seconds).toBeGreaterThan(0.5)
    expect(told.seconds / seconds).toBeLessThan(2)
    expect(told.bytes / bytes).toBeGreaterThan(0.8)
    expect((told.bytes - 32e6) / bytes).toBeLessThan(1.1)
  })

  test('takes time to fall with the cores', async () => {
    const secondsOn = async (cores: number): Promise<number> => {
      vi.spyOn(os, 'availableParallelism').mockReturnValue(cores)
      const estimates = await new FastKMeans(128, 8192, { maxPointsPerCentroid: null }).estimate(1e6)
      return estimates.find(({ device }) => device === 'wasm')!.seconds
    }
    const [two, eight] = [await secondsOn(2), await secondsOn(8)]
    expect(two / eight).toBeGreaterThan(3.9)
    expect(two / eight).toBeLessThan(4)
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
