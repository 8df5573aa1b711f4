import type { Label } from './labels.js'
import { pairsOf } from './pairConfusion.js'

/**
 * Rand index, as scikit-learn's `rand_score`: the share of pairs of points on which the labelings agree, in [0, 1]. 1 for fewer than two
 * points.
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function randScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): number {
  const [[tn, fp], [fn, tp]] = pairsOf(labelsTrue, labelsPred, 'randScore')
  return fp === 0 && fn === 0 ? 1 : (tn + tp) / (tn + fp + fn + tp)
}
