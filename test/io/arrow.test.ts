import { Field, Float32, List, Table, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow'
import { readFileSync } from 'node:fs'
import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readPoints, writeArrow } from '../../src/io/index.js'
import { unpackLz4 } from '../../src/io/lz4.js'
import { golden, goldenBytes, goldenPath, numbers, scratch, sha256 } from './helpers.js'

const files = scratch()
const arrows = golden.points.filter(({ file }) => /arrow|feather/.test(file))
const hasZstd = 'zstdDecompressSync' in zlib

describe('readPoints reads the Arrow files that pyarrow wrote', () => {
  test.each(arrows)('$file: $n x $d, column $column', async ({ file, n, d, sha256: expected, column, needs }) => {
    const path = goldenPath(file)
    if (needs === 'zstd' && !hasZstd) {
      await expect(readPoints(path)).rejects.toThrow('zstd needs Node 22.15 or newer')
      return
    }
    for (const maxBlock of [2 ** 28, 5 * d, 1]) {
      const points = await readPoints(path, { column, maxBlock })
      expect([points.n, points.d]).toEqual([n, d])
      expect(points.blocks.length).toBe(Math.ceil(n / Math.max(1, Math.floor(maxBlock / d))))
      expect(sha256(...points.blocks)).toBe(expected)
    }
  })

  test.each([
    ['nulls.arrow', undefined, "expected no missing values, got 1 in column 'x'"],
    ['nulls-inside.arrow', undefined, "expected no missing values, got 1 in column 'x'"],
    ['ragged.arrow', undefined, "expected lists of 2 values in column 'x', got one of 1"],
    ['two-lists.arrow', undefined, '(there are: a: FixedSizeList<float32>[6], b: FixedSizeList<float32>[6]), got no name'],
    ['two-lists.arrow', 'c', "got 'c'"],
    [
      'mixed.arrow',
      'kind',
      'kind: Dictionary, view: Utf8View, tags: List<Utf8>, pair: Struct<int64,List<int64>>, when: Timestamp, flag: Bool',
    ],
    ['mixed.arrow', ['y', 'when'], "got 'when'"],
    ['mixed.arrow', [], 'got no name'],
  ])('%s with column %j is refused', async (file, column, message) => {
    await expect(readPoints(goldenPath(file), { column })).rejects.toThrow(message)
    await expect(readPoints(goldenPath(file), { column })).rejects.toThrow(/^readPoints: expected .*\(.*\.arrow\)$/)
  })
})

describe('readPoints reads what apache-arrow wrote', () => {
  const lists = vectorFromArray(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    new List(new Field('item', new Float32())),
  )
  test.each(['file', 'stream'] as const)('lists, as a %s', async (format) => {
    const path = files.write(`js-${format}.arrow`, tableToIPC(new Table({ x: lists }), format))
    expect(await readPoints(path)).toMatchObject({ n: 3, d: 2, blocks: [Float32Array.of(1, 2, 3, 4, 5, 6)] })
  })
})

describe.each(['file', 'stream'] as const)('writeArrow, as a %s', (format) => {
  test('writes points and numbers that apache-arrow and readPoints read', async () => {
    const x = numbers(42)
    const path = files.path(`written-${format}.arrow`)
    const points = { blocks: [x.subarray(0, 18), x.subarray(18)], n: 14, d: 3 }
    const labels = Int32Array.from({ length: 14 }, (_, i) => i - 7)
    await writeArrow(
      path,
      { x: points, labels, big: BigInt64Array.from(labels, BigInt), byte: new Uint8ClampedArray(14).fill(9) },
      { format },
    )
    const table = tableFromIPC(readFileSync(path))
    expect(String(table.schema)).toBe('Schema<{ 0: x: FixedSizeList[3]<Float32>, 1: labels: Int32, 2: big: Int64, 3: byte: Uint8 }>')
    expect(table.getChild('labels')?.toArray()).toEqual(labels)
    expect(table.getChild('big')?.toArray()).toEqual(BigInt64Array.from(labels, BigInt))
    expect([...(table.getChild('byte') ?? [])]).toEqual(Array(14).fill(9))
    expect([...(table.getChild('x')?.get(5)?.toArray() ?? [])]).toEqual([...x.subarray(15, 18)])
    const read = await readPoints(path)
    expect([read.n, read.d]).toEqual([14, 3])
    expect(sha256(...read.blocks)).toBe(sha256(x))
    expect((await readPoints(path, { column: 'labels' })).blocks[0]).toEqual(Float32Array.from(labels))
  })

  test('writes several record batches where there are many rows', async () => {
    const x = Float32Array.from({ length: 2 ** 24 + 10 }, (_, i) => i % 1000)
    const path = files.path(`batches-${format}.arrow`)
    await writeArrow(path, { x: { data: x, d: 2 } }, { format })
    expect(sha256(...(await readPoints(path, { maxBlock: 2 ** 22 })).blocks)).toBe(sha256(x))
  })

  test('writes a table without rows', async () => {
    const path = files.path(`empty-${format}.arrow`)
    await writeArrow(path, { x: { data: new Float32Array(0), d: 4 }, labels: new Int32Array(0) }, { format })
    expect(tableFromIPC(readFileSync(path)).numRows).toBe(0)
    await expect(readPoints(path)).rejects.toThrow('readPoints: expected at least one point, got 0 x 4')
  })
})

test('writeArrow refuses columns that do not fit, and leaves no file', async () => {
  const path = files.path('refused.arrow')
  await expect(writeArrow(path, { a: numbers(3), b: numbers(4) })).rejects.toThrow("writeArrow: expected columns of 3 rows, got 4 in 'b'")
  await expect(writeArrow(path, {})).rejects.toThrow('writeArrow: expected at least one column, got none')
  await expect(writeArrow(path, { a: { data: numbers(5), d: 2 } })).rejects.toThrow("expected column 'a' to be a typed array, Points, or")
  await expect(writeArrow(path, { a: null as never })).rejects.toThrow("expected column 'a' to be a typed array")
  await expect(writeArrow(path, { a: numbers(1) }, { format: 'csv' as never })).rejects.toThrow(
    "expected format to be 'file' or 'stream', got 'csv'",
  )
  expect(files.list()).not.toContain('refused.arrow')
})

const readBytes = (bytes: Uint8Array): Promise<unknown> => readPoints(files.write('damaged.arrow', bytes))

describe('a damaged Arrow file', () => {
  test.each(['list.arrow', 'list-lz4.arrow', 'variable.arrow', 'mixed.arrow'])('%s cut anywhere is refused', async (file) => {
    const bytes = goldenBytes(file)
    for (let length = 0; length < bytes.length; length += length < 600 ? 1 : 37)
      await expect(readBytes(bytes.slice(0, length)), `${length} bytes`).rejects.toThrow(/^readPoints: expected/)
  })

  test('a stream cut inside a message is refused', async () => {
    const bytes = goldenBytes('list.arrows')
    const whole = await readPoints(goldenPath('list.arrows'))
    for (let length = 0; length < bytes.length; length += 5) {
      const result = await readPoints(files.write('cut.arrows', bytes.slice(0, length))).catch((error: Error) => error.message)
      // A stream may end between two messages: then the rows so far are there.
      if (typeof result === 'string') expect(result).toMatch(/^readPoints: expected/)
      else expect([17, 34, whole.n]).toContain(result.n)
    }
  })

  test.each(['list.arrow', 'list-lz4.arrow', 'variable-large.arrow', 'columns.arrow'])(
    '%s with one byte changed is read or refused by name',
    async (file) => {
      const bytes = goldenBytes(file)
      for (let at = 0; at < bytes.length; at += at % 7 ? 1 : 5) {
        const changed = bytes.slice()
        changed[at] ^= at % 2 ? 0xff : 0x41
        const result = await readBytes(changed).catch((error: Error) => error.message)
        if (typeof result === 'string') expect(result).toMatch(/^readPoints: expected/)
      }
    },
  )

  test.each([
    ['PAR1 and more bytes', 'expected Arrow IPC (Feather version 2), got Parquet'],
    ['FEA1 and more bytes', 'got Feather version 1; write it with pyarrow.feather'],
    ['', 'expected an Arrow file or stream, got an empty file'],
    ['x,y\n1,2\n', 'expected an Arrow file or stream, got one that starts with 78 2c 79'],
    ['ARROW1\0\0', 'expected an Arrow file that ends with ARROW1'],
  ])('%j is refused by its first bytes', async (text, message) => {
    await expect(readBytes(new TextEncoder().encode(text))).rejects.toThrow(message)
  })
})

const frame = (...blocks: number[][]): Uint8Array =>
  Uint8Array.from([4, 34, 77, 24, 0x60, 0x40, 0, ...blocks.flatMap((block) => [block.length, 0, 0, 0, ...block]), 0, 0, 0, 0])

describe('unpackLz4', () => {
  test('repeats what lies less than its length behind', () => {
    // One literal, then a match of 4 + 15 + 1 bytes at distance 1; the last bytes are literals.
    expect([...unpackLz4(frame([0x1f, 7, 1, 0, 1, 0x20, 8, 9]), 23)]).toEqual([...Array(21).fill(7), 8, 9])
  })

  test.each([
    ['a match before the output', [0x10, 7, 2, 0, 0x10, 7], 6],
    ['a match at distance 0', [0x10, 7, 0, 0, 0x10, 7], 6],
    ['more output than said', [0x10, 7, 1, 0, 0x10, 7], 5],
    ['literals beyond the block', [0x50, 7], 5],
    ['a length without end', [0xf0, 255], 100],
    ['half an offset', [0x10, 7, 1], 5],
  ])('refuses %s', (_, block, size) => {
    expect(() => unpackLz4(frame(block), size)).toThrow(RangeError)
  })

  test('reads what a frame may have beside: its size, checksums of blocks and of all, blocks as they are, further frames', () => {
    const magic = [4, 34, 77, 24]
    const plain = [3, 0, 0, 0x80, 7, 8, 9]
    const sized = [...magic, 0x68, 0x40, 3, 0, 0, 0, 0, 0, 0, 0, 0, ...plain, 0, 0, 0, 0]
    const summed = [...magic, 0x74, 0x40, 0, ...plain, 1, 1, 1, 1, ...plain, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2]
    expect([...unpackLz4(Uint8Array.from([...sized, ...summed, ...sized]), 12)]).toEqual([7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9])
    expect(() => unpackLz4(Uint8Array.from(sized), 2)).toThrow('expected 2 bytes out of LZ4, got more')
  })

  test('refuses a size that its input cannot make, before it takes the memory', () => {
    expect(() => unpackLz4(frame([0x10, 7]), 2 ** 40)).toThrow('to hold 1099511627776')
  })
})
