import { crossTable } from './crossTable.js'
import type { Label } from './labels.js'

/** counts[i * columns + j] points have the true label rowLabels[i] and the predicted label columnLabels[j]. */
export interface ContingencyMatrix {
  /** rows × columns, row-major. */
  counts: Float64Array
  rows: number
  columns: number
  /** The distinct true labels, ascending. */
  rowLabels: Label[]
  /** The distinct predicted labels, ascending. */
  columnLabels: Label[]
}

/** Largest matrix that is made, in cells: 2 GiB. */
const MAX_CELLS = 2 ** 28

/**
 * The contingency matrix of two labelings, as scikit-learn's `contingency_matrix`: how many points each class and cluster share.
 * @throws RangeError for different lengths, or more than 2^28 cells; TypeError for what are no labels
 */
export function contingencyMatrix(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): ContingencyMatrix {
  const table = crossTable(labelsTrue, labelsPred, 'contingencyMatrix')
  const rows = table.rowLabels.length
  const columns = table.columnLabels.length
  if (rows * columns > MAX_CELLS)
    throw new RangeError(`contingencyMatrix: expected at most 2^28 cells, got ${rows} classes × ${columns} clusters`)
  const counts = new Float64Array(rows * columns)
  for (let cell = 0; cell < table.count.length; cell++) counts[table.row[cell] * columns + table.column[cell]] = table.count[cell]
  return { counts, rows, columns, rowLabels: table.rowLabels, columnLabels: table.columnLabels }
}
