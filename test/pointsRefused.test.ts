/** @file What toPoints refuses, and what it says. */
import type { Data } from 'apache-arrow'
import {
  FixedSizeList,
  Field,
  Float16,
  Float32,
  Int32,
  Table,
  Utf8,
  Vector,
  makeData,
  tableFromArrays,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { toPoints } from '../src/points.js'
import type { PointsInput } from '../src/points.js'
import { makePoints } from './oracles.js'

const d = 3
const x = makePoints(1, 1200, d, 'uniform')

/** A FixedSizeList column of rows of d of these values. */
function listColumn(child: Data): Vector {
  const type = new FixedSizeList(d, new Field('item', child.type))
  return new Vector([makeData({ type, length: child.length / d, nullCount: 0, child })])
}
const MILLION = new Float32Array(2 ** 20)

/** What a transfer leaves. */
function detached(): Float32Array {
  const array = new Float32Array(6)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}

describe('toPoints refuses', () => {
  const column = listColumn(makeData({ type: new Float32(), data: x }))
  const withNull = vectorFromArray([1, null, 3], new Float32())
  const nullTable = new Table({ a: withNull })
  it.each<[string, unknown, { d?: number; n?: number }, string]>([
    [
      'what is no points',
      null,
      { d },
      'f: expected points (a typed array, an array of rows, a tensor, an Arrow column or table, or Points), got null',
    ],
    ['a number', 5, { d }, 'got 5'],
    ['an object', {}, { d }, 'got Object'],
    ['a promise of points', Promise.resolve(x), { d }, 'got Promise; await it first'],
    ['a DataView', new DataView(new ArrayBuffer(12)), { d }, 'got DataView'],
    ['DataViews for blocks', [new DataView(new ArrayBuffer(12))], { d }, 'f: expected rows of at least one number, got DataView (row 0)'],
    ['a detached array', detached(), { d }, 'f: expected points in memory, got a detached buffer; transfer a copy of them'],
    ['a detached block among others', [x, detached()], { d }, 'f: expected points in memory, got a detached buffer'],
    ['a flat array without d', Float32Array.of(1), {}, 'f: expected d (the number of columns) beside a flat array, got none'],
    ['an empty flat array', new Float32Array(0), { d }, 'f: expected at least one point, got an empty array'],
    ['an empty array', [], { d }, 'f: expected at least one point, got an empty array'],
    ['no whole rows', new Float32Array(10), { d }, 'f: expected whole rows of d = 3 columns, got 10 values, which is no multiple of d'],
    [
      'blocks of no whole rows',
      [new Float32Array(6), new Float32Array(4)],
      { d },
      'f: expected blocks of whole rows of d = 3 columns, got 4 values in block 1',
    ],
    ['another n', new Float32Array(12), { d, n: 5 }, 'f: expected n · d = 5 · 3 = 15 values, got 12'],
    ['n · d beyond 2^53', new Float32Array(4), { d: 2 ** 20, n: 2 ** 40 }, 'f: expected n · d below 2^53, got 1099511627776 · 1048576'],
    ['an n that is none', new Float32Array(4), { n: 1.5 }, 'f: expected n to be a positive integer, got 1.5'],
    [
      'rows of other widths',
      [
        [1, 2, 3],
        [1, 2],
      ],
      { d },
      'f: expected d = 3 columns, got 2 (row 1)',
    ],
    [
      'first rows of another width',
      [
        [1, 2],
        [1, 2],
      ],
      { d },
      'f: expected d = 3 columns, got 2 (row 0)',
    ],
    ['strings', [[1, 2, '3']], { d }, "f: expected numbers, got '3' (row 0, column 2)"],
    ['a missing row', [[1, 2, 3], null], { d }, 'f: expected d = 3 columns, got null (row 1)'],
    ['empty rows', [[]], {}, 'f: expected rows of at least one number, got an empty array (row 0)'],
    [
      'a flat array of numbers',
      [1, 2, 3],
      { d },
      'f: expected rows of at least one number, got a number (row 0); Float32Array.from makes points of a flat array',
    ],
    ['rows that are strings', ['123', '456'], { d }, "f: expected rows of at least one number, got '123' (row 0)"],
    ['a later row that is a string', [[1, 2, 3], '456'], { d }, "f: expected d = 3 columns, got '456' (row 1)"],
    [
      'values beyond float32',
      Float64Array.of(1, 2, 3, 4, 1e39, 6),
      { d },
      "f: expected values within float32's range, got 1e+39 (row 1, column 1)",
    ],
    ['rows beyond float32', [[1, -1e39]], {}, "f: expected values within float32's range, got -1e+39 (row 0, column 1)"],
    ['a disposed tensor', { shape: [4, 3], isDisposed: true, data: async () => x }, { d }, 'f: expected a live tensor, got a disposed one'],
    [
      'a tensor of one dimension',
      { shape: [4], isDisposed: false, data: async () => x },
      { d },
      'f: expected a tensor of shape [n, d], got [4]',
    ],
    [
      'an empty tensor',
      { shape: [0, 3], isDisposed: false, data: async () => x },
      { d },
      'f: expected at least one point, got a tensor of shape [0, 3]',
    ],
    ['a tensor of another width', { shape: [400, 9], isDisposed: false, data: async () => x }, { d }, 'd = 3 columns, got'],
    [
      'an Arrow column of numbers',
      vectorFromArray([1, 2], new Float32()),
      {},
      'f: expected an Arrow column of type FixedSizeList<float>, got Float32',
    ],
    ['an Arrow column of another width', column, { d: 4 }, 'f: expected d = 4 columns, got 3'],
    [
      'an Arrow column of float16, whose bits would pass for integers',
      listColumn(makeData({ type: new Float16(), data: Uint16Array.of(1, 2, 3, 4, 5, 6) })),
      {},
      'f: expected float32 in the Arrow column, got FixedSizeList[3]<Float16>; cast it first',
    ],
    [
      'missing values within the rows of an Arrow column',
      listColumn(makeData({ type: new Float32(), data: new Float32Array(6), nullCount: 1, nullBitmap: Uint8Array.of(0b111101) })),
      {},
      'f: expected an Arrow column of FixedSizeList<float> without missing values, got FixedSizeList[3]<Float32>',
    ],
    [
      'more than 2^32 − 1 points',
      { blocks: Array.from({ length: 4097 }, () => MILLION), n: 4097 * 2 ** 20, d: 1 },
      {},
      'f: expected at most 2^32 - 1 points, got 4296015872',
    ],
    ['missing values in a table', nullTable, {}, "f: expected no missing values, got 1 in column 'a'"],
    [
      'a column of strings',
      tableFromArrays({ a: Float32Array.of(1, 2), b: ['u', 'v'] }),
      {},
      "f: expected numeric columns, got 'b' of type Dictionary<Int32, Utf8>",
    ],
    ['Points that contradict themselves', { blocks: [x], n: 5, d: 3 }, {}, 'f: expected Points with n = 5 rows, got blocks of 1200'],
    [
      'Points of float64',
      { blocks: [new Float64Array(6)], n: 2, d: 3 },
      {},
      'f: expected Points whose blocks are Float32Arrays of whole rows of 3',
    ],
    ['Points of no blocks', { blocks: 'abc', n: 1, d: 3 }, {}, "f: expected Points with an array of blocks, got 'abc'"],
    [
      'Points of nothing',
      { blocks: [null], n: 0, d: 3 },
      {},
      'f: expected Points whose blocks are Float32Arrays of whole rows of 3, got null',
    ],
    ['Points of a detached block', { blocks: [detached()], n: 0, d: 3 }, {}, 'f: expected points in memory, got a detached buffer'],
    ['Points without columns', { blocks: [], n: 0, d: 0 }, {}, 'f: expected Points with d ≥ 1, got d = 0'],
    ['Points without rows', { blocks: [], n: 0, d: 3 }, {}, 'f: expected at least one point, got none'],
  ])('%s', async (_, input, options, message) => {
    await expect(toPoints(input as PointsInput, { where: 'f', ...options })).rejects.toThrow(message)
  })

  it('codes of a dictionary and dates, which are no measurements', async () => {
    const dictionary = new Table({ a: vectorFromArray(['u', 'v', 'u']), b: vectorFromArray([1, 2, 3], new Int32()) })
    await expect(toPoints(dictionary, { where: 'f' })).rejects.toThrow("expected numeric columns, got 'a'")
    const dates = new Table({ a: vectorFromArray([new Date(0), new Date(1)]) })
    await expect(toPoints(dates, { where: 'f' })).rejects.toThrow("expected numeric columns, got 'a' of type")
    const strings = new Table({ a: vectorFromArray(['u'], new Utf8()) })
    await expect(toPoints(strings, { where: 'f' })).rejects.toThrow("expected numeric columns, got 'a' of type Utf8")
  })
})
