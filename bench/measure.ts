/** @file One case: every library loads the same points, passes the gate, then all take turns, a training each, round after round. */
import { setTimeout } from 'node:timers/promises'
import { normalizedMutualInfoScore } from '../src/metrics/index.js'
import type { Points } from '../src/index.js'
import type { BenchCase } from './cases/cases.js'
import { caseFiles, readBlocks, readIntegers } from './cases/files.js'
import type { CaseFiles } from './cases/files.js'
import { watchDevice } from './deviceMemory.js'
import { FastKMeans } from './library.js'
import { objectiveOf, sampledVerdict, verdictBeside } from './gate.js'
import type { CaseRecord, LibraryRecord } from './results.js'
import { LIBRARIES, unsuited } from './runners/libraries.js'
import type { BenchLibrary } from './runners/libraries.js'
import { LibraryFailure, startLibrary } from './runners/process.js'
import type { TrainAnswer } from './runners/protocol.js'
import { takesTurn } from './turns.js'
import type { LibraryProcess, Result } from './runners/process.js'

export interface MeasureOptions {
  /** Names of LIBRARIES. */
  libraries: readonly string[]
  /** Rounds in which every library trains once more. Default 5; with 0 there is the first training alone. */
  repeats?: number
  /** Seconds that a library's trainings may take in the rounds of a case; one that needs more sits out later rounds. Default 20. */
  seconds?: number
  /** A first training that takes this many seconds is the figure, and is not repeated. Default 60. */
  tooLong?: number
  /** The device of the labels that the rivals' are compared with. Default 'auto'. */
  judge?: 'auto' | 'cpu' | 'cuda'
  /** Why a library is not given this case, if so. */
  skip?: (name: string) => string | undefined
  /** Processes that stay for the next case, by name; without it each case starts its own. */
  pool?: Map<string, LibraryProcess>
  /** Called as soon as a library is through the gate, and after each round. */
  onProgress?: (record: CaseRecord) => void
}

interface Contestant {
  name: string
  process: LibraryProcess
  record: LibraryRecord
}

/**
 * Milliseconds of rest before each training. Threads of the library that trained before may still be spinning (OpenMP's do so for 200 ms);
 * by then they sleep, and take no time from the next one.
 */
const REST = 300

/**
 * Measures a case.
 * @throws Error where a label of ours is wrong: then nothing is timed
 */
export async function measureCase(c: BenchCase, options: MeasureOptions): Promise<CaseRecord> {
  const { libraries, repeats = 5, seconds = 20, tooLong = 60, pool, onProgress } = options
  const record: CaseRecord = { ...c, libraries: {} }
  const present: Contestant[] = []
  const started: Contestant[] = []
  try {
    const files = await caseFiles(c)
    const points: Points = { blocks: readBlocks(files.x, c.d), n: c.n, d: c.d }
    const judge = { points, truth: files.truth === undefined ? undefined : readIntegers(files.truth), device: options.judge ?? 'auto' }
    const all = await Promise.all(libraries.map((name) => start(name, c, record, options)))
    started.push(...all.filter((contestant) => contestant !== undefined))
    for (const contestant of started) {
      if (await firstRun(contestant, c, files, judge)) present.push(contestant)
      onProgress?.(record)
    }
    const willing = ({ record }: Contestant): boolean => takesTurn(record, seconds, tooLong)
    for (let round = 0; round < repeats && present.some(willing); round++) {
      for (const contestant of present) contestant.record.rounds.push(willing(contestant) ? await again(contestant) : null)
      onProgress?.(record)
    }
  } finally {
    for (const { name, process, record } of started) {
      // A process whose library failed may be in any state, so the next case gets a new one.
      if (pool === undefined || record.missing !== undefined) process.close()
      else pool.set(name, process)
    }
  }
  return record
}

async function start(name: string, c: BenchCase, record: CaseRecord, { skip, pool }: MeasureOptions): Promise<Contestant | undefined> {
  const library = LIBRARIES[name]
  const own: LibraryRecord = { label: library.label, ours: library.ours, rounds: [] }
  record.libraries[name] = own
  own.missing = skip?.(name) ?? unsuited(library, c)
  if (own.missing !== undefined) return undefined
  try {
    const process = pool?.get(name) ?? (await startLibrary(library))
    pool?.delete(name)
    own.version = process.version
    return { name, process, record: own }
  } catch (error) {
    own.missing = `not here: ${(error as Error).message}`
    return undefined
  }
}

interface Judge {
  points: Points
  truth: Int32Array | undefined
  device: 'auto' | 'cpu' | 'cuda'
}

/** Has a library train once, which warms it up, and takes the result through the gate. False where the library failed. */
async function firstRun({ name, process, record }: Contestant, c: BenchCase, files: CaseFiles, judge: Judge): Promise<boolean> {
  const device = await watchDevice()
  try {
    await process.load(c, files)
    const { backend, ...first } = await process.train()
    Object.assign(record, { backend, first, deviceBytes: device.peak() })
    Object.assign(record, await judged(LIBRARIES[name], await process.result(), c, judge))
    return true
  } catch (error) {
    if (!(error instanceof LibraryFailure)) throw error
    record.missing = error.memory ? 'out of memory' : `failed: ${error.message}`
    if (record.ours) console.error(`  ${record.label} ${record.missing}`)
    return false
  } finally {
    device.stop()
  }
}

/** Has a library train once more. Null where it fails, which its record then says. */
async function again({ process, record }: Contestant): Promise<TrainAnswer | null> {
  if (record.missing !== undefined) return null
  await setTimeout(REST)
  try {
    const { seconds, iterations, peakBytes } = await process.train()
    return { seconds, iterations, peakBytes }
  } catch (error) {
    if (!(error instanceof LibraryFailure)) throw error
    record.missing = `failed in a later round: ${error.message}`
    return null
  }
}

type Judgement = Pick<LibraryRecord, 'checkedRows' | 'wrongPerMillion' | 'objective' | 'nmi'>

/**
 * The gate: how many labels are wrong, and how good the result is.
 * @throws LibraryFailure for centroids that are not finite; Error for a wrong label of a library that is said to be exact
 */
async function judged(library: BenchLibrary, result: Result, c: BenchCase, { points, truth, device }: Judge): Promise<Judgement> {
  const { label, ours, exact, half = false } = library
  const { centroids, labels } = result
  if (!centroids.every(Number.isFinite)) throw new LibraryFailure('centroids that are not finite', false)
  const { wrong, checkedRows, wrongPerMillion } = ours
    ? sampledVerdict(points, centroids, labels, half)
    : verdictBeside(points, centroids, labels, await FastKMeans.fromCentroids(centroids, c.d, { device }).predict(points))
  if (exact && wrong > 0) throw new Error(`bench: expected exact labels of ${label} on ${c.name}, got ${wrong} wrong of ${checkedRows}`)
  const objective = objectiveOf(points, centroids, labels)
  return { checkedRows, wrongPerMillion, objective, ...(truth !== undefined && { nmi: normalizedMutualInfoScore(truth, labels) }) }
}

/** Ends the processes of a pool. */
export function closePool(pool: Map<string, LibraryProcess>): void {
  for (const process of pool.values()) process.close()
  pool.clear()
}
