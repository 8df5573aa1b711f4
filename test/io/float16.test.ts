import { expect, test } from 'vitest'
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from '../../src/io/index.js'
import { golden, sha256 } from './helpers.js'

const every = Uint16Array.from({ length: 65536 }, (_, i) => i)
const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer)

/** float32 bits near every tie of both formats, and a lattice over all bits: as in io.py. */
function narrowingCases(): Float32Array {
  const halves = float16ToFloat32(every)
  const lattice = Array.from({ length: 65536 }, (_, i) => (i * 65537) % 2 ** 32)
  const ties = Array.from({ length: 0x8000 }, (_, i) => ((i << 16) | 0x8000) >>> 0)
  const middle = [...bitsOf(Float32Array.from({ length: 0x7bff }, (_, i) => (halves[i] + halves[i + 1]) / 2))]
  const bits = [
    lattice,
    ties,
    ties.map((b) => b - 1),
    ties.map((b) => b + 1),
    middle,
    middle.map((b) => b - 1),
    middle.map((b) => b + 1),
  ].flat()
  return new Float32Array(Uint32Array.from([...bits, ...bits.map((b) => (b | 0x80000000) >>> 0)]).buffer)
}

test('float16ToFloat32 widens all 65,536 halves as numpy does', () => {
  const wide = float16ToFloat32(every)
  expect(sha256(bitsOf(wide).map((b, i) => (Number.isNaN(wide[i]) ? 0x7fc00000 : b)))).toBe(golden.float16.widen)
})

test('bfloat16ToFloat32 widens all 65,536 bfloat16 as ml_dtypes does', () => {
  const wide = bfloat16ToFloat32(every)
  expect(sha256(bitsOf(wide).map((b, i) => (Number.isNaN(wide[i]) ? 0x7fc00000 : b)))).toBe(golden.float16.widenBfloat16)
})

test('float32ToFloat16 rounds as numpy does near every tie, in subnormals, at the overflow and over a lattice of all bits', () => {
  const narrow = float32ToFloat16(narrowingCases())
  expect(sha256(narrow.map((b) => ((b & 0x7fff) > 0x7c00 ? 0x7e00 : b)))).toBe(golden.float16.narrow)
})

test('float32ToBfloat16 rounds as ml_dtypes does near every tie and over a lattice of all bits', () => {
  const narrow = float32ToBfloat16(narrowingCases())
  expect(sha256(narrow.map((b) => ((b & 0x7fff) > 0x7f80 ? 0x7fc0 : b)))).toBe(golden.float16.narrowBfloat16)
})

test('every half survives the way to float32 and back, NaN payloads included', () => {
  expect(float32ToFloat16(float16ToFloat32(every))).toEqual(every)
})

test('every bfloat16 survives the way to float32 and back; signalling NaN become quiet', () => {
  const back = float32ToBfloat16(bfloat16ToFloat32(every))
  expect(back).toEqual(every.map((b) => ((b & 0x7fff) > 0x7f80 ? b | 0x40 : b)))
})

test('conversions write into the array that is given', () => {
  const out = new Float32Array(2)
  expect(float16ToFloat32(Uint16Array.of(0x3c00, 0xc000), out)).toBe(out)
  expect([...out]).toEqual([1, -2])
  const bits = new Uint16Array(2)
  expect(float32ToFloat16(out, bits)).toBe(bits)
  expect([...bits]).toEqual([0x3c00, 0xc000])
})

test('float32ToFloat16 keeps a NaN whose payload lies in the low bits a NaN', () => {
  const nan = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001).buffer)
  expect([...float32ToFloat16(nan)]).toEqual([0x7c01, 0xfc01])
})
