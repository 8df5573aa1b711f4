/** @file The exact sums of exact.ts: limbs against big integers, and the inertia that comes of them. */
import { describe, it } from 'vitest'
import { reference } from '../src/backends/reference.js'
import type { Session } from '../src/backends/backend.js'
import { inertiaOf, limbScales, sampledMean, sumInOrder } from '../src/exact.js'
import type { Scales } from '../src/exact.js'
import { expectClose, expectSame } from './matchers.js'
import { generator, inertiaBy, integer, integerOf, ratio, roundShift } from './oracles.js'

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
