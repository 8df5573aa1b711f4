import type { PointsInput } from '../points.js'
import { clustersOf } from './clusters.js'
import type { Label } from './labels.js'
import { checkOptions, type PointMetricOptions } from './options.js'
import { toRows } from './rows.js'
import { spreadOf } from './spread.js'
import { paced } from '../pace.js'

/**
 * Calinski–Harabasz index, as scikit-learn's `calinski_harabasz_score`: dispersion between the clusters over dispersion within, each by its
 * degrees of freedom; larger is better. 1 where every cluster is a single place. Two passes over the points.
 * Source: Calinski and Harabasz, "A dendrite method for cluster analysis" (Communications in Statistics, 1974).
 * @param x n×d points; float64 values are not rounded
 * @param labels one per point
 * @throws RangeError for another number of labels, fewer than 2 or more than n − 1 clusters, NaN or infinite values
 */
export async function calinskiHarabaszScore(x: PointsInput, labels: ArrayLike<Label>, options: PointMetricOptions = {}): Promise<number> {
  const where = 'calinskiHarabaszScore'
  checkOptions(where, options, ['d', 'signal'])
  return paced(options.signal, async (clock) => {
    const rows = await toRows(x, { where, d: options.d })
    const { n, d } = rows
    const clusters = clustersOf(labels, n, where)
    const { counts, means, sqDistances } = await spreadOf(rows, clusters, clock, where)
    const k = counts.length
    const mean = new Float64Array(d)
    for (let j = 0; j < k; j++) for (let t = 0; t < d; t++) mean[t] += (counts[j] / n) * means[j * d + t]
    let between = 0
    let within = 0
    for (let j = 0; j < k; j++) {
      let sqDistance = 0
      for (let t = 0; t < d; t++) sqDistance += (means[j * d + t] - mean[t]) ** 2
      between += counts[j] * sqDistance
      within += sqDistances[j]
    }
    return within === 0 ? 1 : (between * (n - k)) / (within * (k - 1))
  })
}
