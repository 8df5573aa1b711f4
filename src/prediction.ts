/**
 * @file Everything that is computed for new points from given centroids: labels, squared distances, the table of all distances, inertia.
 */
import type { Session } from './backends/backend.js'
import { selectBackend, selectTableBackend } from './backends/select.js'
import { roundToFloat16 } from './dtype.js'
import { limbScales, sampledMean } from './exact.js'
import { nonFiniteError } from './finite.js'
import { watchPrediction } from './notebook/watch.js'
import type { Options, Progress } from './options.js'
import { planOf } from './plan.js'
import { toPoints } from './points.js'
import type { Points, PointsInput } from './points.js'
import { checkWeights } from './weights.js'

/** Arguments of one prediction. */
export interface PredictInput {
  where: string
  x: PointsInput
  n?: number
  /** Where x is a part of what the caller passed: the index of its first row there, for errors. Default 0. */
  firstRow?: number
  d: number
  centroids: Float32Array
  options: Options
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  /** n weights, for the inertia. */
  sampleWeight?: ArrayLike<number>
}

/** Opens a session over the points, finds their labels by one E-step, lets `use` read the results, and closes the session. */
export function withLabels<T>(input: PredictInput, use: (session: Session, signal?: AbortSignal) => Promise<T>): Promise<T> {
  return watchPrediction(input, (watched, tell) => labelled(watched, use, tell))
}

/** withLabels, without its watch. @param tell is told the share of the rows that have their label */
export async function labelled<T>(
  input: PredictInput,
  use: (session: Session, signal?: AbortSignal) => Promise<T>,
  tell?: (share: number) => void,
): Promise<T> {
  const { where, d, centroids, options, signal, firstRow = 0 } = input
  const points = await pointsOf(input)
  const checked = checkWeights(where, input.sampleWeight, points.n)
  const weights = checked && Float64Array.from(checked)
  const k = centroids.length / d
  const { backend } = await selectBackend(where, options, { n: points.n, d, k, niter: 0 })
  const session = await backend.open(points, planOf(options, k))
  try {
    const statistics = session.columnStats(weights, { signal })
    const mean = sampledMean(points) // while other threads, or the device, are at work
    const { max, nonFinite } = await statistics
    if (nonFinite) throw nonFiniteError(where, { ...nonFinite, row: firstRow + nonFinite.row })
    await session.prepare({ scales: limbScales(max, points.n), mean, weights, spherical: false }, { signal })
    await session.setCentroids(centroids)
    await session.assign({ signal, onProgress: tell })
    return await use(session, signal)
  } finally {
    session.dispose()
  }
}

/** The points, rounded as the option dtype says: predictions are made on the same values as trainings. */
async function pointsOf(input: PredictInput): Promise<Points> {
  checkLive(input)
  const { where, x, d, n, options, signal } = input
  const points = await toPoints(x, { where, d, n })
  return options.dtype === 'float16' ? roundToFloat16(where, points, signal, input.firstRow) : points
}

/** @throws DOMException, an AbortError, for a signal that was aborted before */
export function checkLive({ where, signal }: PredictInput): void {
  if (signal?.aborted) throw new DOMException(`${where}: expected a live signal, got one aborted before the start`, 'AbortError')
}

/** The Euclidean distances of n points to k centroids: n·k float64, row-major. */
export function distanceTable(input: PredictInput): Promise<Float64Array> {
  return watchPrediction(input, allDistances)
}

async function allDistances(input: PredictInput, tell?: (share: number) => void): Promise<Float64Array> {
  const { where, d, centroids, options, signal } = input
  const points = await pointsOf(input)
  const k = centroids.length / d
  if (points.n * k > 2 ** 31)
    throw new RangeError(`${where}: expected n · k up to 2^31 distances, got ${points.n} · ${k}; transform the points in parts`)
  const { backend } = await selectTableBackend(where, options, { n: points.n, d, k, niter: 0 })
  const session = await backend.open(points, planOf(options, k))
  try {
    const { nonFinite } = await session.columnStats(undefined, { signal })
    if (nonFinite) throw nonFiniteError(where, nonFinite)
    await session.setCentroids(centroids)
    return await session.distances!({ signal, onProgress: tell })
  } finally {
    session.dispose()
  }
}
