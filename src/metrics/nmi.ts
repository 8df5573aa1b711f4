import { averageOf, type AverageOptions } from './average.js'
import { crossTable } from './crossTable.js'
import { information } from './information.js'
import type { Label } from './labels.js'

/**
 * Mutual information divided by a mean of the two entropies, as scikit-learn's `normalized_mutual_info_score`: 1 for the same partition, 0
 * for independent ones. Not adjusted for chance: two random labelings of many clusters score well above 0. 1 where both have at most one
 * cluster, 0 where only one has.
 * @throws RangeError for different lengths or an unknown averageMethod; TypeError for what are no labels, or an unknown option
 */
export function normalizedMutualInfoScore(
  labelsTrue: ArrayLike<Label>,
  labelsPred: ArrayLike<Label>,
  options: AverageOptions = {},
): number {
  const average = averageOf(options, 'normalizedMutualInfoScore')
  const table = crossTable(labelsTrue, labelsPred, 'normalizedMutualInfoScore')
  if (table.rowSums.length <= 1 && table.columnSums.length <= 1) return 1
  const { mi, hTrue, hPred } = information(table)
  return mi === 0 ? 0 : mi / average(hTrue, hPred)
}
