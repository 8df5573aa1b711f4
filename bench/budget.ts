/**
 * @file The option --minutes: how the time of a suite is shared out among its cases. Each case gets a share of the time that is left, in
 * proportion to the square root of its work. Time that it does not use goes to the cases after it. Within a case, the share limits how
 * many rounds a slow library takes part in. A case for which even the first trainings would take too long is left out, and the suite's
 * last line names it.
 */
import { workOf } from './cases/cases.js'
import type { BenchCase } from './cases/cases.js'
import type { CaseRecord } from './results.js'
import { LIBRARIES, unsuited } from './runners/libraries.js'
import { summarize } from './summary.js'

/** Seconds that every library may take in a case, however small the case's share is: enough for five trainings of a small case. */
const LEAST_SECONDS = 2
/**
 * A first training of more than LONG seconds is not repeated unless the case's share is larger, and one of more than TOO_LONG never is:
 * it is the figure itself.
 */
const LONG = 20
const TOO_LONG = 60
/** Seconds that a case takes beside the libraries' trainings: for the gate, and for points that are made on the spot. */
const BESIDE = 1.5

/** A case tells nothing of one that is this many times its work: small ones mostly measure how long it takes to start. */
const FAR = 32

/** What a case may take: the seconds for a library's trainings beyond the first, and how long a training is that is not repeated. */
export interface Share {
  seconds: number
  tooLong: number
}

/** The share of the first of `cases` in `left` seconds. @param libraries names of LIBRARIES; those that the case does not suit take none */
export function shareOf(left: number, cases: readonly BenchCase[], libraries: readonly string[]): Share {
  const [first] = cases
  const weight = (c: BenchCase): number => Math.sqrt(workOf(c))
  const part = weight(first) / cases.reduce((sum, c) => sum + weight(c), 0)
  const present = libraries.filter((name) => unsuited(LIBRARIES[name], first) === undefined).length
  const seconds = Math.max(LEAST_SECONDS, (left * part) / Math.max(1, present))
  return { seconds, tooLong: Math.min(TOO_LONG, Math.max(LONG, seconds)) }
}

/** The seconds that a library's training should take, from its time in another case, as time grows with the work; undefined without one. */
export function expectedSeconds(name: string, c: BenchCase, other: CaseRecord): number | undefined {
  const seconds = summarize(other).find((summary) => summary.name === name)?.seconds
  return seconds && (seconds.median * workOf(c)) / workOf(other)
}

/** Why a case is left out with `left` seconds to go; undefined if it is not. Judged by the case of the nearest work, unless that is far. */
export function leftOut(left: number, c: BenchCase, libraries: readonly string[], records: readonly CaseRecord[]): string | undefined {
  if (left <= 0) return 'no time is left'
  const distance = (other: CaseRecord): number => Math.abs(Math.log(workOf(other) / workOf(c)))
  const [nearest] = records.toSorted((a, b) => distance(a) - distance(b))
  if (nearest === undefined || distance(nearest) > Math.log(FAR)) return undefined
  const suited = libraries.filter((name) => unsuited(LIBRARIES[name], c) === undefined)
  const least = BESIDE * suited.reduce((sum, name) => sum + (expectedSeconds(name, c, nearest) ?? 0), 0)
  return least > left ? `about ${Math.round(least)} s, and ${Math.round(left)} s are left` : undefined
}
