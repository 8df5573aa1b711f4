import { crossTable } from './crossTable.js'
import type { Label } from './labels.js'

/**
 * Purity: the share of points whose class is the most frequent one of their cluster, in (0, 1]. It grows with the number of clusters: all
 * singletons have purity 1. 1 for no points. scikit-learn has no function for it; there it is
 * `contingency_matrix(labels_true, labels_pred).max(axis=0).sum() / n`.
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function purityScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): number {
  const { n, column, count, columnSums } = crossTable(labelsTrue, labelsPred, 'purityScore')
  const largest = new Float64Array(columnSums.length)
  for (let cell = 0; cell < count.length; cell++) largest[column[cell]] = Math.max(largest[column[cell]], count[cell])
  let pure = 0
  for (const points of largest) pure += points
  return n === 0 ? 1 : pure / n
}
