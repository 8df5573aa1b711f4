import { crossTable } from './crossTable.js'
import type { Label } from './labels.js'

/** [[TN, FP], [FN, TP]]: ordered pairs of points that both labelings part, that only labelsPred joins, only labelsTrue, both. */
export type PairConfusionMatrix = [[number, number], [number, number]]

/**
 * The 2×2 confusion matrix of all ordered pairs of different points, as scikit-learn's `pair_confusion_matrix`; every unordered pair
 * counts twice. Exact up to 94 million points (n² < 2^53).
 * Source: Hubert and Arabie, "Comparing partitions" (Journal of Classification, 1985).
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function pairConfusionMatrix(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): PairConfusionMatrix {
  return pairsOf(labelsTrue, labelsPred, 'pairConfusionMatrix')
}

/** The pair confusion matrix, for the metric `where`. */
export function pairsOf(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>, where: string): PairConfusionMatrix {
  const { n, count, rowSums, columnSums } = crossTable(labelsTrue, labelsPred, where)
  const both = sumOfSquares(count)
  const joinedTrue = sumOfSquares(rowSums)
  const joinedPred = sumOfSquares(columnSums)
  return [
    [n * n - joinedTrue - joinedPred + both, joinedPred - both],
    [joinedTrue - both, both - n],
  ]
}

function sumOfSquares(counts: Float64Array): number {
  let sum = 0
  for (const count of counts) sum += count * count
  return sum
}
