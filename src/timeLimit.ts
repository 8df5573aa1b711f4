/** @file The option maxSeconds as signals for a start and for iterations. */

/** What the first labels get beyond the limit, in milliseconds: a share of the limit, and this at least. Without them little is known. */
const GRACE = { share: 0.1, least: 500 }
/** The longest timer there is. */
const LONGEST = 2 ** 31 - 1

/** A limit under way; no signals where there is none. */
export interface TimeLimit {
  /** Aborted when the time is over. */
  over?: AbortSignal
  /** Aborted when the time that the first labels get beyond it is over, too. */
  firstLabels?: AbortSignal
  /** Ends the timers. */
  clear(): void
}

/** @param elapsed milliseconds of the time that are over already */
export function timeLimit(maxSeconds: number | undefined, elapsed: number): TimeLimit {
  if (maxSeconds === undefined) return { clear: () => {} }
  const limit = maxSeconds * 1000
  const left = Math.max(0, limit - elapsed)
  const over = new AbortController()
  const firstLabels = new AbortController()
  const timers = [
    setTimeout(() => over.abort(), Math.min(left, LONGEST)),
    setTimeout(() => firstLabels.abort(), Math.min(left + Math.max(limit * GRACE.share, GRACE.least), LONGEST)),
  ]
  // A short training may end before any timer has its turn.
  if (left === 0) over.abort()
  return { over: over.signal, firstLabels: firstLabels.signal, clear: () => timers.forEach((timer) => clearTimeout(timer)) }
}
