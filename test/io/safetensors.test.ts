import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readPoints, readSafetensors, writeSafetensors } from '../../src/io/index.js'
import type { TensorInput, TypedArray } from '../../src/io/index.js'
import { golden, goldenBytes, goldenPath, numbers, scratch } from './helpers.js'

const files = scratch()

/** A .safetensors file with any header text. */
function file(header: string | object, data = 0, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}
const f32 = (shape: unknown, begin: unknown, end: unknown): object => ({ dtype: 'F32', shape, data_offsets: [begin, end] })

test('readSafetensors reads every dtype that the Python library wrote, and the metadata', async () => {
  for (const input of [goldenPath('tensors.safetensors'), goldenBytes('tensors.safetensors')]) {
    const { tensors, metadata } = await readSafetensors(input)
    expect(metadata).toEqual({ note: 'h\u00e9llo "quoted"' })
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(golden.safetensors).sort())
    for (const [name, { shape, dtype, values }] of Object.entries(golden.safetensors)) {
      expect(tensors[name]).toMatchObject({ shape, dtype })
      expect([...tensors[name].data].map((value) => (typeof value === 'bigint' ? String(value) : value))).toEqual(values)
    }
  }
})

test('readSafetensors reads only the tensors that are named', async () => {
  const { tensors } = await readSafetensors(goldenPath('tensors.safetensors'), { tensors: ['u8'] })
  expect(Object.keys(tensors)).toEqual(['u8'])
  await expect(readSafetensors(goldenPath('tensors.safetensors'), { tensors: ['w'] })).rejects.toThrow(
    /expected a tensor of \[.*u8.*\], got 'w'/,
  )
})

test('writeSafetensors writes the bytes that the Python library writes', async () => {
  const { tensors, metadata } = await readSafetensors(goldenPath('tensors.safetensors'))
  await writeSafetensors(files.path('copy.safetensors'), tensors as Record<string, TensorInput>, { metadata })
  expect(new Uint8Array(readFileSync(files.path('copy.safetensors')))).toEqual(goldenBytes('tensors.safetensors'))
})

test('writeSafetensors takes blocks, empty tensors, scalars and odd names', async () => {
  const tensors: Record<string, { data: TypedArray; shape: number[] }> = {
    '': { data: numbers(6), shape: [2, 3] },
    'a "b" \\ é': { data: new Int8Array(0), shape: [0, 5] },
    constructor: { data: Float64Array.of(7), shape: [] },
  }
  const blocks = { ...tensors, '': { data: [numbers(6).subarray(0, 3), numbers(6).subarray(3)], shape: [2, 3] } }
  await writeSafetensors(files.path('odd.safetensors'), blocks)
  const { tensors: read, metadata } = await readSafetensors(files.path('odd.safetensors'))
  expect(metadata).toEqual({})
  for (const [name, { data, shape }] of Object.entries(tensors)) expect(read[name]).toMatchObject({ data, shape })
})

describe('readSafetensors names what is wrong with a file', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /at least 8 bytes, got 0: the file is truncated/],
    ['a header beyond the end', file({}, 0, 1000n), /expected a header of 1000 bytes, got 2: the file is truncated/],
    ['a header of 2^63 bytes', file({}, 0, 2n ** 63n), /header of at most 100000000 bytes, got 9223372036854775808/],
    ['a header that is no JSON', file('{"a": '), /expected a \.safetensors header \(a JSON object\), got something else/],
    ['a header that is no UTF-8', file({ a: f32([1], 0, 4) }, 4).map((byte) => (byte === 0x61 ? 0xff : byte)), /a JSON object/],
    ['a header that is a list', file('[1]'), /a JSON object/],
    [
      'truncated data',
      file({ a: f32([1000, 128], 0, 512000) }, 400),
      /expected 512000 bytes of tensors after the header, got 400 bytes: the file is truncated/,
    ],
    ['data beyond the tensors', file({ a: f32([1], 0, 4) }, 8), /expected 4 bytes .*got 8 bytes: the file is longer than its header says/],
    [
      'overlapping tensors',
      file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
      /tensor 'b' to start at offset 8, got 4: it overlaps the one before/,
    ],
    ['the same bytes twice', file({ a: f32([2], 0, 8), b: f32([2], 0, 8) }, 8), /to start at offset 8, got 0: it overlaps/],
    ['a gap', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /tensor 'b' to start at offset 4, got 8: there is a gap/],
    [
      'a size that lies',
      file({ a: f32([3, 4], 0, 40) }, 40),
      /expected 3 x 4 float32 \(48 bytes\) for tensor 'a', got offsets of 40 bytes/,
    ],
    ['a shape that overflows', file({ a: f32([2 ** 40, 2 ** 40], 0, 40) }, 40), /for tensor 'a', got offsets of 40 bytes/],
    ['a negative size', file({ a: f32([-1, -4], 0, 16) }, 16), /shape of tensor 'a' to be a list of sizes, got \[-1,-4\]/],
    ['offsets backwards', file({ a: f32([1], 8, 4) }, 8), /data_offsets of tensor 'a' to be \[begin, end\], got \[8,4\]/],
    ['negative offsets', file({ a: f32([1], -4, 0) }, 4), /data_offsets of tensor 'a'/],
    ['offsets that are no numbers', file({ a: f32([1], '0', 4) }, 4), /data_offsets of tensor 'a'/],
    [
      'an unknown dtype',
      file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1),
      /tensor 'a' to have a dtype of U64, .*BOOL, got "F8_E4M3"/,
    ],
    ['a dtype of the prototype', file({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 1] } }, 1), /to have a dtype of/],
    ['a tensor that is null', file({ a: null }), /tensor 'a' to be described by an object, got null/],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), /__metadata__ to be an object of strings, got {"a":1}/],
  ]
  test.each(cases)('%s', async (_, bytes, message) => {
    const path = files.write('bad.safetensors', bytes)
    await expect(readSafetensors(path)).rejects.toThrow(message)
    await expect(readSafetensors(path)).rejects.toThrow(`(${path})`)
    await expect(readSafetensors(bytes)).rejects.toThrow(message)
    await expect(readPoints(path)).rejects.toThrow(/^readPoints: expected/)
  })

  test('every cut of a good file', async () => {
    const bytes = goldenBytes('tensors.safetensors')
    for (let length = 0; length < bytes.length; length += 3)
      await expect(readSafetensors(bytes.slice(0, length))).rejects.toThrow('readSafetensors: expected')
  })
})

test('a tensor called __proto__ is a tensor', async () => {
  const { tensors } = await readSafetensors(file('{"__proto__": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', 4))
  expect(Object.getOwnPropertyNames(tensors)).toEqual(['__proto__'])
})

test('writeSafetensors refuses what it cannot write, and leaves no file', async () => {
  const path = files.path('refused.safetensors')
  const write = (tensor: unknown, options?: object): Promise<void> => writeSafetensors(path, { a: tensor as TensorInput }, options)
  await expect(write({ data: numbers(5), shape: [2, 3] })).rejects.toThrow("expected 2 x 3 = 6 values in tensor 'a', got 5")
  await expect(write({ data: numbers(1), shape: [1.5] })).rejects.toThrow("tensor 'a' to have a shape of sizes, got [1.5]")
  await expect(write({ data: [numbers(1), new Int8Array(1)], shape: [2] })).rejects.toThrow('blocks of one type')
  await expect(write({ data: numbers(1), shape: [1] }, { metadata: { a: 1 } })).rejects.toThrow(
    "expected metadata of strings, got number for 'a'",
  )
  await expect(writeSafetensors(path, { __metadata__: { data: numbers(1), shape: [1] } })).rejects.toThrow('which is reserved')
  await expect(write({ data: Float32Array.of(1e9), shape: [1], dtype: 'float16' })).rejects.toThrow(
    "within float16's range, got 1000000000",
  )
  expect(files.list().filter((name) => name.includes('refused'))).toEqual([])
})
