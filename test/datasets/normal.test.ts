import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { normalQuantile, normals } from '../../src/datasets/normal.js'
import { cosSinTurn } from '../../src/datasets/turn.js'
import { STREAM } from '../../src/random.js'
import golden from '../golden/datasets.json' with { type: 'json' }

const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(Math.abs(b), 1e-300)

describe('normalQuantile', () => {
  it('agrees with scipy.special.ndtri in the centre, both tails and at the seams', () => {
    const { p, z } = golden.normalQuantile
    for (const [i, value] of p.entries())
      if (z[i] === 0) expect(normalQuantile(value)).toBe(0)
      else expect(relative(normalQuantile(value), z[i]), `p = ${value}`).toBeLessThan(1e-12)
  })
  it("agrees with Python's statistics.NormalDist in the far tail, which a seed meets once in 2^36 draws", () => {
    // [NormalDist().inv_cdf(p) for p in (1e-11, 1e-15, 2**-53)]
    const far = [
      [1e-11, -6.706023155495136],
      [1e-15, -7.941345326170995],
      [2 ** -53, -8.209536151601386],
    ]
    for (const [p, z] of far) expect(relative(normalQuantile(p), z), `p = ${p}`).toBeLessThan(1e-14)
  })

  it('is odd about a half, and increases', () => {
    let last = -Infinity
    for (let i = 1; i < 4096; i++) {
      const z = normalQuantile(i / 4096)
      expect(z).toBe(0 - normalQuantile(1 - i / 4096))
      expect(z).toBeGreaterThan(last)
      last = z
    }
  })
})

describe('normals', () => {
  it('gives the numbers that Philox and ndtri give in Python, for any seed and a start beyond 2^32', () => {
    for (const { seed, start, z } of golden.normals) {
      const out = new Float64Array(z.length)
      normals(seed, STREAM.noise)(out, start)
      for (const [i, value] of z.entries()) expect(relative(out[i], value), `seed ${seed}, index ${start + i}`).toBeLessThan(1e-13)
    }
  })
  it('gives a number by its index alone, however the range is cut', () => {
    const draw = normals(3, STREAM.noise)
    const whole = new Float64Array(101)
    draw(whole, 50)
    for (const size of [1, 2, 3, 7]) {
      const part = new Float64Array(size)
      for (let start = 0; start + size <= whole.length; start += size) {
        draw(part, 50 + start)
        expect(part).toEqual(whole.slice(start, start + size))
      }
    }
  })
  it('keeps its bits: no release and no platform may change them', () => {
    const out = new Float64Array(20_000)
    normals(1, STREAM.noise)(out, 0)
    const view = new DataView(new ArrayBuffer(out.length * 8))
    for (const [i, value] of out.entries()) view.setFloat64(i * 8, value)
    expect(createHash('sha256').update(view).digest('hex')).toBe('531e78bd3fc4c409daf1dd5e720ae939166aa6408e73de358d6cf5e45ed1db35')
  })
  it('has the moments, the tails and the independence of a standard normal', () => {
    const n = 1_000_000
    const z = new Float64Array(n)
    normals(2026, STREAM.noise)(z, 0)
    const moment = (power: number): number => z.reduce((sum, value) => sum + value ** power, 0) / n
    // five standard errors: √(1/n), √(2/n), √(15/n), √(96/n)
    expect(Math.abs(moment(1))).toBeLessThan(5e-3)
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n))
    // 2·scipy.stats.norm.sf([1, 2, 3, 4])
    for (const [at, share] of [
      [1, 0.31731050786291415],
      [2, 0.04550026389635842],
      [3, 0.0026997960632601866],
      [4, 6.334248366623996e-5],
    ]) {
      const beyond = z.reduce((count, value) => count + Number(Math.abs(value) > at), 0)
      expect(Math.abs(beyond - n * share), `|z| > ${at}`).toBeLessThan(5 * Math.sqrt(n * share))
    }
    for (const lag of [1, 2, 3, 4, 128]) {
      let sum = 0
      for (let i = lag; i < n; i++) sum += z[i] * z[i - lag]
      expect(Math.abs(sum / n), `lag ${lag}`).toBeLessThan(5e-3)
    }
  })
})

describe('cosSinTurn', () => {
  it('agrees with numpy in higher precision, all around', () => {
    const { turn, cos, sin } = golden.cosSinTurn
    for (const [i, value] of turn.entries()) {
      const [c, s] = cosSinTurn(value)
      expect(Math.abs(c - cos[i]), `cos of ${value} turns`).toBeLessThan(3e-16)
      expect(Math.abs(s - sin[i]), `sin of ${value} turns`).toBeLessThan(3e-16)
    }
  })
  it('is exact at the quarters', () => {
    expect([0, 0.25, 0.5, 0.75].map(cosSinTurn)).toEqual([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ])
  })
})
