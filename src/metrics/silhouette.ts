import type { PointsInput } from '../points.js'
import { random, sampleWithoutReplacement, STREAM } from '../random.js'
import { checkCount, clustersOf } from './clusters.js'
import { countCodes, startsOf } from './crossTable.js'
import type { Label } from './labels.js'
import { checkOptions, type PointMetricOptions } from './options.js'
import { checkFinite, rowFinder, type Rows, toRows } from './rows.js'
import { ROWS_AT_ONCE, silhouettes } from './silhouetteTiles.js'
import { orderedSum } from './sum.js'
import { paced } from '../pace.js'
import type { Pace } from '../pace.js'

/** Options of silhouetteScore. */
export interface SilhouetteScoreOptions extends PointMetricOptions {
  /** The score of this many points drawn without replacement, seen as a data set of their own. Default: all points. */
  sampleSize?: number
  /** Of the draw, a safe integer. Default: 0. */
  seed?: number
}

/**
 * The silhouette of every point, as scikit-learn's `silhouette_samples`: (b − a) / max(a, b), with a the mean distance to the other points
 * of its cluster and b the smallest mean distance to the points of another; in [−1, 1], and 0 for a cluster of one point. Euclidean
 * distances from differences, so also right far from the origin. O(n²·d) time, O(n·d) memory; the event loop stays alive. Source:
 * Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis" (1987).
 * @param x n×d points; float64 values are not rounded
 * @param labels one per point
 * @throws RangeError for another number of labels, fewer than 2 or more than n − 1 clusters, NaN or infinite values
 */
export async function silhouetteSamples(x: PointsInput, labels: ArrayLike<Label>, options: PointMetricOptions = {}): Promise<Float64Array> {
  const where = 'silhouetteSamples'
  checkOptions(where, options, ['d', 'signal'])
  return paced(options.signal, async (clock) => samples(where, { rows: await toRows(x, { where, d: options.d }), labels }, clock))
}

/**
 * The mean silhouette of all points, or of a sample, as scikit-learn's `silhouette_score`. A sample of m points takes O(m²·d) time; only
 * its rows and labels are looked at, and its clusters have to be 2 to m − 1.
 * @param x n×d points; float64 values are not rounded
 * @param labels one per point
 * @throws RangeError as silhouetteSamples, and for a sampleSize or seed that is no such integer
 */
export async function silhouetteScore(x: PointsInput, labels: ArrayLike<Label>, options: SilhouetteScoreOptions = {}): Promise<number> {
  const where = 'silhouetteScore'
  checkOptions(where, options, ['d', 'sampleSize', 'seed', 'signal'])
  const { sampleSize, seed = 0, signal } = options
  if (sampleSize !== undefined && (!Number.isInteger(sampleSize) || sampleSize < 1))
    throw new RangeError(`${where}: expected sampleSize to be a positive integer, got ${sampleSize}`)
  if (!Number.isSafeInteger(seed)) throw new RangeError(`${where}: expected seed to be a safe integer, got ${seed}`)
  return paced(signal, async (clock) => {
    const rows = await toRows(x, { where, d: options.d })
    const isSampled = sampleSize !== undefined && sampleSize < rows.n
    const ids = isSampled ? sampleWithoutReplacement(rows.n, sampleSize, random(seed, STREAM.silhouette)) : undefined
    const values = await samples(where, { rows, labels, ids }, clock)
    return orderedSum(values) / values.length
  })
}

/** Labelled points; with `ids` only these of them. */
interface Sample {
  rows: Rows
  labels: ArrayLike<Label>
  ids?: Uint32Array
}

/** The silhouettes of a sample's points among themselves, in the order of `ids`. */
async function samples(where: string, { rows, labels, ids }: Sample, clock: Pace): Promise<Float64Array> {
  checkCount(labels, rows.n, where)
  const n = ids?.length ?? rows.n
  const { codes, values: names } = clustersOf(ids ? Array.from(ids, (id) => labels[id]) : labels, n, where)
  const starts = startsOf(countCodes(codes, names.length))
  const next = starts.slice()
  const places = Float64Array.from(codes, (code) => next[code]++)

  const { d } = rows
  const sorted = new Float64Array(Math.ceil(n / ROWS_AT_ONCE) * ROWS_AT_ONCE * d)
  const find = rowFinder(rows)
  for (let i = 0; i < n; i++) {
    const row = ids ? ids[i] : i
    const { block, offset } = find(row)
    checkFinite(where, { block, offset, d }, row)
    sorted.set(block.subarray(offset, offset + d), places[i] * d)
    if (clock.due()) await clock.rest()
  }
  const result = await silhouettes(sorted, d, starts, clock)
  return places.map((place) => result[place])
}
