/** @file What a training works on: the input's points, or a subsample of them, rounded as the option dtype says, and their weights. */
import { roundToFloat16 } from './dtype.js'
import { checkFinite } from './finite.js'
import type { Options } from './options.js'
import { pace } from './pace.js'
import { toPoints } from './points.js'
import type { Points, PointsInput } from './points.js'
import { checkShape, streamed, streamOf } from './pointsStream.js'
import type { PointsStream } from './pointsStream.js'
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

/** The points that are trained on. */
export interface TrainingSet {
  points: Points
  /** Their weights; undefined where none were given. */
  weights?: Weights
  /** Their indices in the input, ascending; null where they are all of it. */
  trainRows: Uint32Array | null
}

/**
 * Reads and checks the input, and draws the subsample.
 * @param warn called with each warning
 * @throws RangeError or TypeError for invalid points or weights; AbortError if the signal is aborted already
 */
export async function trainingSet(input: TrainInput, warn: (message: string) => void): Promise<TrainingSet> {
  const { where, d, k, options } = input
  if (options.signal?.aborted) throw new DOMException(`${where}: expected a live signal, got one aborted before the start`, 'AbortError')
  const expected = { where, d, n: input.n, signal: options.signal }
  const stream = streamOf(input.x, where)
  if (stream !== undefined) checkShape(stream, expected)
  const all = stream ?? (await toPoints(input.x, expected))
  if (all.n < k) throw new RangeError(`${where}: expected at least k = ${k} points, got n = ${all.n}; take fewer clusters`)
  const allWeights = checkWeights(where, input.sampleWeight, all.n)
  const trainRows = subsampleRows(all.n, k, options, warn)
  const taken = trainRows === null ? await toPoints(all, expected) : await takeSample(where, all, trainRows, options.signal)
  const points = options.dtype === 'float16' ? await roundToFloat16(where, taken, options.signal) : taken
  const weights = scaleWeights(where, allWeights, trainRows)
  const small = weights && smallWeights(weights)
  if (small !== undefined) warn(small)
  const { n } = points
  if (n < options.minPointsPerCentroid * k)
    warn(`${n} points are few for ${k} centroids; ${options.minPointsPerCentroid * k} or more are advised (minPointsPerCentroid)`)
  return { points, weights, trainRows }
}

/** The rows to train on, ascending; null where it is all of them. */
function subsampleRows(n: number, k: number, { maxPointsPerCentroid, seed }: Options, warn: (message: string) => void): Uint32Array | null {
  if (maxPointsPerCentroid === null || n <= maxPointsPerCentroid * k) return null
  const m = maxPointsPerCentroid * k
  warn(
    `subsampling from ${n} to ${m} points (maxPointsPerCentroid = ${maxPointsPerCentroid}); set maxPointsPerCentroid to null to train on all`,
  )
  return sampleWithoutReplacement(n, m, random(seed, STREAM.subsample)).sort()
}

/**
 * Copies of the rows, in blocks of 64 MB. All other rows are read and checked too: whether bad values are found must not depend on the
 * seed.
 * @param rows ascending
 */
async function takeSample(where: string, all: Points | PointsStream, rows: Uint32Array, signal?: AbortSignal): Promise<Points> {
  const { d, note } = all
  const clock = pace(signal)
  const blockRows = Math.max(1, Math.floor(2 ** 24 / d))
  const blocks: Float32Array[] = []
  let first = 0
  let taken = 0
  for await (const block of streamed(all, where, signal)) {
    const n = block.length / d
    await checkFinite(where, { blocks: [block], n, d }, signal, first)
    for (; taken < rows.length && rows[taken] < first + n; taken++) {
      const at = taken % blockRows
      if (at === 0) blocks.push(new Float32Array(Math.min(blockRows, rows.length - taken) * d))
      const from = (rows[taken] - first) * d
      blocks[blocks.length - 1].set(block.subarray(from, from + d), at * d)
      if (clock.due()) await clock.rest()
    }
    first += n
  }
  return { blocks, n: rows.length, d, ...(note !== undefined && { note }) }
}
