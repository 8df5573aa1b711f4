import type { Data } from 'apache-arrow'
import { FixedSizeList, Field, Float32, Float64, RecordBatch, Schema, Struct, Table, Vector, makeData, tableFromArrays } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { rowsOf, takeRows, toPoints } from '../src/points.js'
import type { PointsInput } from '../src/points.js'
import { expectSame } from './matchers.js'
import { makePoints } from './oracles.js'

const d = 3
const x = makePoints(1, 1200, d, 'uniform')
const all = async (input: PointsInput, options: { d?: number; n?: number } = { d }): Promise<Float32Array> => {
  const points = await toPoints(input, { where: 'f', ...options })
  expect(points.blocks.reduce((sum, block) => sum + block.length, 0)).toBe(points.n * points.d)
  return rowsOf(points, 0, points.n).slice()
}
const rows = (values: Float32Array, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)))

/** A chunk of a FixedSizeList<Float32> column. */
function listData(values: Float32Array, width: number): Data<FixedSizeList<Float32>> {
  const child = makeData({ type: new Float32(), data: values })
  return makeData({ type: new FixedSizeList(width, new Field('item', new Float32())), length: values.length / width, nullCount: 0, child })
}

describe('toPoints', () => {
  it('shares the memory of a Float32Array, also of a view with an offset', async () => {
    expect((await toPoints(x, { where: 'f', d })).blocks[0]).toBe(x)
    const view = x.subarray(30, 60)
    expect((await toPoints(view, { where: 'f', n: 10 })).blocks[0]).toBe(view)
  })

  it('shares the memory of large blocks and joins small ones', async () => {
    const large = [x.subarray(0, 900 * d), x.subarray(900 * d)]
    const shared = await toPoints(large, { where: 'f', d })
    expect(shared.blocks[0]).toBe(large[0])
    expect(shared.blocks[1]).toBe(large[1])
    const small = [0, 1, 3, 4, 600, 601].map((start, i, starts) => x.subarray(start * d, (starts[i + 1] ?? 1200) * d))
    expectSame(await all(small), x)
    expect((await toPoints(small, { where: 'f', d })).blocks.length).toBe(1)
  })

  it('reads every kind of number array, and says when values were rounded', async () => {
    const integers = Float32Array.from({ length: 30 }, (_, i) => i)
    for (const type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float64Array])
      expectSame(await all(type.from(integers)), integers, type.name)
    for (const type of [BigInt64Array, BigUint64Array]) expectSame(await all(type.from(Array.from(integers, BigInt))), integers, type.name)
    expect((await toPoints(Float64Array.from(x), { where: 'f', d })).note).toBe('Float64Array rounded to float32')
    expect((await toPoints(Int32Array.from(integers), { where: 'f', d })).note).toBe('Int32Array rounded to float32')
    expect((await toPoints(Uint16Array.from(integers), { where: 'f', d })).note).toBeUndefined()
    expectSame(await all(Float64Array.of(0.1, 16777217, 1e-46)), Float32Array.of(0.1, 16777216, 0))
  })

  it('reads more values than are converted at a time, over blocks of any size', async () => {
    const long = Float64Array.from({ length: 2 ** 20 + 2 }, (_, i) => i / 2)
    const expected = Float32Array.from(long)
    expectSame(await all(long), expected)
    expectSame(await all([long.subarray(0, 3), long.subarray(3)]), expected)
    long[2 ** 20 + 1] = -1e39
    await expect(all(long)).rejects.toThrow(`got -1e+39 (row ${(2 ** 20 - 1) / 3}, column 2)`)
  })

  it('reads rows of numbers', async () => {
    expectSame(await all(rows(x, d), {}), x)
  })

  it('reads a live tensor and leaves it alone', async () => {
    const tensor = { shape: [1200, d], isDisposed: false, data: async () => x }
    expect((await toPoints(tensor, { where: 'f' })).blocks[0]).toBe(x)
    const integers = { shape: [2, 2], isDisposed: false, data: async () => Int32Array.of(1, 2, 3, 4) }
    expectSame(await all(integers, {}), Float32Array.of(1, 2, 3, 4))
  })

  it('shares the chunks of an Arrow column', async () => {
    const parts = [x.slice(0, 400 * d), x.slice(400 * d)]
    const column = new Vector(parts.map((part) => listData(part, d)))
    const points = await toPoints(column, { where: 'f' })
    expect(points.blocks.map((block) => block.buffer)).toEqual(parts.map((part) => part.buffer))
    expect(points.blocks[0].buffer).toBe(parts[0].buffer)
    expectSame(await all(column, {}), x)
  })

  it('reads as many rows of an Arrow chunk as it says to have, where its values are more', async () => {
    const type = new FixedSizeList(d, new Field('item', new Float32()))
    const child = makeData({ type: new Float32(), data: x })
    expectSame(await all(new Vector([makeData({ type, length: 2, nullCount: 0, child })]), {}), x.slice(0, 2 * d))
  })

  it('reads slices of an Arrow column, across chunks and of slices, without a copy', async () => {
    const parts = [x.slice(0, 400 * d), x.slice(400 * d)]
    const column = new Vector(parts.map((part) => listData(part, d)))
    for (const [from, to] of [
      [0, 400],
      [7, 1100],
      [399, 401],
      [450, 1200],
    ]) {
      expectSame(await all(column.slice(from, to), {}), x.slice(from * d, to * d), `${from} to ${to}`)
      expectSame(await all(column.slice(from, to).slice(1, to - from), {}), x.slice((from + 1) * d, to * d), `slice of ${from} to ${to}`)
    }
    const points = await toPoints(column.slice(7, 1100), { where: 'f' })
    expect(points.blocks[0].buffer).toBe(parts[0].buffer)
  })

  it('reads Arrow lists of float64, and a table with one list column', async () => {
    const child = makeData({ type: new Float64(), data: Float64Array.from(x) })
    const type = new FixedSizeList(d, new Field('item', new Float64()))
    const column = new Vector([makeData({ type, length: 1200, nullCount: 0, child })])
    expectSame(await all(column, {}), x)
    const list = listData(x, d)
    const schema = new Schema([new Field('vector', list.type)])
    const batch = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 1200, children: [list] }))
    const points = await toPoints(new Table([batch]), { where: 'f' })
    expect(points.blocks[0].buffer).toBe(x.buffer)
  })

  it('gathers the numeric columns of an Arrow table, of any number type, in chunks and slices', async () => {
    const a = Float32Array.from({ length: 500 }, (_, i) => i / 7)
    const b = Int32Array.from(a, (_, i) => -i)
    const c = BigInt64Array.from(a, (_, i) => BigInt(i * 3))
    const expected = Float32Array.from(
      { length: 1500 },
      (_, i) => [a[Math.floor(i / 3)], -Math.floor(i / 3), Math.floor(i / 3) * 3][i % 3] + 0,
    )
    const table = tableFromArrays({ a, b, c })
    expectSame(
      (await all(table, {})).map((value) => value + 0),
      expected,
    )
    expectSame(
      (await all(table.slice(100, 300), {})).map((value) => value + 0),
      expected.slice(300, 900),
    )
    const doubled = table.concat(table)
    expectSame(
      (await all(doubled, {})).map((value) => value + 0),
      Float32Array.of(...expected, ...expected),
    )
  })

  it('never writes to its input', async () => {
    const before = Float64Array.from(x)
    const kept = before.slice()
    await all(before)
    expectSame(before, kept)
  })
})

describe('rows', () => {
  const blocks = [x.subarray(0, 3), x.subarray(3, 3), x.subarray(3, 30), x.subarray(30)]
  const points = { blocks, n: 1200, d }

  it('rowsOf is a view within a block and a copy across blocks', () => {
    for (const [from, to] of [
      [0, 1],
      [0, 2],
      [1, 10],
      [0, 1200],
      [9, 11],
      [10, 1200],
      [5, 5],
    ]) {
      expectSame(rowsOf(points, from, to), x.slice(from * d, to * d), `${from} to ${to}`)
    }
    expect(rowsOf(points, 2, 5).buffer).toBe(x.buffer)
  })

  it('takeRows copies rows in the order asked for, also twice the same', () => {
    const ids = [1199, 0, 9, 10, 10]
    const taken = takeRows(points, ids)
    expect([taken.n, taken.d]).toEqual([5, d])
    expectSame(rowsOf(taken, 0, 5), Float32Array.from(ids.flatMap((i) => [...x.subarray(i * d, (i + 1) * d)])))
    expect(taken.blocks[0].buffer).not.toBe(x.buffer)
  })
})

it('an array whose buffer can shrink is copied, any other Float32Array is used in place', async () => {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer
  const shrinking = new Float32Array(new Resizable(16, { maxByteLength: 32 }), 0, 4).fill(2)
  const fixed = new Float32Array(4)
  expect((await toPoints(shrinking, { where: 'test', d: 2 })).blocks[0]).not.toBe(shrinking)
  expect((await toPoints(shrinking, { where: 'test', d: 2 })).blocks[0]).toStrictEqual(new Float32Array(4).fill(2))
  expect((await toPoints(fixed, { where: 'test', d: 2 })).blocks[0]).toBe(fixed)
})
