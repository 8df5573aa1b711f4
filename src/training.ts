/**
 * @file A training from start to end: take a subsample, open a session, then nredo times choose initial centroids and run Lloyd's
 * iterations, and keep the best run. FastKMeans.train and fit call this.
 */
import type { Preparation, Session } from './backends/backend.js'
import { selectBackend } from './backends/select.js'
import { limbScales, sampledMean, sumInOrder } from './exact.js'
import { nonFiniteError } from './finite.js'
import { initialCentroids } from './init/init.js'
import { lloyd } from './lloyd.js'
import type { LloydResult, StopReason } from './lloyd.js'
import type { IterationStats, Options } from './options.js'
import type { Points } from './points.js'
import { anyOf, isAbort } from './signals.js'
import { seldom } from './stages.js'
import type { Tell } from './stages.js'
import { planOf } from './plan.js'
import { timeLimit } from './timeLimit.js'
import type { TimeLimit } from './timeLimit.js'
import { toleranceTest } from './tolerance.js'
import { trainingSet } from './trainingSet.js'
import type { TrainInput } from './trainingSet.js'

/** Where and how a training was done. */
export interface TrainStats {
  /** The backend that was used, and its variant: 'reference', 'cpu:avx2', 'tfjs:wasm', 'cuda:0', … */
  backend: string
  /** Why this backend: the estimates that 'auto' compared, or the device that was asked for. */
  why: string
  /** The option precision. */
  precision: 'exact' | 'fast'
  /** Number of rows, summed over all E-steps, whose label the fast pass could not prove, and which were computed again in float64. */
  recheckedRows: number
  /** Seconds: the whole training, the initial centroids, and the iterations. */
  time: { total: number; init: number; iterations: number }
  /** Bytes: the points as float32, the largest resident set that this process has had, and the most held on GPUs. */
  memory: { points: number; peakResident: number; device?: number }
  /** How the input was converted, if it was: 'Float64Array rounded to float32'. */
  input?: string
  /** The warnings that were printed. */
  warnings: string[]
}

/** What a training leaves. Labels, counts and inertia are those of the centroids, over the rows trained on (trainRows). */
export interface TrainedState {
  centroids: Float32Array
  labels: Int32Array | null
  inertia: number | null
  counts: Uint32Array | null
  nIter: number
  iterationStats: IterationStats[]
  stopReason: StopReason
  trainRows: Uint32Array | null
  stats: TrainStats
}

/**
 * Trains.
 * @returns the trained state; and the `error` that ended the training, if one did after the first centroids were found
 * @throws for invalid input, a device that is not available, or an error before there were any centroids
 */
export async function trainModel(input: TrainInput): Promise<{ state: TrainedState; error?: unknown }> {
  const started = performance.now()
  const { where, d, k, options } = input
  const warnings: string[] = []
  const warn = (message: string): void => {
    warnings.push(message)
    console.warn(`${where}: ${message}`)
  }
  const { points, weights, trainRows } = await trainingSet(input, warn)
  const { n } = points
  const { backend, why } = await selectBackend(where, options, { n, d, k, niter: options.niter, nredo: options.nredo })
  const open = (p: Points, centroids: number): Promise<Session> => backend.open(p, planOf(options, centroids))
  const session = await open(points, k)
  try {
    const statistics = session.columnStats(weights?.values, { signal: options.signal })
    const mean = sampledMean(points) // while other threads, or the device, are at work
    const { max, nonFinite } = await statistics
    if (nonFinite) throw nonFiniteError(where, nonFinite)
    const preparation: Preparation = {
      scales: limbScales(max, n),
      mean,
      weights: weights?.values,
      spherical: options.spherical,
    }
    const spread = sumInOrder(await session.prepare(preparation, { signal: options.signal }))
    const inertiaScale = weights?.scale ?? 1
    const runs = await allRuns({ where, points, k, options, session, preparation, spread, inertiaScale, started, open })
    const { best, stopReason, error } = runs
    const { counts } = best
    if (counts !== null && stopReason !== 'failed') {
      const distinct = counts.reduce((sum, count) => sum + Number(count > 0), 0)
      if (distinct < k) warn(`points lie in ${distinct} of the k = ${k} clusters only; there may be fewer different points`)
    }
    const stats: TrainStats = {
      backend: backend.name,
      why,
      precision: options.precision,
      recheckedRows: runs.recheckedRows,
      time: { total: (performance.now() - started) / 1000, init: runs.initTime, iterations: runs.iterationTime },
      memory: {
        points: n * d * 4,
        peakResident: process.resourceUsage().maxRSS * 1024,
        ...(session.deviceBytes !== undefined && { device: session.deviceBytes }),
      },
      ...(points.note !== undefined && { input: points.note }),
      warnings,
    }
    return { state: { ...best, stopReason, trainRows, stats }, error }
  } finally {
    session.dispose()
  }
}

interface Runs {
  where: string
  points: Points
  k: number
  options: Options
  session: Session
  preparation: Preparation
  spread: number
  inertiaScale: number
  /** When the training began, by the clock of performance.now. */
  started: number
  open(points: Points, k: number): Promise<Session>
}

/** Times in seconds, over all runs. */
interface RunsResult {
  best: LloydResult
  stopReason: StopReason
  error?: unknown
  recheckedRows: number
  initTime: number
  iterationTime: number
}

/** What all runs of a training share: where progress goes to, if anywhere, and the time limit. */
interface Watch {
  reports: ReturnType<typeof seldom> | undefined
  limit: TimeLimit
}

/**
 * Does nredo runs and keeps the one with the least inertia, the earliest on ties. An abort, the time limit or an error ends the series; the
 * best run so far is kept.
 */
async function allRuns(r: Runs): Promise<RunsResult> {
  const { signal, onProgress, nredo, maxSeconds } = r.options
  const limit = timeLimit(maxSeconds, performance.now() - r.started)
  const watch: Watch = { reports: onProgress && seldom(onProgress), limit }
  let best: LloydResult | undefined
  let stopReason: StopReason = 'niter'
  let error: unknown
  let initTime = 0
  let iterationTime = 0
  let recheckedRows = 0
  try {
    for (let redo = 0; redo < nredo && !(redo > 0 && limit.over?.aborted); redo++) {
      const initStart = performance.now()
      let init: Float32Array
      try {
        init = await startOf(r, redo, watch)
      } catch (caught) {
        if (best === undefined) throw caught
        stopReason = isAbort(caught, signal) ? 'aborted' : 'failed'
        if (stopReason === 'failed') error = caught
        break
      }
      const runStart = performance.now()
      initTime += (runStart - initStart) / 1000
      const result = await iterate(r, redo, init, watch)
      iterationTime += (performance.now() - runStart) / 1000
      for (const stats of result.iterationStats) recheckedRows += stats.rechecked
      if (best === undefined || (result.inertia ?? Infinity) < (best.inertia ?? Infinity)) best = result
      stopReason = result.stopReason
      error = result.error
      if (stopReason === 'aborted' || stopReason === 'maxSeconds' || stopReason === 'failed') break
      stopReason = best.stopReason
    }
  } finally {
    limit.clear()
  }
  return { best: best!, stopReason, error, recheckedRows, initTime, iterationTime }
}

/** The initial centroids of run `redo`. */
function startOf(r: Runs, redo: number, { reports, limit }: Watch): Promise<Float32Array> {
  const { where, points, k, options, session, preparation, open } = r
  const { n, d } = points
  const { init, seed, signal } = options
  const tell: Tell | undefined =
    reports && ((share, words) => reports.tell(() => ({ stage: 'start', redo, iteration: 0, share, text: `${String(init)}: ${words()}` })))
  const ends = anyOf(signal, reports?.failed, limit.over)
  return initialCentroids(where, init, { session, n, d, k, seed, redo, preparation, signal: ends, deadline: limit.over, tell, open })
}

/** The iterations of run `redo`, from its initial centroids on. */
async function iterate(r: Runs, redo: number, init: Float32Array, { reports, limit }: Watch): Promise<LloydResult> {
  const { points, options, session, preparation, spread, inertiaScale } = r
  const { seed, emptyCluster, niter, tol, tolMode, signal } = options
  return lloyd(session, init, {
    ...preparation,
    n: points.n,
    d: points.d,
    seed,
    redo,
    emptyCluster,
    niter,
    tolerance: tol < 0 ? undefined : await toleranceTest(tolMode, tol, points, signal),
    spread,
    inertiaScale,
    signal,
    deadline: limit.over,
    firstDeadline: redo === 0 ? limit.firstLabels : limit.over,
    tell: reports?.tell,
    failed: reports?.failed,
    onIteration: reporter(options),
  })
}

/** What is called after each iteration: prints a line if the option verbose is set, then calls the user's onIteration. */
function reporter({ verbose, niter, nredo, onIteration }: Options): (stats: IterationStats) => void | Promise<void> {
  return (stats) => {
    if (verbose) {
      const run = nredo > 1 ? `run ${stats.redo + 1}/${nredo}, ` : ''
      const { iteration, obj, shift, changed, time } = stats
      console.log(
        `${run}iteration ${iteration}/${niter}: inertia ${obj.toPrecision(8)}, shift ${shift.toPrecision(4)}, ${changed} labels changed (${time.toFixed(3)} s)`,
      )
    }
    return onIteration?.(stats)
  }
}
