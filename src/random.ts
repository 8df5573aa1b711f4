/**
 * @file The one source of randomness: a counter-based generator, value = f(seed, stream, index). Every value can be drawn alone and in
 * any order, so devices, blocks and machines agree without sharing a state. Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3" (SC 2011). No log, exp or sin: nothing here depends on a platform's mathematics library.
 */

/** Names of the independent streams. A run that is repeated (nredo) adds its number times 2^16. */
export const STREAM = { subsample: 1, init: 2, trials: 3, repair: 4, chain: 5, accept: 6, data: 7, noise: 8, silhouette: 9 } as const

const TWO_32 = 4294967296

/** High 32 bits of the product of two unsigned 32-bit integers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const cross = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (cross >>> 16)) >>> 0
}

/** Philox4x32-10. Overwrites `block`, four unsigned 32-bit words of counter, with four words of output. */
export function philox(block: Uint32Array, key0: number, key1: number): void {
  let [c0, c1, c2, c3] = block
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(0xd2511f53, c0)
    const low0 = Math.imul(0xd2511f53, c0) >>> 0
    const high1 = mulHigh(0xcd9e8d57, c2)
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0
    c0 = (high1 ^ c1 ^ key0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ key1) >>> 0
    c3 = low0
    key0 = (key0 + 0x9e3779b9) >>> 0
    key1 = (key1 + 0xbb67ae85) >>> 0
  }
  block[0] = c0
  block[1] = c1
  block[2] = c2
  block[3] = c3
}

/** A stream of the generator: pure functions of an index. */
export interface Random {
  /** A multiple of 2^-53 in [0, 1). */
  uniform(index: number): number
  /** An integer in [0, bound); bound up to 2^53. */
  integer(index: number, bound: number): number
}

/**
 * The stream `stream` of `seed`.
 * @param seed any safe integer, negative ones included
 */
export function random(seed: number, stream: number): Random {
  const block = new Uint32Array(4)
  const seedHigh = Math.floor(seed / TWO_32)
  const uniform = (index: number): number => {
    block[0] = index >>> 0
    block[1] = Math.floor(index / TWO_32)
    block[2] = stream
    block[3] = Math.floor(stream / TWO_32)
    philox(block, seed >>> 0, seedHigh >>> 0)
    return ((block[0] >>> 5) * 67108864 + (block[1] >>> 6)) * 2 ** -53
  }
  return { uniform, integer: (index, bound) => Math.floor(uniform(index) * bound) }
}

/**
 * `m` different integers of [0, n), in the order drawn: the first m steps of a Fisher–Yates shuffle. Needs memory for m entries where m is
 * small beside n, and for n otherwise; the result is the same.
 */
export function sampleWithoutReplacement(n: number, m: number, rng: Random): Uint32Array {
  const chosen = new Uint32Array(m)
  if (m * 16 > n) {
    const all = new Uint32Array(n)
    for (let i = 0; i < n; i++) all[i] = i
    for (let i = 0; i < m; i++) {
      const j = i + rng.integer(i, n - i)
      chosen[i] = all[j]
      all[j] = all[i]
    }
    return chosen
  }
  const moved = new Map<number, number>()
  for (let i = 0; i < m; i++) {
    const j = i + rng.integer(i, n - i)
    chosen[i] = moved.get(j) ?? j
    moved.set(j, moved.get(i) ?? i)
    moved.delete(i)
  }
  return chosen
}
