import { describe, expect, it } from 'vitest'
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
  updateCluster,
} from '../src/exact.js'
import { expectSame } from './matchers.js'
import { generator, integerOf, makePoints, nearestLabels } from './oracles.js'

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

describe('inertiaOf', () => {
  it('is the spread less the terms in order, and never below 0, where rounding would put it', () => {
    expect(inertiaOf(10, Float64Array.of(2, 3))).toBe(5)
    expect(inertiaOf(1, Float64Array.of(1, 2 ** -40))).toBe(0)
  })
})
