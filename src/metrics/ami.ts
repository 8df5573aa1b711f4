import { averageOf, type AverageOptions } from './average.js'
import { crossTable } from './crossTable.js'
import { expectedMutualInfo } from './expectedMutualInfo.js'
import { information } from './information.js'
import type { Label } from './labels.js'

/**
 * Mutual information adjusted for chance, as scikit-learn's `adjusted_mutual_info_score`: (MI − E[MI]) / (mean entropy − E[MI]); 1 for the
 * same partition, about 0 for random ones whatever their number of clusters, negative below chance. 1 where both labelings have at most one
 * cluster, 0 where only one has.
 * Source: Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison" (JMLR, 2010).
 * @throws RangeError for different lengths or an unknown averageMethod; TypeError for what are no labels, or an unknown option
 */
export function adjustedMutualInfoScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>, options: AverageOptions = {}): number {
  const average = averageOf(options, 'adjustedMutualInfoScore')
  const table = crossTable(labelsTrue, labelsPred, 'adjustedMutualInfoScore')
  const { n, rowSums, columnSums } = table
  if (rowSums.length <= 1 && columnSums.length <= 1) return 1
  if (rowSums.length === 1 || columnSums.length === 1) return 0
  const { mi, hTrue, hPred } = information(table)
  const emi = expectedMutualInfo(rowSums, columnSums, n)
  return awayFromZero(mi - emi) / awayFromZero(average(hTrue, hPred) - emi)
}

/** scikit-learn keeps both differences at least 2^−52 from zero: 0/0, as of two labelings of singletons, is 1. */
const awayFromZero = (value: number): number => (value < 0 ? Math.min(value, -Number.EPSILON) : Math.max(value, Number.EPSILON))
