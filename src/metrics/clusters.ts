import { tooFewLabels } from '../labelCount.js'
import { checkLabels, type Codes, encodeLabels, type Label } from './labels.js'

/**
 * The codes of the labels of n points, for the metrics that compare clusters.
 * @throws RangeError for another number of labels, or a number of clusters that is not 2 … n − 1, as in scikit-learn
 */
export function clustersOf(labels: ArrayLike<Label>, n: number, where: string): Codes {
  checkCount(labels, n, where)
  const clusters = encodeLabels(labels, where, 'labels')
  const k = clusters.values.length
  if (k < 2 || k > n - 1)
    throw new RangeError(`${where}: expected labels of 2 to n - 1 clusters, got ${k} ${k === 1 ? 'cluster' : 'clusters'} for n = ${n}`)
  return clusters
}

/** @throws TypeError for what are no labels; RangeError unless they are n */
export function checkCount(labels: ArrayLike<Label>, n: number, where: string): void {
  checkLabels(labels, where, 'labels')
  const { length } = labels
  if (length !== n)
    throw new RangeError(`${where}: expected one label per point, got ${length} labels for n = ${n}${tooFewLabels(length, n)}`)
}
