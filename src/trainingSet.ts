/** @file What a training works on: the points of the input or a subsample of them, in the option's precision, with their weights. */
import { roundToFloat16 } from './dtype.js'
import { checkFinite } from './finite.js'
import type { Options } from './options.js'
import { pace } from './pace.js'
import { takeRows, toPoints } from './points.js'
import type { Points, PointsInput } from './points.js'
import { STREAM, random, sampleWithoutReplacement } from './random.js'
import { checkWeights, scaleWeights, smallWeights } from './weights.js'
import type { Weights } from './weights.js'

/** Arguments of one training. */
export interface TrainInput {
  where: string
  x: PointsInput
  n?: number
  d: number
  k: number
  sampleWeight?: ArrayLike<number>
  options: Options
}

/** Points, and weights where there are any; trainRows: the rows of the input that they are, ascending, null for all. */
export interface TrainingSet {
  points: Points
  weights?: Weights
  trainRows: Uint32Array | null
}

/**
 * Reads and checks the input, and takes the subsample.
 * @param warn is told what deserves a warning
 * @throws RangeError, TypeError for points or weights that cannot be; AbortError where the signal is aborted already
 */
export async function trainingSet(input: TrainInput, warn: (message: string) => void): Promise<TrainingSet> {
  const { where, d, k, options } = input
  if (options.signal?.aborted) throw new DOMException(`${where}: expected a live signal, got one aborted before the start`, 'AbortError')
  const all = await toPoints(input.x, { where, d, n: input.n })
  if (all.n < k) throw new RangeError(`${where}: expected at least k = ${k} points, got n = ${all.n}; take fewer clusters`)
  const allWeights = checkWeights(where, input.sampleWeight, all.n)
  const trainRows = subsampleRows(all.n, k, options, warn)
  // Whether bad values are found must not depend on the seed.
  if (trainRows !== null) await checkFinite(where, all, options.signal)
  const taken = trainRows === null ? all : await copyRows(all, trainRows, options.signal)
  const points = options.dtype === 'float16' ? await roundToFloat16(where, taken, options.signal) : taken
  const weights = scaleWeights(where, allWeights, trainRows)
  const small = weights && smallWeights(weights)
  if (small !== undefined) warn(small)
  const { n } = points
  if (n < options.minPointsPerCentroid * k)
    warn(`${n} points are few for ${k} centroids; ${options.minPointsPerCentroid * k} or more are advised (minPointsPerCentroid)`)
  return { points, weights, trainRows }
}

/** Rows to train on, ascending; null for all. */
function subsampleRows(n: number, k: number, { maxPointsPerCentroid, seed }: Options, warn: (message: string) => void): Uint32Array | null {
  if (maxPointsPerCentroid === null || n <= maxPointsPerCentroid * k) return null
  const m = maxPointsPerCentroid * k
  warn(
    `subsampling from ${n} to ${m} points (maxPointsPerCentroid = ${maxPointsPerCentroid}); set maxPointsPerCentroid to null to train on all`,
  )
  return sampleWithoutReplacement(n, m, random(seed, STREAM.subsample)).sort()
}

/** The rows, in blocks of 64 MB. */
async function copyRows(points: Points, rows: Uint32Array, signal?: AbortSignal): Promise<Points> {
  const { d } = points
  const clock = pace(signal)
  const blockRows = Math.max(1, Math.floor(2 ** 24 / d))
  const blocks: Float32Array[] = []
  for (let from = 0; from < rows.length; from += blockRows) {
    if (clock.due()) await clock.rest()
    blocks.push(...takeRows(points, rows.subarray(from, from + blockRows)).blocks)
  }
  return { ...points, blocks, n: rows.length }
}
