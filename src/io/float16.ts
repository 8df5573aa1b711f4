/**
 * @file The two 16-bit floats. IEEE 754 binary16 (numpy's float16, safetensors' F16) and bfloat16, to float32 and back. Every one of the
 * 65,536 bit patterns widens exactly; narrowing rounds to nearest, ties to even, as numpy and ml_dtypes do. NaN payloads stay NaN.
 */

let halves: Uint32Array | undefined

/** The float32 bits of all 65,536 halves: a look-up is several times faster than the arithmetic. Made at the first use. */
function halfTable(): Uint32Array {
  if (halves) return halves
  const table = new Uint32Array(65536)
  const subnormal = new Float32Array(1)
  const subnormalBits = new Uint32Array(subnormal.buffer)
  for (let h = 0; h < 0x8000; h++) {
    const exponent = h >> 10
    const mantissa = h & 0x3ff
    if (exponent === 0) {
      subnormal[0] = mantissa * 2 ** -24
      table[h] = subnormalBits[0]
    } else if (exponent === 31) {
      table[h] = 0x7f800000 | (mantissa << 13)
    } else {
      table[h] = ((exponent + 112) << 23) | (mantissa << 13)
    }
    table[h | 0x8000] = table[h] | 0x80000000
  }
  halves = table
  return table
}

/** The bits of a float32 array, on the same memory. */
const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length)

/**
 * Widens IEEE halves, exactly.
 * @param bits m halves, as bits
 * @param out m values; allocated by default
 */
export function float16ToFloat32(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const table = halfTable()
  const words = bitsOf(out)
  for (let i = 0; i < bits.length; i++) words[i] = table[bits[i]]
  return out
}

/**
 * Widens bfloat16, exactly.
 * @param bits m values, as bits
 * @param out m values; allocated by default
 */
export function bfloat16ToFloat32(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const words = bitsOf(out)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16
  return out
}

/**
 * Rounds to IEEE halves, to nearest, ties to even; 65520 and more becomes infinity, as IEEE 754 and numpy have it.
 * @param out m halves, as bits; allocated by default
 */
export function float32ToFloat16(values: Float32Array, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  const words = bitsOf(values)
  for (let i = 0; i < words.length; i++) out[i] = halfBits(words[i])
  return out
}

function halfBits(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fffffff
  // NaN: the top of the payload is kept, and a payload that would vanish becomes 1, or it would read as infinity.
  if (magnitude > 0x7f800000) return sign | 0x7c00 | Math.max((magnitude & 0x7fffff) >>> 13, 1)
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
  if (magnitude <= 0x33000000) return sign
  const mantissa = (magnitude & 0x7fffff) | 0x800000
  const shift = 126 - (magnitude >>> 23)
  return sign | ((mantissa + (1 << (shift - 1)) - 1 + ((mantissa >>> shift) & 1)) >>> shift)
}

/**
 * Rounds to bfloat16, to nearest, ties to even.
 * @param out m values, as bits; allocated by default
 */
export function float32ToBfloat16(values: Float32Array, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  const words = bitsOf(values)
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    const nan = (word & 0x7fffffff) > 0x7f800000
    out[i] = nan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
  return out
}
