/** @file The leads: the few columns that hold nearly all of the points' spread, where there are such (kernels/leads.cuh). */
import type { Points } from '../../../points.js'
import { rowsOf } from '../../../points.js'

/** Rows that are looked at, evenly over all. */
const SAMPLE = 512
/** Leads at most, and columns that each takes: of few columns, most would be leads. */
const MOST = 4
const COLUMNS_OF_A_LEAD = 4
/**
 * A lead holds at least this share of its own spread and what is smaller: where products would keep such a column, they would lose too
 * much.
 */
const LEADING = 1 / 5
/** Share of all the spread that may lie beside the leads: a row then reaches about a third of the centroids along the first, at most. */
const BESIDE = 1 / 6

/**
 * @returns the columns that hold all but BESIDE of the squared deviations from the mean, most first; none where it takes more than MOST, or
 * no column leads
 */
export function leadColumns(points: Points, mean: Float32Array): number[] {
  const { n, d } = points
  const spread = new Float64Array(d)
  const rows = Math.min(n, SAMPLE)
  for (let i = 0; i < rows; i++) {
    const row = Math.floor((i * n) / rows)
    const x = rowsOf(points, row, row + 1)
    for (let t = 0; t < d; t++) spread[t] += (x[t] - mean[t]) ** 2
  }
  const order = Array.from(spread.keys()).sort((a, b) => spread[b] - spread[a])
  const all = spread.reduce((sum, one) => sum + one, 0)
  const most = Math.min(MOST, Math.floor(d / COLUMNS_OF_A_LEAD))
  let leads = 0
  let beside = all
  while (leads < most && beside > 0 && spread[order[leads]] >= beside * LEADING) beside -= spread[order[leads++]]
  return beside <= all * BESIDE ? order.slice(0, leads) : []
}
