import { crossTable } from './crossTable.js'
import { information } from './information.js'
import type { Label } from './labels.js'

/**
 * Mutual information in nats, as scikit-learn's `mutual_info_score`: 0 for independent labelings; not normalised, so it grows with the
 * number of clusters. 0 for no points.
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function mutualInfoScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): number {
  return information(crossTable(labelsTrue, labelsPred, 'mutualInfoScore')).mi
}
