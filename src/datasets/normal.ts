/**
 * @file Standard normal numbers that are the same bits on every platform. Each is the normal quantile of one uniform number, computed with
 * + − × ÷ and square roots alone, which IEEE 754 rounds correctly; the mathematics libraries' log, exp and sin differ between engines.
 */

import { philox } from '../random.js'

/** Coefficients of AS 241, lowest power first: quotients of two polynomials for the centre, the near and the far tail. */
const CENTRE_ABOVE = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813,
  2509.0809287301227,
]
const CENTRE_BELOW = [
  1.0, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
]
const NEAR_ABOVE = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
]
const NEAR_BELOW = [
  1.0, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
  1.0507500716444169e-9,
]
const FAR_ABOVE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
  2.7115555687434876e-5, 2.0103343992922881e-7,
]
const FAR_BELOW = [
  1.0, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7,
  2.0442631033899397e-15,
]

const polynomial = (c: readonly number[], r: number): number =>
  ((((((c[7] * r + c[6]) * r + c[5]) * r + c[4]) * r + c[3]) * r + c[2]) * r + c[1]) * r + c[0]

/** Natural logarithm of a number in (0, 1), to a few units in the last place: 2·atanh((m − 1)/(m + 1)) + e·ln 2. */
function logBelowOne(value: number): number {
  let m = value
  let e = 0
  while (m < Math.SQRT1_2) {
    m *= 2
    e--
  }
  const s = (m - 1) / (m + 1)
  const t = s * s
  let sum = 1 / 23
  for (let odd = 21; odd >= 3; odd -= 2) sum = sum * t + 1 / odd
  return e * Math.LN2 + 2 * (s + s * t * sum)
}

/**
 * The z with P(Z < z) = p for a standard normal Z: algorithm AS 241, PPND16, of M. J. Wichura, "The percentage points of the normal
 * distribution" (Applied Statistics 37, 1988). Relative error about 1e-15.
 * @param p in (0, 1)
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(CENTRE_ABOVE, r)) / polynomial(CENTRE_BELOW, r)
  }
  const r = Math.sqrt(-logBelowOne(q < 0 ? p : 1 - p))
  const z =
    r <= 5 ? polynomial(NEAR_ABOVE, r - 1.6) / polynomial(NEAR_BELOW, r - 1.6) : polynomial(FAR_ABOVE, r - 5) / polynomial(FAR_BELOW, r - 5)
  return q < 0 ? -z : z
}

/** Of two random words, the middle of one of 2^52 equal cells of (0, 1): symmetric about a half, never 0 or 1. */
const cellMiddle = (high: number, low: number): number => ((high >>> 6) * 67108864 + (low >>> 6) + 0.5) * 2 ** -52

/**
 * The normal numbers of stream `stream` of `seed`: the function returned fills `out` with those of index start, start + 1, … Two come from
 * each block of the generator. Values lie within ±8.13.
 */
export function normals(seed: number, stream: number): (out: Float64Array, start: number) => void {
  const block = new Uint32Array(4)
  const key0 = seed >>> 0
  const key1 = Math.floor(seed / 2 ** 32) >>> 0
  return (out, start) => {
    let i = 0
    while (i < out.length) {
      const index = start + i
      const pair = Math.floor(index / 2)
      block[0] = pair >>> 0
      block[1] = Math.floor(pair / 2 ** 32)
      block[2] = stream
      block[3] = 0
      philox(block, key0, key1)
      if (index % 2 === 0) out[i++] = normalQuantile(cellMiddle(block[0], block[1]))
      if (i < out.length) out[i++] = normalQuantile(cellMiddle(block[2], block[3]))
    }
  }
}
