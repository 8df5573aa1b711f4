/** @file NaN and infinite values are refused, by the row and column of the first. */
import { pace } from './pace.js'
import type { Points } from './points.js'

/** Where a value lies that is refused. */
export interface NonFinite {
  row: number
  column: number
  value: number
}

/** The error for the first NaN or infinite value, with the row the caller knows; it carries `nonFinite` for who knows of files. */
export function nonFiniteError(where: string, nonFinite: NonFinite): RangeError & { nonFinite: NonFinite } {
  const { row, column, value } = nonFinite
  return Object.assign(new RangeError(`${where}: expected finite values, got ${value} (row ${row}, column ${column})`), { nonFinite })
}

/** Values between two looks at the clock. */
const GRAIN = 65_536

/** Throws for the first value that is not finite, in row order. @param first the row that the points begin with */
export async function checkFinite(where: string, { blocks, d }: Points, signal?: AbortSignal, first = 0): Promise<void> {
  const clock = pace(signal)
  for (const block of blocks) {
    for (let start = 0; start < block.length; start += GRAIN) {
      if (clock.due()) await clock.rest()
      const end = Math.min(block.length, start + GRAIN)
      if (allFinite(block, start, end)) continue
      const i = start + block.subarray(start, end).findIndex((value) => value - value !== 0)
      throw nonFiniteError(where, { row: first + Math.floor(i / d), column: i % d, value: block[i] })
    }
    first += block.length / d
  }
}

/** By sums of differences that are 0: four of them, as each waits for the one before it. Asking value by value takes three times as long. */
function allFinite(block: Float32Array, start: number, end: number): boolean {
  let [a, b, c, e] = [0, 0, 0, 0]
  let i = start
  for (; i + 4 <= end; i += 4) {
    a += block[i] - block[i]
    b += block[i + 1] - block[i + 1]
    c += block[i + 2] - block[i + 2]
    e += block[i + 3] - block[i + 3]
  }
  for (; i < end; i++) a += block[i] - block[i]
  return a + b + c + e === 0
}
