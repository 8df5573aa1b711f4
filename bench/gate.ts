/**
 * @file Whether labels are right: before anything is timed, for us and for every rival. Each is measured by the definition (src/exact.ts),
 * applied to its own final centroids.
 */
import type { Points } from '../src/index.js'
import { distanceBelow, sqDistance } from '../src/exact.js'
import { float16ToFloat32, float32ToFloat16 } from '../src/io/float16.js'
import { rowsOf } from '../src/points.js'

/** So many rows of ours are sampled, and their labels compared with the definition over all centroids. */
const SAMPLED_ROWS = 4096
/** Where the centroids have more values than this, half as many rows are sampled: each takes too long. */
const LARGE = 2 ** 23
const TILE = 512

export interface Verdict {
  checkedRows: number
  wrong: number
  wrongPerMillion: number
}

const verdict = (wrong: number, checkedRows: number): Verdict => ({ checkedRows, wrong, wrongPerMillion: (wrong / checkedRows) * 1e6 })

/**
 * Compares sampled rows with the definition: every centroid's distance in float64, the lowest index on ties.
 * @param half the labels are those of points rounded to half precision
 */
export function sampledVerdict(points: Points, centroids: Float32Array, labels: Int32Array, half = false): Verdict {
  const { n, d } = points
  const k = centroids.length / d
  const rows = Math.min(n, k * d > LARGE ? SAMPLED_ROWS / 2 : SAMPLED_ROWS)
  const sample = Array.from({ length: rows }, (_, i) => {
    const row = Math.floor((i * n) / rows)
    const x = half ? float16ToFloat32(float32ToFloat16(rowsOf(points, row, row + 1))) : rowsOf(points, row, row + 1)
    const label = labels[row]
    const known = label >= 0 && label < k
    return { x, label, own: known ? sqDistance(x, 0, centroids, label * d, d) : NaN, right: known }
  })
  // Centroids in tiles that stay in the cache while all rows meet them.
  for (let from = 0; from < k; from += TILE) {
    const to = Math.min(k, from + TILE)
    for (const candidate of sample) candidate.right &&= holdsAgainst(candidate, centroids, from, to)
  }
  return verdict(sample.filter(({ right }) => !right).length, rows)
}

/** Whether no centroid of [from, to) is nearer than the label's, or as near under a lower index. Distances stop once they are larger. */
function holdsAgainst(
  { x, label, own }: { x: Float32Array; label: number; own: number },
  centroids: Float32Array,
  from: number,
  to: number,
): boolean {
  const d = x.length
  const above = Math.max(own * (1 + 2 ** -50), Number.MIN_VALUE)
  for (let j = from; j < to; j++) {
    const distance = distanceBelow(above, x, 0, centroids, j * d, d)
    if (distance < own || (distance === own && j < label)) return false
  }
  return true
}

/**
 * Compares all rows with other labels for the same centroids. A row counts as wrong if the other label's distance, by the definition, is
 * smaller, or is the same and the other label has the lower index. So a row that is counted is wrong in any case; and if the other labels
 * are exact, no wrong row is missed.
 */
export function verdictBeside(points: Points, centroids: Float32Array, labels: Int32Array, better: Int32Array): Verdict {
  const { n, d } = points
  let wrong = 0
  for (let i = 0; i < n; i++) {
    if (labels[i] === better[i]) continue
    const x = rowsOf(points, i, i + 1)
    const theirs = sqDistance(x, 0, centroids, labels[i] * d, d)
    const other = sqDistance(x, 0, centroids, better[i] * d, d)
    if (!(theirs < other || (theirs === other && labels[i] < better[i]))) wrong++
  }
  return verdict(wrong, n)
}

/** Σ ‖x − c‖² in float64 over all rows, each with the centroid of its label. */
export function objectiveOf({ blocks, d }: Points, centroids: Float32Array, labels: Int32Array): number {
  let sum = 0
  let row = 0
  for (const block of blocks)
    for (let at = 0; at < block.length; at += d, row++) sum += sqDistance(block, at, centroids, labels[row] * d, d)
  return sum
}
