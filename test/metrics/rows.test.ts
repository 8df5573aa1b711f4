import { tableFromArrays } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { checkFinite, rowFinder, toRows } from '../../src/metrics/rows.js'

const where = 'metric'

describe('toRows', () => {
  test('keeps float64 values that float32 would round: a flat array, blocks, rows', async () => {
    const values = [0.1, 0.2, 0.3, 1 / 3]
    const flat = Float64Array.from(values)
    const inputs = [
      flat,
      [flat.subarray(0, 2), flat.subarray(2)],
      [
        [0.1, 0.2],
        [0.3, 1 / 3],
      ],
    ]
    for (const input of inputs) {
      const { blocks, n, d } = await toRows(input, { where, d: 2 })
      expect([n, d]).toEqual([2, 2])
      expect(blocks.flatMap((block) => [...block])).toEqual(values)
    }
  })

  test('keeps integers of 32 and 64 bits that float32 would round', async () => {
    const odd = 2 ** 24 + 1
    for (const input of [
      Int32Array.of(odd, -odd),
      Uint32Array.of(odd, 7),
      BigInt64Array.of(BigInt(odd), -1n),
      BigUint64Array.of(BigInt(odd), 1n),
    ]) {
      const { blocks } = await toRows(input, { where, d: 1 })
      expect([...blocks[0]]).toEqual(Array.from<number | bigint, number>(input, Number))
    }
  })

  test('shares float32 memory, and float64', async () => {
    const single = Float32Array.of(1, 2)
    const double = Float64Array.of(0.1, 2)
    expect((await toRows(single, { where, d: 1 })).blocks[0]).toBe(single)
    expect((await toRows(double, { where, d: 1 })).blocks[0]).toBe(double)
  })

  test('takes Points and small integers as they are', async () => {
    const points = { blocks: [Float32Array.of(1, 2), Float32Array.of(3, 4, 5, 6)], n: 3, d: 2 }
    expect(await toRows(points, { where })).toBe(points)
    expect([...(await toRows(Uint8Array.of(1, 255), { where, d: 1 })).blocks[0]]).toEqual([1, 255])
  })

  test('takes an Arrow table of numeric columns, its float64 rounded to float32', async () => {
    const table = tableFromArrays({ a: Float32Array.of(1, 2, 3), b: Float64Array.of(4, 5, 0.1) })
    const { blocks, n, d } = await toRows(table, { where })
    expect([n, d]).toEqual([3, 2])
    expect(blocks.flatMap((block) => [...block])).toEqual([1, 4, 2, 5, 3, Math.fround(0.1)])
  })

  test('refuses what toPoints refuses, in its words', async () => {
    await expect(toRows(Float64Array.of(1, 2, 3), { where, d: 2 })).rejects.toThrow('metric: expected whole rows of d = 2 columns')
    await expect(toRows([[1, 2], [3]], { where })).rejects.toThrow('metric: expected d = 2 columns, got 1 (row 1)')
    await expect(toRows(Float64Array.of(1, 1e300), { where, d: 1 })).rejects.toThrow("metric: expected values within float32's range")
    await expect(toRows(Float32Array.of(1, 2), { where })).rejects.toThrow('metric: expected d (the number of columns)')
    await expect(toRows([], { where })).rejects.toThrow('metric: expected at least one point')
  })
})

describe('rowFinder', () => {
  test('finds every row in its block', () => {
    const blocks = [3, 1, 4, 1, 5].map((rows, b) => Float32Array.from({ length: rows * 2 }, (_, at) => 100 * b + at))
    const all = blocks.flatMap((block) => [...block])
    const find = rowFinder({ blocks, n: 14, d: 2 })
    for (let row = 0; row < 14; row++) {
      const { block, offset } = find(row)
      expect([...block.subarray(offset, offset + 2)]).toEqual(all.slice(2 * row, 2 * row + 2))
    }
  })

  test('steps over blocks without rows', () => {
    const find = rowFinder({ blocks: [new Float32Array(0), Float32Array.of(7), new Float32Array(0), Float32Array.of(8)], n: 2, d: 1 })
    expect([find(0), find(1)].map(({ block, offset }) => block[offset])).toEqual([7, 8])
  })
})

describe('checkFinite', () => {
  test('names the first value that is not finite', () => {
    const block = Float32Array.of(1, 2, 3, NaN, Infinity, 4)
    expect(() => checkFinite(where, { block, offset: 0, d: 3 }, 0)).not.toThrow()
    expect(() => checkFinite(where, { block, offset: 3, d: 3 }, 9)).toThrow(
      new RangeError('metric: expected finite values, got NaN (row 9, column 0)'),
    )
  })
})
