import { describe, expect, it } from 'vitest'
import { reference } from '../src/backends/reference.js'
import type { Session } from '../src/backends/backend.js'
import {
  distanceBelow,
  exponentOf,
  inertiaOf,
  limbBits,
  limbScales,
  nearest,
  normalize,
  pow2,
  rint,
  sampledMean,
  sqDistance,
  sumInOrder,
  updateCluster,
} from '../src/exact.js'
import type { Scales } from '../src/exact.js'
import { expectClose, expectSame } from './matchers.js'
import { generator, inertiaBy, integer, integerOf, makePoints, nearestLabels, ratio, roundShift } from './oracles.js'

/** Every float32 is an integer times 2^-149; weights here are integers times 2^-20. */
const UNIT = 149
const WEIGHT_UNIT = 20

const SCALES: [string, (u: () => number, i: number) => number][] = [
  ['uniform', (u) => u() - 0.5],
  ['1e-20', (u) => (u() - 0.5) * 1e-20],
  ['1e20', (u) => (u() - 0.5) * 1e20],
  ['denormal', (u) => (u() - 0.5) * 1e-42],
  ['the least denormal and 0', (u) => (u() < 0.5 ? 0 : 2 ** -149)],
  ['nearly the largest float32', (u) => (u() - 0.5) * 6e38],
  ['an outlier of 1e18', (u, i) => (i === 3 ? 1e18 : u())],
  ['all magnitudes', (u) => (u() - 0.5) * 10 ** integerOf(u, -30, 30)],
  ['integers', (u) => integerOf(u, -9, 9)],
  ['zeros', () => 0],
  ['negative', (u) => -1 - u()],
]

interface Sums {
  x: Float32Array
  n: number
  d: number
  k: number
  session: Session
  scales: Scales
  weights?: Float64Array
  labels: Int32Array
}

async function assigned(seed: number, value: (u: () => number, i: number) => number, n: number, weighted: boolean): Promise<Sums> {
  const u = generator(seed)
  const d = integerOf(u, 1, 5)
  const k = integerOf(u, 1, Math.min(n, 4))
  const x = Float32Array.from({ length: n * d }, (_, i) => value(u, i))
  const weights = weighted ? Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : integerOf(u, 0, 2 ** 20) / 2 ** 19)) : undefined
  const points = { blocks: [x], n, d }
  const session = await reference.open(points, { k, precision: 'exact', chunkSizeData: 64, chunkSizeCentroids: 64 })
  const { max } = await session.columnStats(weights)
  const scales = limbScales(max, n)
  await session.prepare({ scales, mean: sampledMean(points), weights, spherical: false })
  await session.setCentroids(x.slice(0, k * d))
  await session.assign()
  return { x, n, d, k, session, scales, weights, labels: (await session.labels())! }
}

/** The limbs of one value by exact arithmetic: v = p·2^-unit. */
function exactLimbs(p: bigint, unit: number, exponent: number, bits: number): { hi: bigint; lo: bigint } {
  const hi = roundShift(p, BigInt(unit - exponent))
  const rest = unit >= exponent ? p - (hi << BigInt(unit - exponent)) : (p << BigInt(exponent - unit)) - hi
  return { hi, lo: roundShift(rest << BigInt(bits), BigInt(Math.max(0, unit - exponent))) }
}

describe('limb sums', () => {
  const sizes = [1, 2, 3, 4, 5, 17, 100]
  it.each(SCALES.flatMap((scale) => [false, true].map((weighted) => [...scale, weighted] as const)))(
    'are those of exact integer arithmetic: %s, weighted %3$s',
    async (name, value, weighted) => {
      for (const [seed, n] of sizes.entries()) {
        const context = `${name}, seed ${seed}, n ${n}`
        const { x, d, k, session, scales, weights, labels } = await assigned(seed, value, n, weighted)
        const hi = Array.from({ length: k * d }, () => 0n)
        const lo = Array.from({ length: k * d }, () => 0n)
        const counts = Array.from({ length: k }, () => 0n)
        const countsLow = Array.from({ length: k }, () => 0n)
        const sums = Array.from({ length: k * d }, () => 0n)
        for (let i = 0; i < n; i++) {
          const w = weights === undefined ? 1n : integer(weights[i], WEIGHT_UNIT)
          const limbsOfWeight = weights === undefined ? { hi: 1n, lo: 0n } : exactLimbs(w, WEIGHT_UNIT, scales.bits - 1, scales.bits)
          counts[labels[i]] += limbsOfWeight.hi
          countsLow[labels[i]] += limbsOfWeight.lo
          for (let t = 0; t < d; t++) {
            const at = labels[i] * d + t
            const p = w * integer(x[i * d + t], UNIT)
            const limbs = exactLimbs(p, UNIT + (weights === undefined ? 0 : WEIGHT_UNIT), scales.exponents[t], scales.bits)
            hi[at] += limbs.hi
            lo[at] += limbs.lo
            sums[at] += p
          }
        }
        const found = await session.sums()
        expectSame(found.hi, hi.map(Number), `${context}: hi`)
        expectSame(found.lo, lo.map(Number), `${context}: lo`)
        expectSame(found.counts, counts.map(Number), `${context}: counts`)
        expectSame(found.countsLow, countsLow.map(Number), `${context}: countsLow`)
        if (weighted) continue
        await session.update()
        const centroids = await session.centroids()
        const occupied = Array.from({ length: k * d }, (_, at) => at).filter((at) => counts[Math.floor(at / d)] > 0n)
        const means = occupied.map((at) => ratio(sums[at], counts[Math.floor(at / d)] << BigInt(UNIT)))
        if (name === 'an outlier of 1e18' || name === 'all magnitudes') continue
        expectClose(
          occupied.map((at) => centroids[at]),
          means,
          'float32',
          `${context}: centroids`,
        )
      }
    },
  )

  it('keep 2·bits below the largest value of a column: one outlier of 1e18 does not spoil the means of the others', async () => {
    const n = 101
    const u = generator(5)
    const x = Float32Array.from({ length: n }, (_, i) => (i === 0 ? 1e18 : u()))
    const session = await reference.open({ blocks: [x], n, d: 1 }, { k: 2, precision: 'exact', chunkSizeData: 9, chunkSizeCentroids: 9 })
    const { max } = await session.columnStats()
    await session.prepare({ scales: limbScales(max, n), mean: Float32Array.of(0), spherical: false })
    await session.setCentroids(Float32Array.of(1e18, 0.5))
    await session.step()
    const exact = x.slice(1).reduce((sum, value) => sum + value, 0) / (n - 1)
    expectClose(await session.centroids(), [Math.fround(1e18), exact], 'float32')
  })

  it('keep 2·bits below the largest weight: clusters as light as 1e-12 of it have their weighted means', async () => {
    const n = 100_000
    const u = generator(6)
    const x = Float32Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 0 : 100) + u())
    const raw = Float64Array.from({ length: n }, (_, i) => Math.fround(i % 2 === 0 ? 1 + u() / 2 : 1e-12 * (1 + u())))
    const session = await reference.open({ blocks: [x], n, d: 1 }, { k: 2, precision: 'exact', chunkSizeData: 9, chunkSizeCentroids: 9 })
    const { max } = await session.columnStats(raw)
    await session.prepare({ scales: limbScales(max, n), mean: Float32Array.of(0), weights: raw, spherical: false })
    await session.setCentroids(Float32Array.of(0, 100))
    await session.step()
    const weight = [0, 0]
    const sum = [0, 0]
    for (let i = 0; i < n; i++) {
      weight[i % 2] += raw[i]
      sum[i % 2] += raw[i] * x[i]
    }
    expectClose(await session.centroids(), [sum[0] / weight[0], sum[1] / weight[1]], 'float32')
  })

  it('follow changing labels without a trace of the labels before', async () => {
    const { session, x, k, d } = await assigned(4, (u) => u() * 1e3, 60, false)
    await session.update()
    await session.setCentroids(x.slice(60, 60 + k * d))
    await session.assign()
    await session.sums()
    await session.setCentroids(x.slice(0, k * d))
    await session.assign()
    const again = await session.sums()
    const fresh = await assigned(4, (u) => u() * 1e3, 60, false)
    const expected = await fresh.session.sums()
    expectSame(again.hi, expected.hi, 'hi')
    expectSame(again.lo, expected.lo, 'lo')
    expectSame(again.counts, expected.counts, 'counts')
  })
})

describe('numbers', () => {
  it('pow2 is every power of two of the normal range', () => {
    for (let e = -1022; e <= 1023; e++) if (pow2(e) !== 2 ** e) expect.fail(`2^${e} is not ${pow2(e)}`)
  })

  it('exponentOf is the E with 2^(E−1) ≤ x < 2^E', () => {
    for (let e = -300; e < 300; e++) {
      expect(exponentOf(2 ** e)).toBe(e + 1)
      expect(exponentOf(2 ** e * (2 - 2 ** -52))).toBe(e + 1)
    }
  })

  it('rint rounds ties to even, on both sides of 0 and up to where all values are integers', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2 ** 51 + 0.5, 2 ** 52 - 0.5, 2 ** 53].map((x) => rint(x) + 0)).toEqual([
      0,
      2,
      2,
      0,
      -2,
      -2,
      0,
      2 ** 51,
      2 ** 52,
      2 ** 53,
    ])
  })

  it('limbBits is the most bits for which n limbs stay within 2^53', () => {
    for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 4095, 4096, 4097, 26_000_000, 2 ** 26, 2 ** 26 + 1, 2 ** 32 - 1]) {
      expect(n * 2 ** limbBits(n)).toBeLessThanOrEqual(2 ** 53)
      expect(n * 2 ** (limbBits(n) + 1)).toBeGreaterThan(2 ** 53)
    }
  })

  it('limbScales brings the largest value of a column below 2^bits, and leaves a column of zeros', () => {
    const { bits, exponents } = limbScales(Float64Array.of(1, 0.75, 0, 1e-44, 3e38), 100)
    expect(bits).toBe(46)
    expect([...exponents]).toEqual([45, 46, 0, 46 + 146, 46 - 128])
  })
})

describe('distances', () => {
  it('nearest takes the lowest index of equal distances, and agrees with brute force', () => {
    for (let seed = 0; seed < 100; seed++) {
      const u = generator(seed)
      const d = integerOf(u, 1, 40)
      const k = integerOf(u, 1, 12)
      const x = makePoints(seed, 5, d, seed % 2 === 0 ? 'lattice' : 'uniform')
      const c = makePoints(seed + 1000, k, d, seed % 2 === 0 ? 'lattice' : 'uniform')
      if (k > 2) c.copyWithin(d * (k - 1), 0, d)
      const found = Array.from({ length: 5 }, (_, i) => nearest(x, i * d, c, k, d))
      expectSame(found, nearestLabels(x, c, d), `seed ${seed}`)
    }
  })

  it('distanceBelow is the lesser of the bound and the distance', () => {
    for (let seed = 0; seed < 100; seed++) {
      const d = (seed % 50) + 1
      const x = makePoints(seed, 2, d, 'mixed')
      const distance = sqDistance(x, 0, x, d, d)
      for (const bound of [0, distance / 2, distance, distance * 2, Infinity])
        expect(distanceBelow(bound, x, 0, x, d, d), `seed ${seed}`).toBe(Math.min(bound, distance))
    }
  })

  it('sampledMean takes the rows ⌊i·n/4096⌋', () => {
    const n = 10_000
    const x = Float32Array.from({ length: n }, (_, i) => i)
    let sum = 0
    for (let i = 0; i < 4096; i++) sum += Math.floor((i * n) / 4096)
    expect(sampledMean({ blocks: [x.subarray(0, 3), x.subarray(3)], n, d: 1 })[0]).toBe(Math.fround(sum / 4096))
  })
})

/** Sums of a cluster of two columns whose exponents are 40. */
const clusterOf = (x: number, y: number, count: number): Parameters<typeof updateCluster>[0] => ({
  hi: Float64Array.of(x * 2 ** 40, y * 2 ** 40),
  lo: new Float64Array(2),
  count,
  countLow: 0,
  at: 0,
})

describe('updateCluster', () => {
  const scales = { bits: 50, exponents: Int32Array.of(40, 40) }
  const current = Float32Array.of(3, 4)
  const mean = Float32Array.of(0, 0)

  it('divides the sums by the count, and returns the distance moved', () => {
    const next = new Float32Array(2)
    const { shift } = updateCluster(clusterOf(12, 24, 2), current, next, { scales, mean, weighted: false, spherical: false })
    expect([...next, shift]).toEqual([6, 12, Math.sqrt(9 + 64)])
  })

  it('keeps the centroid of an empty cluster, with shift 0', () => {
    const next = new Float32Array(2)
    const found = updateCluster(clusterOf(0, 0, 0), current, next, { scales, mean, weighted: false, spherical: false })
    expect([...next, found.shift, found.term]).toEqual([3, 4, 0, 0])
  })

  it('brings spherical centroids to norm 1, and keeps the old one where the sum is zero', () => {
    const next = new Float32Array(2)
    updateCluster(clusterOf(6, 8, 2), current, next, { scales, mean, weighted: false, spherical: true })
    expect([...next]).toEqual([Math.fround(0.6), Math.fround(0.8)])
    const { shift } = updateCluster(clusterOf(0, 0, 2), current, next, { scales, mean, weighted: false, spherical: true })
    expect([...next, shift]).toEqual([3, 4, 0])
  })

  it('normalize leaves a zero vector', () => {
    const c = Float32Array.of(0, 0, 3, 4, 1e-45, 0)
    for (const at of [0, 2, 4]) normalize(c, at, 2)
    expect([...c]).toEqual([0, 0, Math.fround(0.6), Math.fround(0.8), 1, 0])
  })
})

it('the inertia of an iteration is that of direct differences, weighted or not, near the origin or not', async () => {
  for (const [seed, [name, value]] of SCALES.entries()) {
    if (/largest|outlier|magnitudes/.test(name)) continue
    for (const weighted of [false, true]) {
      const { session, x, d, scales, weights, n } = await assigned(seed, value, 50, weighted)
      const centroids = await session.centroids()
      const mean = sampledMean({ blocks: [x], n, d })
      const spread = sumInOrder(await session.prepare({ scales, mean, weights, spherical: false }))
      const { terms } = await session.update()
      const labels = (await session.labels())!
      expectClose(inertiaOf(spread, terms), inertiaBy(x, centroids, labels, d, weights), 'obj', `${name}, seed ${seed}`)
      expectClose(sumInOrder(await session.blockInertia()), inertiaBy(x, centroids, labels, d, weights), 'float64', name)
    }
  }
})
