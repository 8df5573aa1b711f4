import { describe, expect, it } from 'vitest'
import { STREAM, philox, random, sampleWithoutReplacement } from '../src/random.js'

describe('philox', () => {
  // Known answers of Random123 1.14.0, tests/kat_vectors: philox4x32 10
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the known answers of Random123: counter %j, key %j', (counter, key, expected) => {
    const block = Uint32Array.from(counter)
    philox(block, key[0], key[1])
    expect(Array.from(block, (word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(expected)
  })
})

describe('random', () => {
  it('is a pure function of seed, stream and index', () => {
    const a = random(7, STREAM.init)
    const later = a.uniform(1000)
    expect([a.uniform(0), a.uniform(1000)]).toEqual([random(7, STREAM.init).uniform(0), later])
  })

  it('gives other values for every other seed, stream and index, beyond 32 bits as well', () => {
    const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
    const streams = [1, 2, 2 + 65_536, 2 + 2 * 65_536, 2 + 2 ** 32]
    const indices = [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40]
    const values = seeds.flatMap((seed) => streams.flatMap((stream) => indices.map((index) => random(seed, stream).uniform(index))))
    expect(new Set(values).size).toBe(seeds.length * streams.length * indices.length)
  })

  it('is uniform: χ² of 64 cells over 64,000 draws lies within five standard deviations', () => {
    for (const seed of [0, 1, -5]) {
      const cells = new Float64Array(64)
      const { integer } = random(seed, STREAM.noise)
      for (let i = 0; i < 64_000; i++) cells[integer(i, 64)]++
      const chi = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
      expect(Math.abs(chi - 63), `seed ${seed}`).toBeLessThan(5 * Math.sqrt(2 * 63))
    }
  })

  it('draws integers below their bound, also a bound of 1 and one of 2^53', () => {
    const { integer } = random(3, STREAM.init)
    for (let i = 0; i < 1000; i++) {
      expect(integer(i, 1)).toBe(0)
      expect(Number.isSafeInteger(integer(i, 2 ** 53))).toBe(true)
    }
  })
})

describe('sampleWithoutReplacement', () => {
  it('draws different integers below n, and all of them for m = n', () => {
    for (let seed = 0; seed < 50; seed++) {
      const n = 1 + seed * 7
      for (const m of [1, Math.ceil(n / 40), n]) {
        const chosen = sampleWithoutReplacement(n, m, random(seed, STREAM.init))
        expect(new Set(chosen).size, `seed ${seed}`).toBe(m)
        expect(Math.max(...chosen)).toBeLessThan(n)
      }
    }
  })

  it('gives the same prefix whether few or all are drawn, for any memory it takes', () => {
    for (let seed = 0; seed < 50; seed++) {
      const rng = random(seed, STREAM.subsample)
      const all = sampleWithoutReplacement(2000, 2000, rng)
      for (const m of [1, 2, 50, 124, 125, 126, 1999])
        expect([...sampleWithoutReplacement(2000, m, rng)], `seed ${seed}`).toEqual(Array.from(all.subarray(0, m)))
    }
  })

  it('draws each integer equally often', () => {
    const hits = new Float64Array(20)
    for (let seed = 0; seed < 4000; seed++) for (const i of sampleWithoutReplacement(20, 3, random(seed, STREAM.init))) hits[i]++
    const chi = hits.reduce((sum, count) => sum + (count - 600) ** 2 / 600, 0)
    expect(chi).toBeLessThan(19 + 5 * Math.sqrt(38))
  })
})
