/** @file How often a library has its turn in a case. */
import type { LibraryRecord } from './results.js'

/**
 * Whether a library trains once more: the first round always, unless its first training was itself too long to be repeated; then as long as
 * its trainings so far and one like the last stay within `seconds`. One that failed has no more turns.
 */
export function takesTurn({ first, rounds, missing }: LibraryRecord, seconds: number, tooLong: number): boolean {
  if (first === undefined || first.seconds > tooLong || missing !== undefined) return false
  const own = rounds.filter((round) => round !== null)
  const last = own.at(-1)
  return last === undefined || own.reduce((sum, round) => sum + round.seconds, last.seconds) <= seconds
}
