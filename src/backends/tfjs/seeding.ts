/**
 * @file Lower bounds of squared distances from the same product that bounds the scores (bound.ts): k-means++ then evaluates the
 * definition only where a candidate may be nearer than what a row has. With u_j ≥ s_j + e_j − R and ‖x − c_j‖² = X² − 2s_j, both scaled by
 * P, P²·D ≥ X² − 2u_j − 2R.
 */
import type { LowerBounds } from '../hostSeeding.js'
import { packCentroids } from './pack.js'
import type { Packing } from './pack.js'
import type { TfjsRuntime } from './runtime.js'
import { free, paddedColumns, readScores, uploadCentroids } from './scores.js'
import type { DeviceCentroids, DeviceRows } from './scores.js'

/** X² ≥ r²·NORM, since r is X rounded upwards by a factor of at most (1 + 2^-20)(1 + 2^-24). */
const NORM = 1 - 2 ** -18
/** Padding columns score below this, centroids within the limits above. A repeated center is packed as padding, so it gets no bound. */
const PADDING = -(2 ** 122)

/** Rows as they lie on the device; `done` is called when they are no longer needed. */
export interface Unit {
  start: number
  x: DeviceRows
  done(): void
}

/**
 * Lower bounds of the squared distances from all rows to the centers, unit by unit.
 * @param units all rows, in order
 * @param centers m·d values
 */
export async function* seedBounds(
  runtime: TfjsRuntime,
  packing: Packing,
  units: () => Iterable<Unit>,
  centers: Float32Array,
): AsyncGenerator<LowerBounds> {
  const m = centers.length / packing.d
  const columns = paddedColumns(m)
  const packed = packCentroids(centers, { from: 0, to: m, columns }, packing)
  let c: DeviceCentroids | undefined
  try {
    if (packed !== null) c = uploadCentroids(runtime, packed)
    for (const { start, x, done } of units()) {
      const lower = new Float64Array(x.rows * m)
      try {
        if (c !== undefined) fill(lower, { u: await readScores(runtime, x, c), m, columns }, x, packing)
      } finally {
        done()
      }
      yield { start, rows: x.rows, lower }
    }
  } finally {
    if (c !== undefined) free(c)
  }
}

/** Upper bounds u of the scores of rows with m centers; a row of u has `columns` values, those beyond m being padding. */
interface Scores {
  u: Float32Array
  m: number
  columns: number
}

/** Writes the lower bounds, rows × m. They stay 0 where nothing can be said. */
function fill(lower: Float64Array, { u, m, columns }: Scores, { rows, widths }: DeviceRows, { d, scale }: Packing): void {
  // The factor makes room for twice the rounding of the definition itself.
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
