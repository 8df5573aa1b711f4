import type { Label } from './labels.js'
import { pairsOf } from './pairConfusion.js'

/**
 * Adjusted Rand index, as scikit-learn's `adjusted_rand_score`: 1 for the same partition, about 0 for random ones, at least −0.5.
 * Source: Hubert and Arabie, "Comparing partitions" (Journal of Classification, 1985).
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function adjustedRandScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): number {
  const [[tn, fp], [fn, tp]] = pairsOf(labelsTrue, labelsPred, 'adjustedRandScore').map((row) => row.map(BigInt))
  if (fn === 0n && fp === 0n) return 1
  // Products of pairs pass 2^53 from a few thousand points on, and near 0 the score is their small difference.
  return Number(2n * (tp * tn - fn * fp)) / Number((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))
}
