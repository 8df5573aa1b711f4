import { describe, expect, test } from 'vitest'
import { contingencyMatrix } from '../../src/metrics/index.js'
import { crossTable, startsOf } from '../../src/metrics/crossTable.js'
import { randomLabels } from './oracles.js'

describe('contingencyMatrix', () => {
  test('counts the points of each class (row) and cluster (column), labels ascending', () => {
    // contingency_matrix([0, 0, 1, 1, 2, 2], [1, 0, 2, 1, 0, 2]) == [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
    expect(contingencyMatrix([0, 0, 1, 1, 2, 2], [1, 0, 2, 1, 0, 2])).toEqual({
      counts: Float64Array.of(1, 1, 0, 0, 1, 1, 1, 0, 1),
      rows: 3,
      columns: 3,
      rowLabels: [0, 1, 2],
      columnLabels: [0, 1, 2],
    })
  })

  test('names its rows and columns by the labels, of whatever type', () => {
    const { rowLabels, columnLabels, counts } = contingencyMatrix(['b', 'a', 'b', 'c'], [10, -1, 10, 10])
    expect(rowLabels).toEqual(['a', 'b', 'c'])
    expect(columnLabels).toEqual([-1, 10])
    expect([...counts]).toEqual([1, 0, 0, 2, 0, 1])
  })

  test('is 0 × 0 for no points', () => {
    expect(contingencyMatrix([], [])).toEqual({ counts: new Float64Array(0), rows: 0, columns: 0, rowLabels: [], columnLabels: [] })
  })

  test('holds every point once, and its transpose is that of the swapped labelings', () => {
    for (let salt = 0; salt < 30; salt++) {
      const t = randomLabels(50 + salt, 6, salt)
      const p = randomLabels(50 + salt, 9, salt + 100)
      const { counts, rows, columns } = contingencyMatrix(t, p)
      const swapped = contingencyMatrix(p, t)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50 + salt)
      expect([swapped.rows, swapped.columns]).toEqual([columns, rows])
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          const points = t.filter((label, at) => label === i && p[at] === j).length
          expect(counts[i * columns + j]).toBe(points)
          expect(swapped.counts[j * rows + i]).toBe(points)
        }
    }
  })

  test('refuses a matrix beyond 2^28 cells, with its size, before it allocates it', () => {
    const singletons = Int32Array.from({ length: 20_000 }, (_, i) => i)
    expect(() => contingencyMatrix(singletons, singletons)).toThrow(
      new RangeError('contingencyMatrix: expected at most 2^28 cells, got 20000 classes × 20000 clusters'),
    )
  })
})

describe('crossTable', () => {
  test('holds only the cells that have points, in row-major order, and the margins', () => {
    const table = crossTable([5, 5, 9, 9, 9], [1, 0, 0, 0, 3], 'metric')
    expect([...table.row]).toEqual([0, 0, 1, 1])
    expect([...table.column]).toEqual([0, 1, 0, 2])
    expect([...table.count]).toEqual([1, 1, 2, 1])
    expect([...table.rowSums]).toEqual([2, 3])
    expect([...table.columnSums]).toEqual([3, 1, 1])
    expect(table.n).toBe(5)
  })

  test('stays of size n where every point is a cluster of its own in both', () => {
    const n = 200_000
    const singletons = Int32Array.from({ length: n }, (_, i) => n - i)
    const { count, row, column } = crossTable(singletons, singletons, 'metric')
    expect(count).toHaveLength(n)
    expect(count.every((points) => points === 1)).toBe(true)
    expect(row.every((r, cell) => r === cell && column[cell] === cell)).toBe(true)
  })

  test('starts each group where the one before ends', () => {
    expect([...startsOf(Float64Array.of(2, 0, 3))]).toEqual([0, 2, 2, 5])
    expect([...startsOf(new Float64Array(0))]).toEqual([0])
  })
})
