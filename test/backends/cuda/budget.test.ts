/** @file Device memory of large trainings: what a session takes, by its own account, on a driver that accounts and does nothing. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { CANDIDATES } from '../../../src/backends/candidates.js'
import { openCuda } from '../../../src/backends/cuda/cuda.js'
import { initialise } from '../../../src/backends/cuda/driver/driver.js'
import type { Points } from '../../../src/points.js'
import { fakeCuda } from './fake/fakeCuda.js'
import type { FakeCuda } from './fake/fakeCuda.js'
import { PLAN } from './helpers.js'

afterEach(() => vi.unstubAllEnvs())

/** Bytes of struct Tally, of its part that is read in the middle of an E-step, and where the open rows are in it (candidates.ts). */
const TALLY_BYTES = 40
const MOVED_BYTES = 8
const OPEN_WORD = 6
/** The upper half of the number of candidates. */
const CANDIDATES_WORD = 5

/**
 * A driver whose memory is numbers: nothing is copied or computed. E-steps leave some rows open, and find half of the rows near.
 * @param costly they leave so many candidates that int8 does not pay
 */
function weightless(n: number, k: number, costly = false): FakeCuda {
  const totalBytes = 8e10
  const fake = fakeCuda({ totalBytes, sharedBytes: 232_448, devices: 2 })
  const sizes = new Map<number, number>()
  let next = 2 ** 44
  let used = 0
  const landings = new Map<number, Uint8Array>()
  return Object.assign(fake, {
    memGetInfo(free: BigUint64Array, total: BigUint64Array) {
      free[0] = BigInt(totalBytes - used)
      total[0] = BigInt(totalBytes)
      return 0
    },
    memAlloc(out: BigUint64Array, bytes: number) {
      if (used + bytes > totalBytes) return 2
      sizes.set(next, bytes)
      out[0] = BigInt(next)
      next += Math.ceil(bytes / 256) * 256
      used += bytes
      return 0
    },
    memFree(address: number) {
      used -= sizes.get(address)!
      sizes.delete(address)
      return 0
    },
    memHostAlloc(out: BigUint64Array, bytes: number) {
      landings.set(next, new Uint8Array(bytes))
      out[0] = BigInt(next)
      next += bytes
      return 0
    },
    hostView: (address: number) => landings.get(address)!.buffer as ArrayBuffer,
    memcpyDtoHAsync(to: number, _: number, bytes: number) {
      const landing = landings.get(to)
      // What comes behind the tally is nobody's here.
      if (landing === undefined) return 0
      const words = new Int32Array(landing.buffer)
      if (bytes === TALLY_BYTES) {
        words.fill(0, 0, TALLY_BYTES / 4)[OPEN_WORD] = Math.min(n, 1000)
        words[CANDIDATES_WORD] = Number(costly)
      }
      if (bytes === MOVED_BYTES) words.set([k, n >> 1])
      return 0
    },
    memFreeHost: () => 0,
    memcpyHtoDAsync: () => 0,
    memcpyDtoDAsync: () => 0,
    memsetD8Async: () => 0,
    launchKernel: () => 0,
    memcpyPeerAsync: () => 0,
    ctxEnablePeerAccess: () => 217,
    upload: async () => 0,
    address: () => 2 ** 30,
  } satisfies Partial<FakeCuda>)
}

/** Points of which only the shape is there. */
function shapeOf(n: number, d: number): Points {
  const block = (length: number): object => ({ length, byteLength: 4 * length, subarray: (from: number, to: number) => block(to - from) })
  return { blocks: [block(n * d) as Float32Array], n, d }
}

/** Most bytes that a training of three iterations and k-means++ holds. */
async function peakOf(
  n: number,
  d: number,
  k: number,
  { memoryBudget, which = '0', costly }: { memoryBudget?: number; which?: string; costly?: boolean },
): Promise<number> {
  const fake = weightless(n, k, costly)
  const backend = await openCuda(which, async () => initialise(() => fake))
  const session = await backend.open(shapeOf(n, d), { ...PLAN, k, memoryBudget })
  const scales = { bits: 28, exponents: new Int32Array(d) }
  await session.prepare({ scales, mean: new Float32Array(d), spherical: false })
  await session.seedWith(new Float32Array(d), { anew: true })
  await session.setCentroids(new Float32Array(k * d))
  for (let i = 0; i < 3; i++) await session.step()
  await session.replace(Uint32Array.of(0), new Float32Array(d))
  await session.step()
  await session.blockInertia()
  const peak = session.deviceBytes!
  session.dispose()
  return peak
}

const GB = 1e9

describe('26,214,400 × 128 points into 262,144 clusters', () => {
  const [n, d, k] = [26_214_400, 128, 262_144]
  const most = 1.6 * 4 * n * d + GB

  test.each([
    ['in int8', 'int8', false],
    ['in int8, until it does not pay', undefined, true],
    ['in fp16', 'fp16', false],
  ])('stay on the device in 1.6 times their size and 1 GB, screened %s', async (_, format, costly) => {
    vi.stubEnv('FASTKMEANS_CUDA_SCREEN', format)
    const peak = await peakOf(n, d, k, { costly })
    expect(peak).toBeLessThan(most)
    const { bytes } = CANDIDATES.find(({ device }) => device === 'cuda')!
    expect(bytes({ n, d, k, niter: 10 })).toBeLessThan(most)
    expect(bytes({ n, d, k, niter: 10 })).toBeGreaterThan(peak)
  })

  test('take no more than their memoryBudget while they stay', async () => {
    vi.stubEnv('FASTKMEANS_CUDA_SCREEN', 'fp16')
    for (const memoryBudget of [22.4 * GB, 23.5 * GB]) {
      const peak = await peakOf(n, d, k, { memoryBudget, costly: true })
      expect(peak).toBeLessThan(memoryBudget)
      expect(peak).toBeGreaterThan(4 * n * d)
    }
  })

  test('have no room for all of them packed in fp16 beside', async () => {
    vi.stubEnv('FASTKMEANS_CUDA_SCREEN', 'fp16')
    // With half as many clusters, packing them in every E-step would take a greater share of it.
    const packed = 2 * n * d
    expect((await peakOf(n, d, k / 2 - 1, {})) - (await peakOf(n, d, k / 2, {}))).toBeGreaterThan(0.95 * packed)
  })

  test('pass through in 11 GB', async () => {
    const peak = await peakOf(26_214_400, 128, 262_144, { memoryBudget: 11 * GB })
    expect(peak).toBeLessThan(11 * GB)
    expect(peak).toBeGreaterThan(8 * GB)
  })
})

test.each([
  [400_000, 1, 262_144],
  [400_000, 17, 262_144],
  [500_000, 65, 100_000],
  [500_000, 128, 20_000],
  [500_000, 300, 8192],
  [300_000, 513, 4096],
  [60_000, 1025, 1000],
  [50_000, 4096, 2000],
])('a session of %i × %i points into %i clusters keeps to its memoryBudget', async (n, d, k) => {
  vi.stubEnv('FASTKMEANS_CUDA_SCREEN_FROM', '0')
  for (const format of ['fp16', 'int8']) {
    vi.stubEnv('FASTKMEANS_CUDA_SCREEN', format)
    const least = await leastBudget(n, d, k)
    for (const memoryBudget of [least, 1.5 * least, 4 * least]) {
      expect(await peakOf(n, d, k, { memoryBudget }), `${format}, ${memoryBudget}`).toBeLessThanOrEqual(memoryBudget)
    }
  }
})

test('two devices that add up keep to a memoryBudget together, or say that it is too small', async () => {
  vi.stubEnv('FASTKMEANS_CUDA_SCREEN', 'fp16')
  const peak = (memoryBudget: number): Promise<number> => peakOf(2_000_000, 128, 100_000, { memoryBudget, which: 'all' })
  await expect(peak(1.1 * GB)).rejects.toThrow(RangeError)
  for (const memoryBudget of [1.7 * GB, 2.5 * GB]) expect(await peak(memoryBudget)).toBeLessThanOrEqual(memoryBudget)
})

/** Bytes below which a session is refused, nearly. */
async function leastBudget(n: number, d: number, k: number): Promise<number> {
  const fake = weightless(n, k)
  const backend = await openCuda('0', async () => initialise(() => fake))
  for (let memoryBudget = 1e6; ; memoryBudget *= 1.04)
    try {
      ;(await backend.open(shapeOf(n, d), { ...PLAN, k, memoryBudget })).dispose()
      return memoryBudget
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
}
