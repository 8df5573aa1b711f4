/** @file Labels and squared distances of points: of all in one go, or of a stream part by part, so that it need not fit in memory. */
import type { Assignment } from './arguments.js'
import type { Session } from './backends/backend.js'
import { selectBackend } from './backends/select.js'
import { watchPrediction } from './notebook/watch.js'
import { checkLive, labelled, withLabels } from './prediction.js'
import type { PredictInput } from './prediction.js'
import { checkShape, streamed, streamOf } from './pointsStream.js'
import type { PointsStream } from './pointsStream.js'

/** Floats of a stream that are labelled at a time, at least, where there are as many: 64 MiB. Each part is an E-step of its own. */
const PART = 2 ** 24

/** What is found of some points; distances only where they are asked for. */
type Found = Pick<Assignment, 'labels'> & Partial<Assignment>

/** The label of each point, and with `distances` its squared distance to that centroid. */
export function assignPoints(input: PredictInput, distances: true): Promise<Assignment>
export function assignPoints(input: PredictInput, distances: false): Promise<Pick<Assignment, 'labels'>>
export async function assignPoints(input: PredictInput, distances: boolean): Promise<Found> {
  const find = async (session: Session, signal?: AbortSignal): Promise<Found> => ({
    labels: (await session.labels())!,
    ...(distances && { sqDistances: await session.sqDistances({ signal }) }),
  })
  const stream = streamOf(input.x, input.where)
  if (stream === undefined) return withLabels(input, find)
  return watchPrediction(input, async (watched, tell) => {
    checkLive(watched)
    const { where, d, n: expected, centroids, options, signal } = watched
    checkShape(stream, { where, d, n: expected })
    const { n } = stream
    // Chosen once, for all parts.
    const { device } = await selectBackend(where, options, { n, d, k: centroids.length / d, niter: 0 })
    const labels = new Int32Array(n)
    const sqDistances = distances ? new Float64Array(n) : undefined
    let start = 0
    for await (const { x, rows } of partsOf(stream, where, signal)) {
      const part: PredictInput = { ...watched, x, n: rows, firstRow: start, options: { ...options, device } }
      const found = await labelled(part, find, (share) => tell?.((start + share * rows) / n))
      labels.set(found.labels, start)
      if (found.sqDistances) sqDistances?.set(found.sqDistances, start)
      start += rows
      tell?.(start / n)
    }
    return { labels, ...(sqDistances && { sqDistances }) }
  })
}

/** The blocks of a stream, small ones together. */
async function* partsOf(stream: PointsStream, where: string, signal?: AbortSignal): AsyncGenerator<{ x: Float32Array[]; rows: number }> {
  let x: Float32Array[] = []
  let length = 0
  for await (const block of streamed(stream, where, signal)) {
    if (block.length > 0) x.push(block)
    length += block.length
    if (length < PART) continue
    yield { x, rows: length / stream.d }
    x = []
    length = 0
  }
  if (length > 0) yield { x, rows: length / stream.d }
}
