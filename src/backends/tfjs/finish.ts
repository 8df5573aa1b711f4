/**
 * @file Rows that the proof leaves open, finished by the definition: the lowest index of the smallest D. If they are few, each is compared
 * with all centroids. If they are many, their scores are computed once more, and only centroids whose upper bound reaches the row's
 * threshold are compared.
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

/** Rows without a proved label, and the centroids that they are compared with. */
export interface OpenRows {
  /** Indices of the rows. */
  ids: Uint32Array
  points: Points
  /** k·d. */
  centroids: Float32Array
}

/** The device that computes scores once more, and how large its chunks may be. */
export interface Screen {
  runtime: TfjsRuntime
  packing: Packing
  /** Centroids of a chunk. */
  columns: number
  /** Most rows of one product. */
  rows: number
}

/** Writes the labels of rows by the definition, comparing each row with all centroids. */
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
 * Writes the labels of rows by the definition, comparing each row only with the centroids that can still win.
 * @param open.lower n thresholds T: a centroid whose upper bound u is smaller cannot win
 */
export async function finishScreened(
  open: OpenRows & { lower: Float32Array },
  labels: Int32Array,
  clock: Pace,
  screen: Screen,
): Promise<void> {
  const { ids, points, centroids, lower } = open
  const { runtime, packing } = screen
  const { d } = points
  const k = centroids.length / d
  if (ids.length * k * d <= DIRECT) return finishDirectly(open, labels, clock)
  const best = new Float64Array(ids.length).fill(Infinity)
  for (let from = 0; from < k; from += screen.columns) {
    const to = Math.min(k, from + screen.columns)
    const columns = paddedColumns(to - from)
    const packed = packCentroids(centroids, { from, to, columns }, packing)
    if (packed === null) return finishDirectly(open, labels, clock)
    const c = uploadCentroids(runtime, packed)
    try {
      for (let first = 0; first < ids.length; first += screen.rows) {
        await clock.rest()
        const last = Math.min(ids.length, first + screen.rows)
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
