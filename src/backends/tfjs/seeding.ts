/**
 * @file Lower bounds of squared distances from the same product that bounds the scores (bound.ts): k-means++ then evaluates the
 * definition only where a candidate may be nearer than what a row has. With u_j ≥ s_j + e_j − R and ‖x − c_j‖² = X² − 2s_j, both scaled by P,
 * P²·D ≥ X² − 2u_j − 2R.
 */
import type { LowerBounds } from '../hostSeeding.js'
import { packCentroids } from './pack.js'
import type { Packing } from './pack.js'
import type { TfjsRuntime } from './runtime.js'
import { free, paddedColumns, readScores, uploadCentroids } from './scores.js'
import type { DeviceCentroids, DeviceRows } from './scores.js'

/** X² ≥ r²·NORM: r is X rounded upwards by at most (1 + 2^-20)(1 + 2^-24). */
const NORM = 1 - 2 ** -18
/** Scores of padding lie below, those of centroids within the limits above: repeated centers are padding, and have no bounds. */
const PADDING = -(2 ** 122)

/** Rows as they lie on the device; `done` gives them back. */
export interface Unit {
  start: number
  x: DeviceRows
  done(): void
}

/** Bounds from rows to centers. @param units all rows, in order */
export async function* seedBounds(
  runtime: TfjsRuntime,
  packing: Packing,
  units: () => Iterable<Unit>,
  centers: Float32Array,
): AsyncGenerator<LowerBounds> {
  const m = centers.length / packing.d
  const columns = paddedColumns(m)
  const packed = packCentroids(centers, 0, m, columns, packing)
  let c: DeviceCentroids | undefined
  try {
    if (packed !== null) c = uploadCentroids(runtime, packed)
    for (const { start, x, done } of units()) {
      const lower = new Float64Array(x.rows * m)
      try {
        if (c !== undefined) fill(lower, await readScores(runtime, x, c), x, packing, { m, columns })
      } finally {
        done()
      }
      yield { start, rows: x.rows, lower }
    }
  } finally {
    if (c !== undefined) free(c)
  }
}

/** Leaves 0 where nothing can be said. */
function fill(
  lower: Float64Array,
  u: Float32Array,
  { rows, widths }: DeviceRows,
  { d, scale }: Packing,
  { m, columns }: { m: number; columns: number },
): void {
  // The definition's own rounding, twice over.
  const unscale = (1 - (d + 4) * 2 ** -52) / scale / scale
  for (let i = 0; i < rows; i++) {
    const r = widths[2 * i]
    if (r === Infinity) continue
    const most = r * r * NORM - widths[2 * i + 1]
    for (let j = 0; j < m; j++) {
      const score = u[i * columns + j]
      const bound = (most - 2 * score) * unscale
      if (bound > 0 && score > PADDING) lower[i * m + j] = bound
    }
  }
}
