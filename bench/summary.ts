/** @file What a case's record says, in figures: seconds, iterations, ratios. Pure, so that the printed table and the report agree. */
import type { BenchCase } from './cases/cases.js'
import type { CaseRecord, LibraryRecord } from './results.js'
import type { TrainAnswer } from './runners/protocol.js'
import { fittedExponent, spreadOf } from './timing.js'
import type { Spread } from './timing.js'

export interface LibrarySummary {
  name: string
  label: string
  missing?: string
  seconds?: Spread
  perIteration?: Spread
  iterations?: number
  /** Trainings behind `seconds`; 1 may be the first run, where that took too long to be repeated. */
  runs: number
  wrongPerMillion?: number
  /** Share by which the objective is above that of the first library that has one, which is ours: above 0 is worse. */
  objectiveExcess?: number
  nmi?: number
}

type Timed = Pick<TrainAnswer, 'seconds' | 'iterations'>

const perIteration = ({ seconds, iterations }: Timed): number => seconds / iterations

/** The trainings that count: the rounds, or the first where there are none; none of a library that did not pass the gate. */
const runsOf = ({ rounds, first, missing }: LibraryRecord): Timed[] => {
  const done = rounds.filter((round) => round !== null)
  return done.length > 0 || first === undefined || missing !== undefined ? done : [first]
}

/** In the order of the record: ours first. */
export function summarize({ libraries }: CaseRecord): LibrarySummary[] {
  const base = Object.values(libraries).find(({ objective }) => objective !== undefined)?.objective
  return Object.entries(libraries).map(([name, record]) => {
    const { label, missing, wrongPerMillion, objective, nmi } = record
    const runs = runsOf(record)
    if (runs.length === 0) return { name, label, missing: missing ?? 'no run', runs: 0 }
    return {
      name,
      label,
      missing,
      runs: runs.length,
      seconds: spreadOf(runs.map(({ seconds }) => seconds)),
      perIteration: spreadOf(runs.map(perIteration)),
      iterations: runs[0].iterations,
      wrongPerMillion,
      objectiveExcess: objective === undefined || base === undefined ? undefined : objective / base - 1,
      nmi,
    }
  })
}

/**
 * How many times as fast the library `name` is as the library `than`, per iteration done: one ratio for each round in which both ran; the
 * ratio of their medians where they never ran in the same round. Undefined where one of them has no run.
 */
export function speedUp({ libraries }: CaseRecord, name: string, than: string): Spread | undefined {
  const [ours, theirs] = [libraries[name], libraries[than]]
  if (ours === undefined || theirs === undefined) return undefined
  const ratios: number[] = []
  for (const [i, round] of ours.rounds.entries()) {
    const other = theirs.rounds[i]
    if (round && other) ratios.push(perIteration(other) / perIteration(round))
  }
  if (ratios.length > 0) return spreadOf(ratios)
  const [a, b] = [runsOf(ours), runsOf(theirs)]
  if (a.length === 0 || b.length === 0) return undefined
  const ratio = spreadOf(b.map(perIteration)).median / spreadOf(a.map(perIteration)).median
  return { median: ratio, min: ratio, max: ratio }
}

/** The exponent at which time grows along an axis, of each library that has at least three sizes. */
export function exponents(records: readonly CaseRecord[], axis: 'n' | 'k' | 'd'): { name: string; label: string; exponent: number }[] {
  const series = new Map<string, { label: string; points: [BenchCase, number][] }>()
  for (const record of records)
    for (const { name, label, seconds } of summarize(record)) {
      if (seconds === undefined) continue
      const { points } = series.get(name) ?? series.set(name, { label, points: [] }).get(name)!
      points.push([record, seconds.median])
    }
  return [...series]
    .filter(([, { points }]) => points.length >= 3)
    .map(([name, { label, points }]) => ({
      name,
      label,
      exponent: fittedExponent(
        points.map(([c]) => c[axis]),
        points.map(([, seconds]) => seconds),
      ),
    }))
}
