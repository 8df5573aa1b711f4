/** @file The record of a run, bench/results/*.json: where it was made, with what, and every single measurement. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BenchCase, Start } from './cases/cases.js'
import type { Machine } from './machine.js'
import type { TrainAnswer } from './runners/protocol.js'

/** What one library did on one case. */
export interface LibraryRecord {
  label: string
  ours: boolean
  /** Absent with `missing`. */
  version?: string
  backend?: string
  /** Why there are no figures: not installed, not suited, failed, out of memory. */
  missing?: string
  /** The run before the gate, which also warms up; not among the rounds. */
  first?: TrainAnswer
  /** One entry a round, in which all take turns; null where a slow library sat the round out. */
  rounds: (TrainAnswer | null)[]
  /** Labels that are wrong by the definition, applied to the library's own final centroids. */
  checkedRows?: number
  wrongPerMillion?: number
  /** Σ ‖x − c‖² in float64, final centroids and labels. */
  objective?: number
  /** Normalised mutual information with the classes of the points. */
  nmi?: number
  /** Most bytes in use on the GPU beyond what was in use before. */
  deviceBytes?: number
}

export interface CaseRecord extends BenchCase {
  libraries: Record<string, LibraryRecord>
}

export interface BenchRecord {
  suite: string
  /** The command. */
  command: string
  machine: Machine
  /** What matrix products reach there, in multiplications and additions a second, by type. */
  roof?: Record<string, number>
  cases: CaseRecord[]
}

/** One library from one kind of start: a value a seed. */
export interface QualityRow {
  name: string
  label: string
  ours: boolean
  init: Start
  objective: number[]
  nmi: number[]
  wrongPerMillion: number[]
  /** NMI minus that of float64 Lloyd from the same rows. */
  nmiBesideFloat64?: number[]
}

export interface QualityCase extends BenchCase {
  rows: QualityRow[]
}

export interface QualityRecord extends Omit<BenchRecord, 'cases'> {
  cases: QualityCase[]
}

/** Reads a record; undefined where there is none. */
export function readRecord<Stored extends object = BenchRecord>(path: string): Stored | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Stored) : undefined
}

/** Writes a record: JSON, a line a measurement. */
export function writeRecord(path: string, record: object): void {
  mkdirSync(dirname(path), { recursive: true })
  const text = JSON.stringify(record, null, 1).replace(/\{\s+"seconds"[^{}]*\}/g, (object) => object.replace(/\s+/g, ' '))
  writeFileSync(path, `${text}\n`)
}

/** Puts a case into a file of records, in the place of the same case of an earlier run; with append, its rounds behind the earlier ones. */
export function saveCase(path: string, head: Omit<BenchRecord, 'cases'>, record: CaseRecord, append = false): void {
  const cases = readRecord(path)?.cases ?? []
  const at = cases.findIndex(({ name }) => name === record.name)
  if (at < 0) cases.push(record)
  else cases[at] = append ? joined(cases[at], record) : record
  writeRecord(path, { ...head, cases })
}

const roundsOf = ({ libraries }: CaseRecord): number => Math.max(0, ...Object.values(libraries).map(({ rounds }) => rounds.length))

/** The rounds of both, in order; a library that one of them lacks sat its rounds out. */
function joined(before: CaseRecord, after: CaseRecord): CaseRecord {
  const names = new Set([...Object.keys(before.libraries), ...Object.keys(after.libraries)])
  const libraries = [...names].map((name) => {
    const [earlier, later] = [before.libraries[name], after.libraries[name]]
    const early = Array.from({ length: roundsOf(before) }, (_, round) => earlier?.rounds[round] ?? null)
    return [name, { ...earlier, ...later, rounds: [...early, ...(later?.rounds ?? [])] }]
  })
  return { ...after, libraries: Object.fromEntries(libraries) as CaseRecord['libraries'] }
}
