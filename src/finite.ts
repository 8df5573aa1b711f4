/** @file NaN and infinite values are refused, by the row and column of the first. */
import { pace } from './pace.js'
import type { Points } from './points.js'

/** The error for the first NaN or infinite value, with the row the caller knows. */
export function nonFiniteError(where: string, found: { row: number; column: number; value: number }): RangeError {
  return new RangeError(`${where}: expected finite values, got ${found.value} (row ${found.row}, column ${found.column})`)
}

/** Values between two looks at the clock. */
const GRAIN = 65_536

/** Throws for the first value that is not finite, in row order. */
export async function checkFinite(where: string, { blocks, d }: Points, signal?: AbortSignal): Promise<void> {
  const clock = pace(signal)
  let first = 0
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
