/** @file Refuses NaN and infinite values; the error names row and column of the first one. */
import { pace } from './pace.js'
import type { Points } from './points.js'

/** Where a value lies that is NaN or infinite. */
export interface NonFinite {
  row: number
  column: number
  value: number
}

/**
 * The error for the first NaN or infinite value; `row` is its index in the points that the caller passed. The error carries `nonFinite`, so
 * that a caller who read the points from a file can name the place there.
 */
export function nonFiniteError(where: string, nonFinite: NonFinite): RangeError & { nonFinite: NonFinite } {
  const { row, column, value } = nonFinite
  return Object.assign(new RangeError(`${where}: expected finite values, got ${value} (row ${row}, column ${column})`), { nonFinite })
}

/** Number of values checked before the clock is read again. */
const GRAIN = 65_536

/**
 * @param first index of the first of these points in those that the caller passed. Default 0
 * @throws RangeError for the first value, in row order, that is not finite
 */
export async function checkFinite(where: string, { blocks, d }: Points, signal?: AbortSignal, first = 0): Promise<void> {
  const clock = pace(signal)
  for (const block of blocks) {
    for (let start = 0; start < block.length; start += GRAIN) {
      if (clock.due()) await clock.rest()
      const end = Math.min(block.length, start + GRAIN)
      for (let i = start; i < end; i++) {
        const value = block[i]
        if (value - value !== 0) throw nonFiniteError(where, { row: first + Math.floor(i / d), column: i % d, value })
      }
    }
    first += block.length / d
  }
}
