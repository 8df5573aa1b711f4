/** @file The contingency table of two labelings in sparse form: what every label metric is computed from. Never rows × columns. */

import { encodeLabels, type Label } from './labels.js'

/** The cells that are not zero, in row-major order, and the margins. */
export interface CrossTable {
  n: number
  /** Per cell: its row (class of labelsTrue), column (cluster of labelsPred) and number of points. */
  row: Int32Array
  column: Int32Array
  count: Float64Array
  /** Points per class and per cluster; all ≥ 1. */
  rowSums: Float64Array
  columnSums: Float64Array
  /** The distinct labels, ascending. */
  rowLabels: Label[]
  columnLabels: Label[]
}

/**
 * Counts the pairs of labels: two counting sorts, O(n + classes + clusters).
 * @throws RangeError for labelings of different lengths; TypeError for what are no labels
 */
export function crossTable(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>, where: string): CrossTable {
  const rows = encodeLabels(labelsTrue, where, 'labelsTrue')
  const columns = encodeLabels(labelsPred, where, 'labelsPred')
  const n = rows.codes.length
  if (columns.codes.length !== n)
    throw new RangeError(`${where}: expected labelsTrue and labelsPred of the same length, got ${n} and ${columns.codes.length}`)
  const rowSums = countCodes(rows.codes, rows.values.length)
  const columnSums = countCodes(columns.codes, columns.values.length)

  const byColumn = new Uint32Array(n)
  const columnNext = startsOf(columnSums)
  for (let i = 0; i < n; i++) byColumn[columnNext[columns.codes[i]]++] = i
  const sortedColumns = new Int32Array(n)
  const rowNext = startsOf(rowSums)
  for (const i of byColumn) sortedColumns[rowNext[rows.codes[i]]++] = columns.codes[i]

  const row: number[] = []
  const column: number[] = []
  const count: number[] = []
  for (let r = 0, at = 0; r < rowSums.length; r++) {
    const end = at + rowSums[r]
    while (at < end) {
      const first = at
      while (at < end && sortedColumns[at] === sortedColumns[first]) at++
      row.push(r)
      column.push(sortedColumns[first])
      count.push(at - first)
    }
  }
  return {
    n,
    row: Int32Array.from(row),
    column: Int32Array.from(column),
    count: Float64Array.from(count),
    rowSums,
    columnSums,
    rowLabels: rows.values,
    columnLabels: columns.values,
  }
}

/** How often each of the codes 0 … k−1 occurs. */
export function countCodes(codes: Int32Array, k: number): Float64Array {
  const counts = new Float64Array(k)
  for (const code of codes) counts[code]++
  return counts
}

/** Where each group starts when the groups lie one after the other; one entry more, the end of all. */
export function startsOf(counts: Float64Array): Float64Array {
  const starts = new Float64Array(counts.length + 1)
  for (let g = 0; g < counts.length; g++) starts[g + 1] = starts[g] + counts[g]
  return starts
}
