/** @file Two passes over the points: the mean of every cluster, then how far its points lie from it. */

import { countCodes } from './crossTable.js'
import type { Codes } from './labels.js'
import { checkFinite, type Rows } from './rows.js'
import type { Pace } from '../pace.js'

/** How the points of each of k clusters lie about their mean. */
export interface Spread {
  /** Points per cluster. */
  counts: Float64Array
  /** Means of the clusters, k×d, less about the first one: their differences do not suffer from data far from the origin. */
  means: Float64Array
  /** Per cluster: the sum of its points' distances to its mean. */
  distances: Float64Array
  /** Per cluster: the sum of the squares of these distances. */
  sqDistances: Float64Array
}

/** Values read between two looks at the clock. */
const STRIDE = 2 ** 16

/**
 * Means and spreads of all clusters, in float64. Each cluster is summed relative to its own first row, so that a cluster of equal points
 * has spread 0 exactly, and compensated (Kahan), so that a million points cost no digits.
 * @throws RangeError for NaN and infinite values
 */
export async function spreadOf(rows: Rows, { codes, values }: Codes, clock: Pace, where: string): Promise<Spread> {
  const { d } = rows
  const k = values.length
  const counts = countCodes(codes, k)
  const firsts = new Float64Array(k * d)
  const offsets = new Float64Array(k * d)
  const lost = new Float64Array(k * d)
  const started = new Uint8Array(k)
  await eachRow(rows, clock, (block, offset, row) => {
    checkFinite(where, { block, offset, d }, row)
    const base = codes[row] * d
    if (started[codes[row]] === 0) {
      started[codes[row]] = 1
      for (let t = 0; t < d; t++) firsts[base + t] = block[offset + t]
      return
    }
    for (let t = 0; t < d; t++) {
      const value = block[offset + t] - firsts[base + t] - lost[base + t]
      const sum = offsets[base + t] + value
      lost[base + t] = sum - offsets[base + t] - value
      offsets[base + t] = sum
    }
  })
  // The mean as high + low, two float64: x − high has no rounding error where x is near, and low mends that of high.
  const [high, low] = [firsts, offsets]
  for (let j = 0; j < k; j++)
    for (let at = j * d; at < (j + 1) * d; at++) {
      const offset = offsets[at] / counts[j]
      const mean = firsts[at] + offset
      const shift = mean - firsts[at]
      low[at] = firsts[at] - (mean - shift) + (offset - shift)
      high[at] = mean
    }

  const sums = { distances: new Float64Array(k), sqDistances: new Float64Array(k) }
  const lostSums = { distances: new Float64Array(k), sqDistances: new Float64Array(k) }
  await eachRow(rows, clock, (block, offset, row) => {
    const j = codes[row]
    const base = j * d
    let sqDistance = 0
    for (let t = 0; t < d; t++) {
      const difference = block[offset + t] - high[base + t] - low[base + t]
      sqDistance += difference * difference
    }
    addTo(sums.sqDistances, lostSums.sqDistances, j, sqDistance)
    addTo(sums.distances, lostSums.distances, j, Math.sqrt(sqDistance))
  })
  const means = low.map((value, at) => high[at] - high[at % d] + value)
  return { counts, means, ...sums }
}

/** One compensated addition: sums[j] += value. */
function addTo(sums: Float64Array, lost: Float64Array, j: number, value: number): void {
  const added = value - lost[j]
  const sum = sums[j] + added
  lost[j] = sum - sums[j] - added
  sums[j] = sum
}

async function eachRow(
  { blocks, d }: Rows,
  clock: Pace,
  visit: (block: Float32Array | Float64Array, offset: number, row: number) => void,
): Promise<void> {
  let row = 0
  let read = 0
  for (const block of blocks)
    for (let offset = 0; offset < block.length; offset += d) {
      visit(block, offset, row++)
      read += d
      if (read < STRIDE) continue
      read = 0
      if (clock.due()) await clock.rest()
    }
}
