/**
 * @file One run of Lloyd's algorithm over a session: iterations, repair of empty clusters, stop rules, statistics. It only knows the
 * interface Session, never a particular backend.
 */
import type { AssignOptions, Session } from './backends/backend.js'
import { repairEmptyClusters } from './emptyClusters.js'
import type { RepairContext } from './emptyClusters.js'
import { inertiaOf, sumInOrder } from './exact.js'
import type { IterationStats, TrainingProgress } from './options.js'
import { anyOf, isAbort } from './signals.js'
import { rowsText } from './stages.js'
import type { ToleranceTest } from './tolerance.js'

/**
 * Why a training ended. 'labels': no label changed, so nothing further can happen. 'tol': the centroids moved less than tol. 'niter': all
 * iterations were run. 'maxSeconds': the time limit. 'aborted': the signal. 'failed': an error, which was thrown; the model keeps the best
 * centroids so far.
 */
export type StopReason = 'labels' | 'tol' | 'niter' | 'maxSeconds' | 'aborted' | 'failed'

/** What one run is told, beside its session and its initial centroids. */
export interface LloydRun extends Omit<RepairContext, 'session'> {
  /** Maximum number of iterations. */
  niter: number
  /** The stop rule. Undefined: all iterations are run, and unchanged labels do not end the run either. */
  tolerance?: ToleranceTest
  /** Σ w‖x − μ‖² over all points, from which each iteration's inertia is computed (exact.ts, inertiaOf). */
  spread: number
  /** Factor that brings inertia back to the scale of the caller's weights. */
  inertiaScale: number
  signal?: AbortSignal
  /** Aborts when maxSeconds are over. */
  deadline?: AbortSignal
  /** The same for the first iteration, which may get more time, so that there are labels. Default: none. */
  firstDeadline?: AbortSignal
  onIteration?: (stats: IterationStats) => void | Promise<void>
  /** Told how far an E-step is; what it gives is made only where it is wanted. */
  tell?: (progress: () => TrainingProgress) => void
  /** Aborts with what a listener of `tell` threw. */
  failed?: AbortSignal
}

/** What a run leaves. Labels, counts and inertia are those of the centroids; they are null where no E-step was completed. */
export interface LloydResult {
  centroids: Float32Array
  labels: Int32Array | null
  /** Number of points of each cluster. */
  counts: Uint32Array | null
  inertia: number | null
  nIter: number
  iterationStats: IterationStats[]
  stopReason: StopReason
  /** What ended a failed run. */
  error?: unknown
}

/**
 * Runs from the given centroids until a stop rule holds. An abort or an error ends the run too, and does not throw: the result then holds
 * the last complete E-step, and stopReason and error tell what happened.
 */
export async function lloyd(session: Session, init: Float32Array, run: LloydRun): Promise<LloydResult> {
  const iterationStats: IterationStats[] = []
  let stopReason: StopReason = 'failed'
  let error: unknown
  await session.setCentroids(init)
  try {
    stopReason = await iterate(session, run, iterationStats)
  } catch (caught) {
    const isLate = isAbort(caught, run.deadline) || isAbort(caught, run.firstDeadline)
    stopReason = isAbort(caught, run.signal) ? 'aborted' : isLate ? 'maxSeconds' : 'failed'
    // onIteration may even throw undefined, which would look like no error at all.
    if (stopReason === 'failed')
      error = caught ?? new Error(`FastKMeans: expected onIteration to return or to throw an Error, got ${caught} thrown`)
  }
  const result = await harvest(session, run.d, run.inertiaScale).catch((caught: unknown) => {
    throw stopReason === 'failed' ? error : caught
  })
  return { ...result, nIter: iterationStats.length, iterationStats, stopReason, ...(stopReason === 'failed' && { error }) }
}

/** Does the iterations, then one more E-step for the final centroids, unless the labels belong to them already. */
async function iterate(session: Session, run: LloydRun, done: IterationStats[]): Promise<StopReason> {
  let replacedBefore = false
  let stopReason: StopReason = 'niter'
  let settled = false
  const stops = anyOf(run.signal, run.failed)
  const limits = anyOf(stops, run.deadline)
  while (done.length < run.niter) {
    const iteration = done.length + 1
    const start = performance.now()
    const { counts, shifts, terms, changed, rechecked } = await session.step({
      signal: iteration === 1 ? anyOf(stops, run.firstDeadline) : limits,
      onProgress: reporter(run, 'iteration', iteration),
    })
    const obj = inertiaOf(run.spread, terms) * run.inertiaScale
    const imbalance = imbalanceOf(counts)
    const replaced = await repairEmptyClusters({ ...run, session }, counts, shifts, iteration)
    const shift = run.tolerance?.measure(shifts, obj) ?? sumInOrder(shifts)
    const time = (performance.now() - start) / 1000
    const stats = { iteration, redo: run.redo, obj, shift, changed, replaced, rechecked, imbalance, time }
    done.push(stats)
    await run.onIteration?.(stats)
    settled = changed === 0 && !replacedBefore && replaced === 0
    replacedBefore = replaced > 0
    if (run.tolerance !== undefined && settled) stopReason = 'labels'
    else if (run.tolerance?.reached(shift)) stopReason = 'tol'
    else if (run.deadline?.aborted) stopReason = 'maxSeconds'
    if (stopReason !== 'niter') break
    stops?.throwIfAborted()
  }
  // A run that reached its time limit does no further E-step: it returns its labels with the centroids that they belong to.
  if (!settled && stopReason !== 'maxSeconds') await session.assign({ signal: limits, onProgress: reporter(run, 'labels', done.length) })
  run.failed?.throwIfAborted()
  return stopReason
}

/** Tells of an E-step. */
function reporter({ tell, redo, niter }: LloydRun, stage: 'iteration' | 'labels', iteration: number): AssignOptions['onProgress'] {
  const what = stage === 'labels' ? 'the last labels' : `iteration ${iteration} of at most ${niter}`
  return tell && ((share) => tell(() => ({ stage, redo, iteration, share, text: `${what}: ${rowsText(share)}` })))
}

/** The labels of the last complete E-step, the centroids they belong to, and their inertia by direct differences. */
async function harvest(
  session: Session,
  d: number,
  scale: number,
): Promise<Pick<LloydResult, 'centroids' | 'labels' | 'counts' | 'inertia'>> {
  const centroids = await session.centroids('labelled')
  const labels = await session.labels()
  if (labels === null) return { centroids, labels, counts: null, inertia: null }
  const given = await session.labelCounts?.()
  const blocks = session.blockInertia()
  const counts = given ?? countLabels(labels, centroids.length / d) // while other threads are at work
  return { centroids, labels, counts, inertia: sumInOrder(await blocks) * scale }
}

function countLabels(labels: Int32Array, k: number): Uint32Array {
  const counts = new Uint32Array(k)
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++
  return counts
}

function imbalanceOf(counts: Float64Array): number {
  let total = 0
  let squares = 0
  // A loop over indices: for…of takes milliseconds for 262,144 clusters, in every iteration.
  for (let j = 0; j < counts.length; j++) {
    total += counts[j]
    squares += counts[j] * counts[j]
  }
  return (squares * counts.length) / (total * total)
}
