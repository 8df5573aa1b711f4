/**
 * @file Whether labels are right: before anything is timed, for us and for every rival. Each is measured by the definition (src/exact.ts),
 * applied to its own final centroids.
 */
import type { Points } from '../src/index.js'
import { distanceBelow, sqDistance } from '../src/exact.js'
import { rowsOf } from '../src/points.js'

/** Rows of ours whose label is compared with the definition over all centroids. */
const SAMPLED_ROWS = 4096

export interface Verdict {
  checkedRows: number
  wrong: number
  wrongPerMillion: number
}

const verdict = (wrong: number, checkedRows: number): Verdict => ({ checkedRows, wrong, wrongPerMillion: (wrong / checkedRows) * 1e6 })

/** Compares sampled rows with the definition: every centroid's distance in float64, the lowest index on ties. */
export function sampledVerdict(points: Points, centroids: Float32Array, labels: Int32Array): Verdict {
  const { n, d } = points
  const k = centroids.length / d
  const rows = Math.min(n, SAMPLED_ROWS)
  let wrong = 0
  for (let i = 0; i < rows; i++) {
    const row = Math.floor((i * n) / rows)
    if (!isNearest(rowsOf(points, row, row + 1), centroids, k, d, labels[row])) wrong++
  }
  return verdict(wrong, rows)
}

/** nearest(x) === label, sooner: a distance may stop once it has passed the label's own. */
function isNearest(x: Float32Array, centroids: Float32Array, k: number, d: number, label: number): boolean {
  if (!(label >= 0 && label < k)) return false
  const own = sqDistance(x, 0, centroids, label * d, d)
  const above = Math.max(own * (1 + 2 ** -50), Number.MIN_VALUE)
  for (let j = 0; j < k; j++) {
    const distance = distanceBelow(above, x, 0, centroids, j * d, d)
    if (distance < own || (distance === own && j < label)) return false
  }
  return true
}

/**
 * All rows, by better labels for the same centroids: a row counts as wrong where the other label's distance, by the definition, is smaller, or
 * the same under a lower index. Every row counted is wrong whatever the other labels are; where those are exact, all wrong rows are counted.
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
