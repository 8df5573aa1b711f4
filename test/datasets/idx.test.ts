import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { random, STREAM } from '../../src/random.js'
import { loadIdx, readIdx, writeIdx } from '../../src/datasets/index.js'
import type { IdxArray } from '../../src/datasets/index.js'

/** To compare long arrays by their bytes: toEqual takes seconds. */
const bytesOf = (array: ArrayBufferView): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength)
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idx-'))
})
afterAll(() => rm(folder, { recursive: true }))
const file = async (name: string, bytes: Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

/** Bytes written out by hand (Python: struct.pack('>2h', -2, 300) and the like), with what they mean. */
const EXAMPLES: [string, string, IdxArray][] = [
  ['uint8', '00000802 00000002 00000003 00017f80feff', { shape: [2, 3], data: Uint8Array.of(0, 1, 127, 128, 254, 255) }],
  ['int8', '00000901 00000003 807fff', { shape: [3], data: Int8Array.of(-128, 127, -1) }],
  ['int16', '00000b01 00000002 fffe012c', { shape: [2], data: Int16Array.of(-2, 300) }],
  ['int32', '00000c01 00000002 80000000 00010000', { shape: [2], data: Int32Array.of(-(2 ** 31), 65536) }],
  ['float32', '00000d01 00000002 3fc00000 c2280000', { shape: [2], data: Float32Array.of(1.5, -42) }],
  [
    'float64',
    '00000e03 00000001 00000002 00000001 3ff8000000000000 7ff0000000000000',
    { shape: [1, 2, 1], data: Float64Array.of(1.5, Infinity) },
  ],
]

describe('readIdx', () => {
  it.each(EXAMPLES)('reads %s from plain and gzipped bytes, a path and a URL', async (name, text, expected) => {
    const bytes = hex(text)
    const path = await file(name, bytes)
    const gzPath = await file(`${name}.gz`, gzipSync(bytes))
    const buffer = new ArrayBuffer(bytes.length)
    new Uint8Array(buffer).set(bytes)
    for (const source of [bytes, gzipSync(bytes), buffer, path, gzPath, pathToFileURL(path), pathToFileURL(gzPath)])
      expect(await readIdx(source)).toEqual(expected)
  })
  it('reads bytes that begin anywhere in their buffer', async () => {
    const [, text, expected] = EXAMPLES[5]
    const bytes = hex(text)
    for (let offset = 1; offset < 9; offset++) {
      const larger = new Uint8Array(bytes.length + 16)
      larger.set(bytes, offset)
      expect(await readIdx(larger.subarray(offset, offset + bytes.length))).toEqual(expected)
    }
  })
  it('returns values that share no memory with the bytes given', async () => {
    const bytes = hex(EXAMPLES[0][1])
    const { data } = await readIdx(bytes)
    bytes.fill(9)
    expect(data).toEqual(EXAMPLES[0][2].data)
  })
  it('reads more than one portion of a file, values cut by the portions included', async () => {
    // 4-byte values after a header of 12 bytes, in a file of several MiB: portions of 2^20 bytes, and gunzip's own
    const data = Float64Array.from({ length: 700_001 }, (_, i) => Math.sin(i))
    const bytes = writeIdx({ shape: [700_001, 1], data })
    expect(bytes.length % 8).toBe(4)
    for (const source of [await file('large', bytes), await file('large.gz', gzipSync(bytes)), gzipSync(bytes)]) {
      const back = (await readIdx(source)).data
      expect(back).toBeInstanceOf(Float64Array)
      expect(Buffer.compare(bytesOf(back), bytesOf(data))).toBe(0)
    }
  })
  it('reads an array of no values', async () => {
    expect(await readIdx(hex('00000c02 00000000 00000003'))).toEqual({ shape: [0, 3], data: new Int32Array(0) })
  })
  it.each<[string, string, string]>([
    ['nothing', '', 'readIdx: expected an IDX header, got a file of 0 bytes (0 bytes)'],
    ['half a header', '00000803 00000001 0000', 'readIdx: expected an IDX header, got a file of 10 bytes (10 bytes)'],
    ['a zip file', '504b0304 00000000', 'and at least one dimension, got 50 4b 03 04 (8 bytes)'],
    ['an unknown type', '00000a01 00000001 00', '00 00, a type of 08, 09, 0b, 0c, 0d or 0e, and at least one dimension, got 00 00 0a 01'],
    ['no dimension', '00000800 00', 'and at least one dimension, got 00 00 08 00'],
    ['too few values', '00000802 00000002 00000002 000000', 'expected 16 bytes (a header of 12 and 2×2 uint8), got 15 (15 bytes)'],
    ['half a value', '00000c01 00000002 00000000 0000', 'expected 16 bytes (a header of 8 and 2 int32), got 14 (14 bytes)'],
    ['too many values', '00000801 00000002 000000', 'expected 10 bytes (a header of 8 and 2 uint8), got more (11 bytes)'],
    [
      'a lying header',
      '00000803 ffffffff 00010000 00000001 00',
      'expected 281474976645136 bytes (a header of 16 and 4294967295×65536×1 uint8), got 17',
    ],
    [
      'an impossible size',
      '00000803 ffffffff ffffffff ffffffff 00',
      'expected a shape of fewer than 2^53 bytes, got 4294967295×4294967295×4294967295',
    ],
  ])('refuses %s', async (_, text, message) => {
    await expect(readIdx(hex(text))).rejects.toThrow(message)
    if (text !== '') await expect(readIdx(gzipSync(hex(text)))).rejects.toThrow(message.replace(/ \(\d+ bytes\)$/, ''))
  })
  it('names the file at fault, and what is wrong with it', async () => {
    await expect(readIdx(join(folder, 'absent'))).rejects.toThrow(
      `readIdx: expected a readable file, got ENOENT (${join(folder, 'absent')})`,
    )
    await expect(readIdx(folder)).rejects.toThrow('readIdx: expected a readable file, got EISDIR')
    await expect(readIdx(await file('short', hex('00000801 00000002 00')))).rejects.toThrow(`got 9 (${join(folder, 'short')})`)
    const gz = gzipSync(hex(EXAMPLES[0][1]))
    await expect(readIdx(await file('cut.gz', gz.subarray(0, -9)))).rejects.toThrow(
      'expected a whole gzip stream, got a damaged one: unexpected end of file',
    )
    const flipped = Uint8Array.from(gz, (byte, i) => (i === gz.length - 7 ? byte ^ 1 : byte))
    await expect(readIdx(flipped)).rejects.toThrow('expected a whole gzip stream, got a damaged one: incorrect data check')
  })
  it('stops at the first byte too many of a stream that unpacks to far more', async () => {
    const bomb = gzipSync(Buffer.concat([hex('00000801 00000002'), Buffer.alloc(2 ** 28)]))
    const before = process.memoryUsage().arrayBuffers
    await expect(readIdx(bomb)).rejects.toThrow('expected 10 bytes (a header of 8 and 2 uint8), got more')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26)
  })
  it('refuses what is no source', async () => {
    await expect(readIdx(7 as unknown as string)).rejects.toThrow('readIdx: expected a path, a file: URL or bytes, got 7')
    await expect(readIdx(new URL('https://example.org/a.gz'))).rejects.toThrow("readIdx: expected a file: URL, got one of 'https:'")
  })
})

describe('writeIdx', () => {
  it.each(EXAMPLES)('writes %s as its bytes', (_, text, array) => {
    expect(writeIdx(array)).toEqual(hex(text))
  })
  it.each<[string, unknown, string]>([
    ['a type IDX has not', { shape: [1], data: new Uint32Array(1) }, 'writeIdx: expected a Uint8Array, Int8Array, Int16Array, Int32Array'],
    ['a plain array', { shape: [1], data: [1] }, 'Float32Array or Float64Array, got Array'],
    ['another size', { shape: [2, 2], data: new Uint8Array(3) }, 'writeIdx: expected 4 values for the shape 2×2, got 3'],
    ['no dimension', { shape: [], data: new Uint8Array(1) }, 'writeIdx: expected a shape of 1 to 255 dimensions below 2^32, got []'],
    ['half a row', { shape: [0.5], data: new Uint8Array(0) }, 'writeIdx: expected a shape of 1 to 255 dimensions below 2^32, got [0.5]'],
  ])('refuses %s', (_, array, message) => {
    expect(() => writeIdx(array as IdxArray)).toThrow(message)
  })
})

describe('readIdx and writeIdx', () => {
  it('give back every type and shape, bit for bit', async () => {
    const types = [Uint8Array, Int8Array, Int16Array, Int32Array, Float32Array, Float64Array]
    for (let seed = 0; seed < 120; seed++) {
      const rng = random(seed, STREAM.data)
      const shape = Array.from(
        { length: 1 + rng.integer(0, 5) },
        (_, i) => rng.integer(i + 1, seed % 10 === 0 ? 3 : 7) + (seed % 10 === 0 ? 0 : 1),
      )
      const length = shape.reduce((product, size) => product * size, 1)
      const Type = types[seed % 6]
      const bytes = Uint8Array.from({ length: length * Type.BYTES_PER_ELEMENT }, (_, i) => rng.integer(100 + i, 256))
      const data = new Type(bytes.buffer, 0, length)
      const file = writeIdx({ shape, data })
      const back = await readIdx(seed % 2 === 0 ? file : gzipSync(file))
      expect(back.shape, `seed ${seed}`).toEqual(shape)
      expect(back.data, `seed ${seed}`).toBeInstanceOf(Type)
      // NaNs may lose their payload on the way; all else is compared as bits
      for (const [i, value] of data.entries()) expect(Object.is(back.data[i], value), `seed ${seed}, value ${i}`).toBe(true)
    }
  })
  it('refuse every file cut short, and every one with a byte too many', async () => {
    for (const [name, text] of EXAMPLES) {
      const bytes = hex(text)
      for (let length = 0; length < bytes.length; length++)
        await expect(readIdx(bytes.subarray(0, length)), `${name}, ${length} bytes`).rejects.toThrow(/^readIdx: expected .*, got /)
      await expect(readIdx(Buffer.concat([bytes, Buffer.alloc(1)])), name).rejects.toThrow(/^readIdx: expected \d+ bytes .*, got more/)
    }
  })
})

describe('loadIdx', () => {
  const images = writeIdx({ shape: [3, 2, 2], data: Uint8Array.from({ length: 12 }, (_, i) => i * 20) })
  const labels = writeIdx({ shape: [3], data: Uint8Array.of(7, 0, 255) })

  it('reads images and labels by path, plain and gzipped', async () => {
    const paths = { images: await file('im.gz', gzipSync(images)), labels: await file('la', labels) }
    expect(await loadIdx(paths)).toEqual({
      name: 'idx',
      x: { blocks: [Float32Array.from({ length: 12 }, (_, i) => i * 20)], n: 3, d: 4 },
      labels: Int32Array.of(7, 0, 255),
      imageShape: [2, 2],
      source: paths.images,
      licence: 'unknown',
    })
    const named = await loadIdx({ ...paths, name: 'mine', source: 'here', licence: 'MIT', targetNames: ['a'] })
    expect(named).toMatchObject({ name: 'mine', source: 'here', licence: 'MIT', targetNames: ['a'] })
  })
  it('takes rows that are no images, and labels of any integer type', async () => {
    const rows = writeIdx({ shape: [2, 3], data: Float64Array.of(0.1, -2, 1e-50, 4, 5, 6) })
    const set = await loadIdx({ images: rows, labels: writeIdx({ shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) }) })
    expect(set.x).toMatchObject({ n: 2, d: 3, blocks: [Float32Array.of(0.1, -2, 0, 4, 5, 6)] })
    expect(set.labels).toEqual(Int32Array.of(-1, 2 ** 31 - 1))
    expect(set.imageShape).toBeUndefined()
    expect((await loadIdx({ images: labels, labels })).x).toMatchObject({ n: 3, d: 1 })
  })
  it('refuses files that do not belong together', async () => {
    const two = writeIdx({ shape: [2], data: Uint8Array.of(1, 2) })
    await expect(loadIdx({ images, labels: two })).rejects.toThrow('loadIdx: expected one label for each of 3 images, got 2 labels')
    await expect(loadIdx({ images: labels, labels: images })).rejects.toThrow('loadIdx: expected labels in one dimension of integers, got')
    const fractions = writeIdx({ shape: [3], data: Float32Array.of(1, 2, 3) })
    await expect(loadIdx({ images, labels: fractions })).rejects.toThrow('got 1 (3) of Float32Array; are images and labels swapped?')
  })
  it('refuses no images, values beyond float32, damaged files and unknown options by name', async () => {
    const none = writeIdx({ shape: [0, 28, 28], data: new Uint8Array(0) })
    const noLabels = writeIdx({ shape: [0], data: new Uint8Array(0) })
    await expect(loadIdx({ images: none, labels: noLabels })).rejects.toThrow(
      'loadIdx: expected at least one image of one pixel, got 0×28×28',
    )
    const huge = writeIdx({ shape: [3, 2], data: Float64Array.of(0, 1, 2, 3, 4, 1e300) })
    await expect(loadIdx({ images: huge, labels })).rejects.toThrow(
      "loadIdx: expected values within float32's range, got 1e+300 (row 2, column 1)",
    )
    await expect(loadIdx({ images: images.subarray(0, 20), labels })).rejects.toThrow(
      'loadIdx: expected 28 bytes (a header of 16 and 3×2×2 uint8), got 20',
    )
    await expect(loadIdx({ images, labels: labels.subarray(0, 9) })).rejects.toThrow('loadIdx: expected 11 bytes')
    await expect(loadIdx({ images, labels, test: 1 } as never)).rejects.toThrow(
      "loadIdx: unknown option 'test'; known are images, labels, name, source, licence, featureNames, targetNames",
    )
    await expect(loadIdx({ images } as never)).rejects.toThrow('loadIdx: expected a path, a file: URL or bytes, got undefined')
  })
})
