/** @file Entropies and mutual information of two labelings, in nats. */

import type { CrossTable } from './crossTable.js'
import { orderedSum } from './sum.js'

/** What a contingency table holds of information, in nats. */
export interface Information {
  /** Mutual information, between 0 and the smaller entropy. */
  mi: number
  /** Entropies of the rows' labels and of the columns'. */
  hTrue: number
  hPred: number
}

/**
 * Every term is the logarithm of one quotient: no difference of large logarithms. Where one labeling refines the other, the mutual
 * information is the coarser one's entropy exactly, so that a perfect score is 1, not 1 − 2^−53.
 */
export function information(table: CrossTable): Information {
  const { count, row, column, n, rowSums, columnSums } = table
  const homogeneous = count.length === columnSums.length
  const complete = count.length === rowSums.length
  const hTrue = entropy(rowSums, n)
  const hPred = homogeneous && complete ? hTrue : entropy(columnSums, n)
  if (homogeneous) return { mi: hTrue, hTrue, hPred }
  if (complete) return { mi: hPred, hTrue, hPred }
  const terms = count.map((c, cell) => (c / n) * Math.log((c * n) / (rowSums[row[cell]] * columnSums[column[cell]])))
  return { mi: Math.max(0, Math.min(orderedSum(terms), hTrue, hPred)), hTrue, hPred }
}

function entropy(sizes: Float64Array, n: number): number {
  return orderedSum(sizes.map((size) => (size / n) * Math.log(n / size)))
}
