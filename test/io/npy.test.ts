import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readNpy, readPoints, writeNpy } from '../../src/io/index.js'
import type { DType, TypedArray } from '../../src/io/index.js'
import { formatNpyHeader } from '../../src/io/npyHeader.js'
import { golden, goldenBytes, goldenPath, numbers, scratch } from './helpers.js'

const files = scratch()

/** A .npy file with any header text. */
function npyFile(header: string, data: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const text = new TextEncoder().encode(header)
  const lengths = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0]
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...lengths, ...text, ...data])
}
const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`

describe('readNpy reads what numpy wrote', () => {
  test.each(golden.npy)('$file: $shape of $dtype', async ({ file, shape, dtype, fortran, values }) => {
    for (const input of [goldenPath(file), goldenBytes(file)]) {
      const array = await readNpy(input)
      expect(array.shape).toEqual(shape)
      expect(array.dtype).toBe(dtype)
      expect(array.fortranOrder).toBe(fortran)
      expect([...array.data].map((value) => (typeof value === 'bigint' ? String(value) : value))).toEqual(values)
    }
  })

  test.each(golden.npy.filter(({ shape }) => shape.length === 2 && shape[0] > 0))('$file as points, in blocks', async (entry) => {
    const expected = Float32Array.from(entry.values, Number)
    for (const maxBlock of [1, 6, 7, 1000]) {
      const points = await readPoints(goldenPath(entry.file), { maxBlock })
      expect([points.n, points.d]).toEqual(entry.shape)
      expect(Float32Array.from(points.blocks.flatMap((block) => [...block]))).toEqual(expected)
      expect(points.blocks.length).toBe(Math.ceil(points.n / Math.max(1, Math.floor(maxBlock / points.d))))
    }
  })
})

describe('writeNpy writes what numpy writes', () => {
  test.each(golden.headers)('the header of $shape $dtype', ({ dtype, shape, hex }) => {
    expect(Buffer.from(formatNpyHeader(dtype as DType, shape)).toString('hex')).toBe(hex)
  })

  const same = golden.npy.filter(({ file, fortran }) => !fortran && !/be\.npy|^v\d/.test(file))
  test.each(same)('$file, byte for byte', async ({ file, shape, dtype }) => {
    const { data } = await readNpy(goldenPath(file))
    await writeNpy(files.path('copy.npy'), data, shape, { dtype: dtype as DType })
    expect(new Uint8Array(readFileSync(files.path('copy.npy')))).toEqual(goldenBytes(file))
  })

  test('from blocks, and from a stream of blocks, as from one array', async () => {
    const x = numbers(60)
    async function* stream(): AsyncGenerator<Float32Array> {
      for (let i = 0; i < 60; i += 12) yield x.slice(i, i + 12)
    }
    const written = []
    for (const data of [x, [x.subarray(0, 6), x.subarray(6)], stream()]) {
      await writeNpy(files.path('blocks.npy'), data, [20, 3])
      written.push(readFileSync(files.path('blocks.npy')))
    }
    expect(written[1]).toEqual(written[0])
    expect(written[2]).toEqual(written[0])
  })

  test('a subarray, not the buffer under it', async () => {
    await writeNpy(files.path('part.npy'), Float64Array.of(9, 1, 2, 9).subarray(1, 3), [2])
    expect((await readNpy(files.path('part.npy'))).data).toEqual(Float64Array.of(1, 2))
  })

  test('an empty array without blocks', async () => {
    await writeNpy(files.path('none.npy'), [], [0, 4], { dtype: 'float32' })
    expect(await readNpy(files.path('none.npy'))).toMatchObject({ shape: [0, 4], dtype: 'float32', data: new Float32Array(0) })
  })
})

const f4 = (n: number): Uint8Array => new Uint8Array(4 * n)

describe('readNpy names what is wrong with a file', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    [
      'truncated data',
      npyFile(header("'<f4'", '(1000, 128)'), new Uint8Array(400)),
      /^readNpy: expected 1000 x 128 float32 \(512000 bytes after the header\), got 400 bytes: the file is truncated \(.*\)$/,
    ],
    [
      'data beyond the header',
      npyFile(header("'<f4'", '(2, 2)'), f4(5)),
      /2 x 2 float32 \(16 bytes .*got 20 bytes: the file is longer than its header says/,
    ],
    ['an empty file', new Uint8Array(0), /expected a \.npy file.*got an empty file/],
    ['another kind of file', new TextEncoder().encode('PK\x03\x04 this is a zip'), /expected a \.npy file.*got the bytes 50 4b 03 04/],
    ['the magic and no more', Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]), /expected a \.npy file/],
    ['a version to come', npyFile(header("'<f4'", '(1,)'), f4(1), 9), /version 1\.0, 2\.0 or 3\.0, got 9\.0/],
    [
      'a header beyond the end',
      npyFile(header("'<f4'", '(1,)')).subarray(0, 40),
      /expected a header of \d+ bytes, got 30: the file is truncated/,
    ],
    [
      'a version 2 header of 4 GB',
      Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255]),
      /header of at most 1048576 bytes, got one of 4294967295/,
    ],
    [
      'a huge shape',
      npyFile(header("'<f4'", '(1000000000, 1000000)')),
      /expected 1000000000 x 1000000 float32 \(4000000000000000 bytes.*truncated/,
    ],
    ['a shape that overflows', npyFile(header("'<f4'", '(4294967296, 4294967296)')), /less than 2\^53 bytes, got 4294967296 x 4294967296/],
    ['a size beyond 2^53', npyFile(header("'<f4'", '(99999999999999999999, 0)')), /'shape' to be a tuple of sizes/],
    ['a negative shape', npyFile(header("'<f4'", '(-1, 4)'), f4(4)), /'shape' to be a tuple of sizes/],
    ['a fractional shape', npyFile(header("'<f4'", '(1.5, 4)'), f4(6)), /expected a header/],
    ['a shape that is a number', npyFile(header("'<f4'", '(4)'), f4(4)), /'shape' to be a tuple/],
    ['Python code', npyFile("__import__('os').system('true')\n"), /expected a header .*got __import__/],
    ['Python code as a value', npyFile(header("'<f4'", '(__import__("os"),)')), /expected a header/],
    ['a missing key', npyFile("{'descr': '<f4', 'shape': (1,)}", f4(1)), /expected a header/],
    ['a key too many', npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", f4(1)), /expected a header/],
    ['a key twice', npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (2,)}", f4(1)), /expected a header/],
    ['an order that is no boolean', npyFile(header("'<f4'", '(1,)', '0'), f4(1)), /'fortran_order' to be True or False/],
    ['brackets without end', npyFile(`${'('.repeat(5000)}`), /expected a header/],
    ['a header of NULs', npyFile('\0'.repeat(100)), /expected a header/],
    ['a dtype of the prototype', npyFile(header("'<constructor'", '(1,)'), f4(1)), /expected a dtype of float16/],
  ]
  test.each(cases)('%s', async (_, bytes, message) => {
    const path = files.write('bad.npy', bytes)
    const error: Error = await readNpy(path).then(
      () => Promise.reject(new Error('nothing was thrown')),
      (reason: Error) => reason,
    )
    expect(error.message).toMatch(message)
    expect(error.message).toContain(`(${path})`)
    await expect(readNpy(bytes)).rejects.toThrow(message)
    await expect(readPoints(path)).rejects.toThrow(/^readPoints: expected/)
  })

  test.each([
    ['bad-object.npy', "'|O'"],
    ['bad-text.npy', "'<U5'"],
    ['bad-complex.npy', "'<c16'"],
    ['bad-structured.npy', 'a structured one'],
    ['bad-datetime.npy', "'<M8[D]'"],
    ['bad-longdouble.npy', "'<f16'"],
  ])('%s: a dtype that holds no such numbers', async (file, got) => {
    await expect(readNpy(goldenPath(file))).rejects.toThrow(
      `expected a dtype of float16 to float64, int8 to int64, uint8 to uint64 or bool, got ${got}`,
    )
  })

  test('every cut of a good file is refused', async () => {
    const bytes = goldenBytes('f4.npy')
    for (let length = 0; length < bytes.length; length++) await expect(readNpy(bytes.slice(0, length))).rejects.toThrow('readNpy: expected')
  })

  test('a path without a file, a folder, and what is no path', async () => {
    await expect(readNpy(files.path('nowhere.npy'))).rejects.toThrow(/readNpy: expected a file, found none \(.*nowhere\.npy\)/)
    await expect(readNpy(files.path('.'))).rejects.toThrow('readNpy: expected a regular file, got a folder')
    await expect(readNpy(7 as never)).rejects.toThrow('readNpy: expected a path or a Uint8Array, got 7')
  })
})

test('readNpy reads the header Python 2 wrote, with sizes like 2L', async () => {
  const { shape, data } = await readNpy(npyFile(header("'<i2'", '(2L, 1L)'), Uint8Array.of(1, 0, 2, 0)))
  expect(shape).toEqual([2, 1])
  expect(data).toEqual(Int16Array.of(1, 2))
})

test('writeNpy refuses data that does not make the shape, and leaves no file', async () => {
  const path = files.path('refused.npy')
  await expect(writeNpy(path, numbers(5), [2, 3])).rejects.toThrow('writeNpy: expected 2 x 3 = 6 values, got 5')
  await expect(writeNpy(path, [numbers(4), numbers(4)], [2, 3])).rejects.toThrow('writeNpy: expected 2 x 3 = 6 values, got at least 8')
  await expect(writeNpy(path, [numbers(4)], [2, 3])).rejects.toThrow('writeNpy: expected 2 x 3 = 6 values, got 4')
  await expect(writeNpy(path, [numbers(3), new Float64Array(3)], [6])).rejects.toThrow('blocks of one type, got float32 and float64')
  await expect(writeNpy(path, [1, 2] as never, [2])).rejects.toThrow('expected a typed array of numbers, got 1')
  await expect(writeNpy(path, new DataView(new ArrayBuffer(8)) as never, [8])).rejects.toThrow('expected a typed array of numbers')
  await expect(writeNpy(path, numbers(1), [-1])).rejects.toThrow('expected a shape of sizes from 0 to 2^53, got [-1]')
  await expect(writeNpy(path, numbers(1), [1], { dtype: 'int8' })).rejects.toThrow('can be written as int8, got float32')
  await expect(writeNpy(path, Float32Array.of(1, 70000), [2], { dtype: 'float16' })).rejects.toThrow("within float16's range, got 70000")
  expect(files.list().filter((name) => name.includes('refused'))).toEqual([])
})

test('writeNpy refuses options that are none of its own, and an empty path', async () => {
  await expect(writeNpy(files.path('o.npy'), Float32Array.of(1), [1], { dtyp: 'float16' } as never)).rejects.toThrow(
    "writeNpy: unknown option 'dtyp'; did you mean 'dtype'?",
  )
  await expect(writeNpy(files.path('o.npy'), Float32Array.of(1), [1], null as never)).rejects.toThrow(
    'writeNpy: expected an options object, got null',
  )
  await expect(writeNpy('', Float32Array.of(1), [1])).rejects.toThrow("writeNpy: expected the path of a file, got ''")
})

test('writeNpy writes every typed array, and readNpy gives it back', async () => {
  const arrays: TypedArray[] = [
    Int8Array.of(-128, 127),
    Uint8Array.of(0, 255),
    Int16Array.of(-32768, 32767),
    Uint16Array.of(0, 65535),
    Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
    Uint32Array.of(0, 2 ** 32 - 1),
    BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
    BigUint64Array.of(0n, 2n ** 64n - 1n),
    Float32Array.of(-0, Infinity),
    Float64Array.of(NaN, 5e-324),
  ]
  for (const array of arrays) {
    await writeNpy(files.path('type.npy'), array, [2])
    expect((await readNpy(files.path('type.npy'))).data).toEqual(array)
  }
})
