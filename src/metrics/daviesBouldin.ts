import type { PointsInput } from '../points.js'
import { clustersOf } from './clusters.js'
import type { Label } from './labels.js'
import { checkOptions, type PointMetricOptions } from './options.js'
import { toRows } from './rows.js'
import { spreadOf } from './spread.js'
import { orderedSum } from './sum.js'
import { paced } from '../pace.js'

/** Distances up to here count as zero, as numpy.isclose has it in scikit-learn. */
const CLOSE_TO_ZERO = 1e-8

/**
 * Davies–Bouldin index, as scikit-learn's `davies_bouldin_score`: how alike each cluster is to the one most like it, on average; 0 is best.
 * Clusters with one mean count as infinitely far apart, and where all spreads or all distances of means are at most 1e-8 the score is 0:
 * scikit-learn's rules. Distances are taken from differences; scikit-learn's own expand ‖x − y‖², which gives a cluster of one point a
 * spread of about 1e-8 and moves its score in the ninth digit. O(n·d + k²·d). Source: Davies and Bouldin, "A cluster separation measure"
 * (IEEE PAMI, 1979).
 * @param x n×d points; float64 values are not rounded
 * @param labels one per point
 * @throws RangeError for another number of labels, fewer than 2 or more than n − 1 clusters, NaN or infinite values
 */
export async function daviesBouldinScore(x: PointsInput, labels: ArrayLike<Label>, options: PointMetricOptions = {}): Promise<number> {
  const where = 'daviesBouldinScore'
  checkOptions(where, options, ['d', 'signal'])
  return paced(options.signal, async (clock) => {
    const rows = await toRows(x, { where, d: options.d })
    const { d } = rows
    const clusters = clustersOf(labels, rows.n, where)
    const { counts, means, distances } = await spreadOf(rows, clusters, clock, where)
    const k = counts.length
    const spreads = distances.map((sum, j) => sum / counts[j])
    const worst = new Float64Array(k)
    let farthest = 0
    for (let i = 0; i < k; i++)
      for (let j = 0; j < i; j++) {
        let sqDistance = 0
        for (let t = 0; t < d; t++) sqDistance += (means[i * d + t] - means[j * d + t]) ** 2
        const distance = Math.sqrt(sqDistance)
        if (distance > farthest) farthest = distance
        const ratio = distance === 0 ? 0 : (spreads[i] + spreads[j]) / distance
        if (ratio > worst[i]) worst[i] = ratio
        if (ratio > worst[j]) worst[j] = ratio
        if (clock.due()) await clock.rest()
      }
    if (farthest <= CLOSE_TO_ZERO || spreads.every((spread) => spread <= CLOSE_TO_ZERO)) return 0
    return orderedSum(worst) / k
  })
}
