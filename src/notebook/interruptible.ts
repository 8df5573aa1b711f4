/** @file The stop button (Jupyter's interrupt): without a listener the cell ends, but what it awaited goes on unseen. */
import { setImmediate } from 'node:timers/promises'
import { stopPacedBy } from '../pace.js'
import { inNotebook, onInterrupt } from './kernel.js'

/** Calls of `interruptible` under way: then the caller decides what the button means. */
let callers = 0

/**
 * Runs `work` with a signal that Jupyter's stop button aborts (Ctrl-C elsewhere). A training or prediction of FastKMeans needs it only
 * where several are to end together: each heeds the button by itself.
 * @returns what `work` returns
 * @throws what `work` throws; a FastKMeans stopped by this signal does not: it keeps its best centroids, and says so in `stopReason`
 * @example await notebook.interruptible((signal) => new FastKMeans(d, k, { signal }).train(x))
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  callers++
  try {
    return await withButton(work)
  } finally {
    callers--
  }
}

/**
 * The same for the library's own work, which heeds the button unasked: only in a notebook, and only where no `interruptible` is around it.
 * @param signal the caller's own, which goes on to count
 * @param work gets a signal for both, and the button's alone, to tell which it was
 */
export async function heedingStop<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal | undefined, button?: AbortSignal) => Promise<T>,
): Promise<T> {
  if (callers > 0 || !inNotebook()) return work(signal)
  return withButton((button) => work(signal === undefined ? button : AbortSignal.any([signal, button]), button))
}

// Metrics of points, which take minutes, end by the button as well.
stopPacedBy(heedingStop)

async function withButton<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  // A listener from a cell's first synchronous part would be removed again by stock tslab, and the next interrupt would then end the
  // kernel.
  await setImmediate()
  const controller = new AbortController()
  const release = onInterrupt(() => controller.abort(new Error('Interrupted')))
  try {
    return await work(controller.signal)
  } finally {
    release()
  }
}
