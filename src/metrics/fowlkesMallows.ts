import type { Label } from './labels.js'
import { pairsOf } from './pairConfusion.js'

/**
 * Fowlkes–Mallows index, as scikit-learn's `fowlkes_mallows_score`: the geometric mean of precision and recall over pairs of points, in
 * [0, 1]. 0 where no pair is joined by both labelings.
 * Source: Fowlkes and Mallows, "A method for comparing two hierarchical clusterings" (JASA, 1983).
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function fowlkesMallowsScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): number {
  const [[, fp], [fn, tp]] = pairsOf(labelsTrue, labelsPred, 'fowlkesMallowsScore')
  return tp === 0 ? 0 : Math.sqrt(tp / (tp + fp)) * Math.sqrt(tp / (tp + fn))
}
