/** @file What the option `progress` shows: a bar, a line of figures, and the convergence so far, in one display that is replaced. */
import { randomUUID } from 'node:crypto'
import type { Options, IterationStats } from '../options.js'
import { convergence, escapeHtml } from '../plots/index.js'
import type { Figure } from '../plots/index.js'
import { figureHtml } from './figureHtml.js'
import { inNotebook } from './kernel.js'
import { CHART_PAUSE, liveDisplay } from './live.js'
import type { View } from './live.js'
import { endOf, seconds } from './modelCard.js'
import { plotlyOnce } from './plotlyOnce.js'
import { barHtml, progressWords } from './progress.js'
import type { Trained } from './watch.js'

export interface LiveTraining {
  add(stats: IterationStats): void
  /** The last state, static. */
  end(result: Trained): void
}

/** Curves drawn: the first run, the best, and the latest ones. */
const MAX_CURVES = 6
const HEIGHT = 300

/** Shows a training from its start on. */
export function liveTraining({ d, k, niter, nredo, progress }: Options & { d: number; k: number }): LiveTraining {
  const label = typeof progress === 'string' ? progress : `k-means, d = ${d}, k = ${k}`
  const id = `figure-${randomUUID()}`
  const live = liveDisplay(CHART_PAUSE)
  const plotly = inNotebook() ? plotlyOnce() : ''
  const started = performance.now()
  const runs: number[][] = Array.from({ length: nredo }, () => [])
  let last: IterationStats | undefined
  const elapsed = (): string => seconds((performance.now() - started) / 1000)
  // Of the chart's height, so that nothing below it jumps when it comes.
  const waiting = `<div style="height:${HEIGHT}px;opacity:0.6">The chart starts with the first iteration.</div>`
  const chart = (isLive: boolean): string => {
    const figure = curves(runs)
    return figure === undefined ? (isLive ? waiting : '') : figureHtml(figure, id, isLive)
  }
  const running = (): View => {
    const share = last ? (last.redo + last.iteration / niter) / nredo : 0
    const text = `${label}: ${last ? `${progressWords(last, niter, nredo)}, ${last.changed.toLocaleString('en-US')} labels changed` : 'starting'}, ${elapsed()}`
    return { text, html: `<div>${barHtml(share)} ${escapeHtml(text)}</div>${chart(true)}` }
  }
  const begin = running()
  live.update(() => ({ ...begin, html: plotly + begin.html }))
  return {
    add(stats) {
      last = stats
      runs[stats.redo].push(stats.obj)
      live.update(running)
    },
    end(result) {
      const text = `${label}: ${summary(result, nredo, elapsed())}`
      live.end(() => ({ text, html: `${plotly}<div>${escapeHtml(text)}</div>${chart(false)}` }))
    },
  }
}

function summary({ state }: Trained, nredo: number, time: string): string {
  if (state === null) return `ended by an error, after ${time}`
  const { nIter, inertia, stopReason, stats } = state
  const best = nredo > 1 ? ` in the best of ${nredo} runs` : ''
  const value = inertia === null ? '' : `, inertia ${Number(inertia.toPrecision(6))}`
  return `${nIter} iterations${best}, ${time} on ${stats.backend}${value}; ended by: ${endOf(stopReason)}`
}

/** The convergence of the runs; none before there is a value. */
function curves(runs: readonly (readonly number[])[]): Figure | undefined {
  const present = runs.map((values, run) => ({ run, values })).filter(({ values }) => values.length > 0)
  if (present.length === 0) return undefined
  const best = present.reduce((a, b) => (b.values[b.values.length - 1] < a.values[a.values.length - 1] ? b : a))
  const latest = present.slice(2 - MAX_CURVES)
  const shown = present.filter((curve) => curve === present[0] || curve === best || latest.includes(curve))
  const named = shown.map((curve) => ({ name: `run ${curve.run + 1}${curve === best ? ' (best)' : ''}`, values: curve.values }))
  return convergence(named, { title: 'Inertia by iteration', height: HEIGHT })
}
