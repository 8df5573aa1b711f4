/**
 * @file Rows that the proof leaves open, finished by the definition: the lowest index of the smallest D. Few of them are compared with all
 * centroids; many get their scores once more, so that only centroids whose upper bound reaches the row's threshold are evaluated.
 */
import { distanceBelow } from '../../exact.js'
import type { Pace } from '../../pace.js'
import { rowsOf } from '../../points.js'
import type { Points } from '../../points.js'
import { packCentroids, packRows } from './pack.js'
import type { Packing } from './pack.js'
import type { TfjsRuntime } from './runtime.js'
import { free, paddedColumns, readScores, uploadCentroids, uploadRows } from './scores.js'

/** Multiplications between two looks at the clock. */
const GRAIN = 65_536
/** Multiplications up to which scores are not worth computing again. */
const DIRECT = 4e6

/** Rows without a proved label, and what they are compared with. */
export interface OpenRows {
  ids: Uint32Array
  points: Points
  /** k·d. */
  centroids: Float32Array
}

/** Finishes rows one by one, over all centroids. */
export async function finishDirectly({ ids, points, centroids }: OpenRows, labels: Int32Array, clock: Pace): Promise<void> {
  const { d } = points
  const k = centroids.length / d
  const grain = Math.max(1, Math.floor(GRAIN / d))
  for (const id of ids) {
    const x = rowsOf(points, id, id + 1)
    let best = Infinity
    for (let from = 0; from < k; from += grain) {
      if (clock.due()) await clock.rest()
      const to = Math.min(k, from + grain)
      for (let j = from; j < to; j++) {
        const distance = distanceBelow(best, x, 0, centroids, j * d, d)
        if (distance >= best) continue
        best = distance
        labels[id] = j
      }
    }
  }
}

/**
 * Finishes rows among the centroids that can still win.
 * @param lower n thresholds T: a centroid whose u is smaller is out
 * @param chunk columns of a chunk of centroids, and the most rows of one product
 */
export async function finishScreened(
  runtime: TfjsRuntime,
  packing: Packing,
  open: OpenRows,
  lower: Float32Array,
  chunk: { columns: number; rows: number },
  labels: Int32Array,
  clock: Pace,
): Promise<void> {
  const { ids, points, centroids } = open
  const { d } = points
  const k = centroids.length / d
  if (ids.length * k * d <= DIRECT) return finishDirectly(open, labels, clock)
  const best = new Float64Array(ids.length).fill(Infinity)
  for (let from = 0; from < k; from += chunk.columns) {
    const to = Math.min(k, from + chunk.columns)
    const columns = paddedColumns(to - from)
    const packed = packCentroids(centroids, from, to, columns, packing)
    if (packed === null) return finishDirectly(open, labels, clock)
    const c = uploadCentroids(runtime, packed)
    try {
      for (let first = 0; first < ids.length; first += chunk.rows) {
        await clock.rest()
        const last = Math.min(ids.length, first + chunk.rows)
        const x = new Float32Array((last - first) * d)
        for (let i = first; i < last; i++) x.set(rowsOf(points, ids[i], ids[i] + 1), (i - first) * d)
        const rows = uploadRows(runtime, packRows(x, last - first, packing))
        const u = await readScores(runtime, rows, c).finally(() => free(rows))
        for (let i = first; i < last; i++) {
          const threshold = lower[ids[i]]
          const at = (i - first) * columns
          for (let j = 0; j < to - from; j++) {
            if (u[at + j] < threshold) continue
            const distance = distanceBelow(best[i], x, (i - first) * d, centroids, (from + j) * d, d)
            if (clock.due()) await clock.rest()
            if (distance >= best[i]) continue
            best[i] = distance
            labels[ids[i]] = from + j
          }
        }
      }
    } finally {
      free(c)
    }
  }
}
