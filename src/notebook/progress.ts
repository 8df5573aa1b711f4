import { formatInertia, timeLeft } from '../numberText.js'
import { checkNames } from '../optionChecks.js'
import { escapeHtml } from '../plots/index.js'
import { BAR_PAUSE, liveDisplay } from './live.js'

/** The part of FastKMeans's iteration statistics that is shown. */
export interface ProgressStats {
  /** From 1. */
  readonly iteration: number
  /** Number of the run, from 0. */
  readonly redo: number
  /** Inertia. */
  readonly obj: number
}

/** Options of progress. */
export interface ProgressOptions {
  /** Iterations of a run, as given to FastKMeans (default 25). */
  niter?: number
  /** Runs, as given to FastKMeans (default 1). */
  nredo?: number
  /** A few words in front (default 'k-means'). */
  label?: string
}

/** A bar over one training or several. */
export interface ProgressBar {
  /** To be given to FastKMeans. */
  readonly onIteration: (stats: ProgressStats) => void
  /** Shows the last state, and the bar full; to be called at the end, after an error too. */
  readonly done: () => void
}

/**
 * A progress bar in the notebook's running cell, at most ten updates a second, on few cores fewer; plain lines on stderr where there is no
 * notebook, at most one a second. For one training the option `progress: true` is simpler, and draws the convergence too; this bar is for
 * several trainings under one bar.
 * @example
 * const bar = notebook.progress({ niter: 25, nredo: seeds.length })
 * for (const [redo, seed] of seeds.entries())
 *   await new FastKMeans(d, k, { seed, onIteration: (stats) => bar.onIteration({ ...stats, redo }) }).train(x)
 * bar.done()
 */
export function progress(options: ProgressOptions = {}): ProgressBar {
  checkNames('progress', options, ['niter', 'nredo', 'label'])
  const { niter = 25, nredo = 1, label = 'k-means' } = options
  for (const [name, value] of Object.entries({ niter, nredo }))
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`progress: expected ${name} to be a positive integer, got ${value}`)
  const live = liveDisplay(BAR_PAUSE)
  const started = performance.now()
  let stats: ProgressStats | undefined
  const view = (ended: boolean) => () => {
    const elapsed = (performance.now() - started) / 1000
    const share = ended ? 1 : stats ? (stats.redo + stats.iteration / niter) / nredo : 0
    const words = stats ? progressWords(stats, niter, nredo) : 'started'
    const text = `${label}: ${words}, ${elapsed.toFixed(1)} s${timeLeft(share, elapsed)}`
    return { text, html: `${barHtml(share)} ${escapeHtml(text)}` }
  }
  return {
    onIteration(next) {
      stats = next
      live.update(view(false))
    },
    done: () => live.end(view(true)),
  }
}

/** @param share in [0, 1] */
export const barHtml = (share: number): string =>
  `<progress value="${Math.min(1, share).toFixed(4)}" max="1" style="width:160px;vertical-align:middle;accent-color:#0072b2"></progress>`

/** 'run 2 of 4, iteration 5 of at most 10, inertia 1234.57'. */
export function progressWords({ iteration, redo, obj }: ProgressStats, niter: number, nredo: number): string {
  const run = nredo > 1 ? `run ${redo + 1} of ${nredo}, ` : ''
  return `${run}iteration ${iteration} of at most ${niter}, inertia ${formatInertia(obj)}`
}
