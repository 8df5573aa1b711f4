/** @file What the option `progress` shows: a bar and a line of figures, and the convergence so far, in two displays that are replaced. */
import type { Options, IterationStats, TrainingProgress } from '../options.js'
import { followTraining } from '../followTraining.js'
import type { HowFar } from '../followTraining.js'
import { formatCount, formatInertia } from '../numberText.js'
import { convergence, escapeHtml } from '../plots/index.js'
import type { Figure } from '../plots/index.js'
import { sparkline } from './card.js'
import { inNotebook } from './kernel.js'
import { BAR_PAUSE, CHART_PAUSE, liveDisplay } from './live.js'
import type { View } from './live.js'
import { liveChart } from './liveChart.js'
import { endOf, seconds } from './modelCard.js'
import { hasPlotly } from './plotlyOnce.js'
import { barHtml, progressWords } from './progress.js'
import type { Trained } from './watch.js'

/** What is shown of one training, from its first iteration to its end. */
export interface LiveTraining {
  add(stats: IterationStats): void
  /** How far the start is, or an E-step. */
  stage(progress: TrainingProgress): void
  /** The last state, static. */
  end(result: Trained): void
}

/** Curves drawn: the first run, the best, and the latest ones. */
const MAX_CURVES = 6
const HEIGHT = 300

/**
 * How many of its pauses the chart waits before it is first shown. A training that is over by then gets its chart at the end, and pays for
 * one drawing only. The wait is longer where the page must load Plotly first.
 */
const CHART_WAIT = { drawn: 1, loaded: 3 }

/**
 * Shows a training while it runs: from its start on a bar with a small line of the inertia; below it a chart of the inertia, once the
 * training has turned out to take long.
 */
export function liveTraining({ d, k, niter, nredo, progress }: Options & { d: number; k: number }): LiveTraining {
  const label = typeof progress === 'string' ? progress : `k-means, d = ${d}, k = ${k}`
  const bar = liveDisplay(BAR_PAUSE)
  const chart = inNotebook() ? liveChart() : undefined
  const started = performance.now()
  const chartFrom = started + CHART_PAUSE * (hasPlotly() ? CHART_WAIT.drawn : CHART_WAIT.loaded)
  const runs: number[][] = Array.from({ length: nredo }, () => [])
  let last: IterationStats | undefined
  const elapsed = (): number => (performance.now() - started) / 1000
  const follow = followTraining({ niter, nredo })
  const show = ({ share, left }: HowFar, words: string): void =>
    bar.update(() => {
      const drawing = last === undefined ? '' : sparkline(runs[last.redo], 'inertia by iteration')
      return line(share, drawing, `${label}: ${words}, ${seconds(elapsed())}${left}`)
    })
  bar.update(() => line(0, '', `${label}: starting`))
  return {
    add(stats) {
      last = stats
      runs[stats.redo].push(stats.obj)
      show(follow.iteration(stats), `${progressWords(stats, niter, nredo)}, ${formatCount(stats.changed)} labels changed`)
      if (performance.now() >= chartFrom) chart?.update(() => curves(runs))
    },
    stage(progress) {
      const run = nredo > 1 ? `run ${progress.redo + 1} of ${nredo}, ` : ''
      show(follow.stage(progress), run + progress.text)
    },
    end(result) {
      const text = `${label}: ${summary(result, nredo, seconds(elapsed()))}`
      bar.end(() => ({ text, html: `<div>${escapeHtml(text)}</div>` }))
      if (last !== undefined) chart?.end(() => curves(runs))
    },
  }
}

const line = (share: number, drawing: string, text: string): View => ({
  text,
  html: `<div>${barHtml(share)} ${drawing} ${escapeHtml(text)}</div>`,
})

function summary({ state }: Trained, nredo: number, time: string): string {
  if (state === null) return `ended by an error, after ${time}`
  const { nIter, inertia, stopReason, stats } = state
  const best = nredo > 1 ? ` in the best of ${nredo} runs` : ''
  const value = inertia === null ? '' : `, inertia ${formatInertia(inertia)}`
  return `${nIter} iterations${best}, ${time} on ${stats.backend}${value}; ended by: ${endOf(stopReason)}`
}

/** The convergence of the runs, of which one has a value at least. */
function curves(runs: readonly (readonly number[])[]): Figure {
  const present = runs.map((values, run) => ({ run, values })).filter(({ values }) => values.length > 0)
  const best = present.reduce((a, b) => (b.values[b.values.length - 1] < a.values[a.values.length - 1] ? b : a))
  const latest = present.slice(2 - MAX_CURVES)
  const shown = present.filter((curve) => curve === present[0] || curve === best || latest.includes(curve))
  const named = shown.map((curve) => ({ name: `run ${curve.run + 1}${curve === best ? ' (best)' : ''}`, values: curve.values }))
  return convergence(named, { title: 'Inertia by iteration', height: HEIGHT })
}
