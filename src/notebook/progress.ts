import { randomUUID } from 'node:crypto'
import { escapeHtml } from '../plots/index.js'
import { display } from './kernel.js'

/** The part of FastKMeans's iteration statistics that is shown. */
export interface ProgressStats {
  /** From 1. */
  readonly iteration: number
  /** Number of the run, from 0. */
  readonly redo: number
  /** Inertia. */
  readonly obj: number
}

export interface ProgressOptions {
  /** Iterations of a run, as given to FastKMeans (default 25). */
  niter?: number
  /** Runs, as given to FastKMeans (default 1). */
  nredo?: number
  /** A few words in front (default 'k-means'). */
  label?: string
}

export interface ProgressBar {
  /** To be given to FastKMeans. */
  readonly onIteration: (stats: ProgressStats) => void
  /** Shows the last state, and the bar full; to be called at the end, after an error too. */
  readonly done: () => void
}

/** Milliseconds between two updates: of a bar, which is replaced, and of printed lines, which stay. */
const BAR_PAUSE = 100
const LINE_PAUSE = 1000

/**
 * A progress bar in the notebook's running cell, at most ten updates a second; plain lines on stderr where there is no notebook, at most one a second.
 * @example
 * const bar = notebook.progress({ niter: 25 })
 * await new FastKMeans(d, k, { niter: 25, onIteration: bar.onIteration }).train(x)
 * bar.done()
 */
export function progress(options: ProgressOptions = {}): ProgressBar {
  const { niter = 25, nredo = 1, label = 'k-means' } = options
  for (const [name, value] of Object.entries({ niter, nredo }))
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`progress: expected ${name} to be a positive integer, got ${value}`)
  const id = `progress-${randomUUID()}`
  const started = performance.now()
  let stats: ProgressStats | undefined
  let shown = false
  let last = -Infinity
  let pause = BAR_PAUSE
  let ended = false

  const draw = (): void => {
    const text = `${label}: ${stats ? words(stats, niter, nredo) : 'started'}, ${((performance.now() - started) / 1000).toFixed(1)} s`
    const share = ended ? 1 : stats ? (stats.redo + stats.iteration / niter) / nredo : 0
    const html = `<progress value="${Math.min(1, share).toFixed(4)}" max="1" style="width:240px;vertical-align:middle"></progress> ${escapeHtml(text)}`
    if (!display({ 'text/html': html, 'text/plain': text }, id, shown)) {
      console.error(text)
      pause = LINE_PAUSE
    }
    shown = true
    last = performance.now()
  }
  return {
    onIteration(next) {
      stats = next
      if (!ended && performance.now() - last >= pause) draw()
    },
    done() {
      if (ended) return
      ended = true
      draw()
    },
  }
}

function words({ iteration, redo, obj }: ProgressStats, niter: number, nredo: number): string {
  const run = nredo > 1 ? `run ${redo + 1} of ${nredo}, ` : ''
  return `${run}iteration ${iteration} of at most ${niter}, inertia ${Number(obj.toPrecision(6))}`
}
