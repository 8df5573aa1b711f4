import { checkNames } from '../optionChecks.js'
import type { Figure } from './figure.js'
import { axis, baseLayout, checkFinite, PALETTE, plainText, roundedTo } from './figure.js'

/** One training: what came of k clusters. Several of one k, from different seeds say, are drawn as their mean and range. */
export interface SweepRun {
  k: number
  inertia: number
  /** Further figures, each drawn in a panel of its own under its name: { silhouette: 0.42 }. The same ones in every run. */
  scores?: Readonly<Record<string, number>>
}

/** Options of kSweep. */
export interface KSweepOptions {
  /** Default 'How many clusters?'. */
  title?: string
  /** A k that is marked; false marks none. Default: the elbow of the inertia, from four different k on. */
  mark?: number | false
  /** Logarithmic axis of k (default: where the largest is 20 times the smallest or more). */
  log?: boolean
}

/** Heights in pixels: of the first panel, of each further one, and of title, margins and axis together. */
const FIRST = 260
const FURTHER = 150
const AROUND = 130
/** Letters in a line of a panel's title. */
const PANEL_WIDTH = 20
/** Pixels between two panels. */
const BETWEEN = 34

/** Inertia against k (the elbow plot), and below it each score that the runs have: lines through the means, bands from least to largest. */
export function kSweep(runs: readonly SweepRun[], options: KSweepOptions = {}): Figure {
  checkNames('kSweep', options, ['title', 'mark', 'log'])
  if (runs.length === 0) throw new RangeError('kSweep: expected at least one run, got none')
  const wrong = runs.find(({ k }) => !Number.isInteger(k) || k < 1)
  if (wrong) throw new RangeError(`kSweep: expected k to be a positive integer, got ${wrong.k}`)
  const ks = [...new Set(runs.map(({ k }) => k))].sort((a, b) => a - b)
  const names = [...new Set(runs.flatMap(({ scores = {} }) => Object.keys(scores)))]
  const panels = ['inertia', ...names].map((name, i) => {
    const values = runs.map((run) => (i === 0 ? run.inertia : run.scores?.[name]) ?? NaN)
    checkFinite('kSweep', i === 0 ? 'inertia' : `score '${name}' of every run`, values)
    return { name, ...spreads(ks, runs, values) }
  })
  const {
    title = 'How many clusters?',
    mark = ks.length < 4 ? false : elbow(ks, panels[0].mean),
    log = ks[ks.length - 1] >= 20 * ks[0],
  } = options
  if (mark !== false && !ks.includes(mark)) throw new RangeError(`kSweep: expected mark to be a k of the runs, got ${mark}`)

  const inner = FIRST + names.length * FURTHER
  const several = runs.length > ks.length
  const data = panels.flatMap((panel, i) => panelTraces(panel, ks, i, several))
  const axes: Record<string, unknown> = {}
  let top = 0
  for (const [i, { name }] of panels.entries()) {
    const height = i === 0 ? FIRST : FURTHER
    const domain = [
      Math.max(0, 1 - (top + height - (i < names.length ? BETWEEN / 2 : 0)) / inner),
      1 - (top + (i > 0 ? BETWEEN / 2 : 0)) / inner,
    ]
    axes[i === 0 ? 'yaxis' : `yaxis${i + 1}`] = axis(
      name,
      { domain, nticks: i === 0 ? 7 : 5, ...(i === 0 && { rangemode: 'tozero' }) },
      PANEL_WIDTH,
    )
    top += height
  }
  const ticks = ks.length <= 16 || log ? spaced(ks, log) : undefined
  const layout = baseLayout(title, {
    ...axes,
    xaxis: axis(log ? 'k, clusters (logarithmic)' : 'k, clusters', {
      anchor: names.length > 0 ? `y${names.length + 1}` : 'y',
      ...(log && { type: 'log' }),
      ...(ticks && { tickvals: ticks, ticktext: ticks.map((k) => k.toLocaleString('en-US')) }),
    }),
    showlegend: false,
    hovermode: 'closest',
    height: inner + AROUND,
    ...(mark !== false && markAt(mark, { log, isElbow: options.mark === undefined, isLate: mark > middle(ks, log) })),
  })
  return { data, layout }
}

interface Spread {
  mean: number[]
  min: number[]
  max: number[]
}

function spreads(ks: readonly number[], runs: readonly SweepRun[], values: readonly number[]): Spread {
  const groups = ks.map((k) => values.filter((_, i) => runs[i].k === k))
  return {
    mean: groups.map((group) => group.reduce((sum, value) => sum + value / group.length, 0)),
    min: groups.map((group) => Math.min(...group)),
    max: groups.map((group) => Math.max(...group)),
  }
}

function panelTraces(
  { name, mean, min, max }: Spread & { name: string },
  ks: readonly number[],
  i: number,
  several: boolean,
): Figure['data'] {
  const rounded = roundedTo(5, [...min, ...max])
  const place = i === 0 ? {} : { yaxis: `y${i + 1}` }
  const color = PALETTE[i % PALETTE.length]
  const line = {
    type: 'scatter',
    mode: 'lines+markers',
    name: plainText(name, 26),
    ...place,
    x: [...ks],
    y: mean.map(rounded),
    line: { color, width: 2 },
    marker: { size: 6 },
    hovertemplate: `k = %{x}: %{y}<extra>${several ? 'mean of ' : ''}${plainText(name, 26)}</extra>`,
  }
  if (!several) return [line]
  const band = {
    type: 'scatter',
    mode: 'lines',
    ...place,
    x: [...ks, ...ks.toReversed()],
    y: [...max.map(rounded), ...min.map(rounded).reverse()],
    fill: 'toself',
    fillcolor: `${color}33`,
    line: { width: 0 },
    hoverinfo: 'skip',
  }
  return [band, line]
}

/**
 * The k whose inertia lies farthest below the straight line from the first to the last, both axes scaled to [0, 1]: Satopää et al.,
 * "Finding a 'kneedle' in a haystack" (2011). A rule of thumb: on a curve without a knee it still names one.
 */
export function elbow(ks: readonly number[], inertia: readonly number[]): number {
  const last = ks.length - 1
  const drop = inertia[0] - inertia[last]
  const below = ks.map((k, i) => 1 - (k - ks[0]) / (ks[last] - ks[0]) - (inertia[i] - inertia[last]) / drop)
  return ks[below.reduce((best, value, i) => (value > below[best] ? i : best), 0)]
}

/** Values of k whose labels do not touch: those that are at least a twentieth of the axis apart. */
function spaced(ks: readonly number[], log: boolean): number[] {
  const at = (k: number): number => (log ? Math.log(k) : k)
  const gap = (at(ks[ks.length - 1]) - at(ks[0])) / 20
  const kept: number[] = []
  for (const k of ks) if (kept.length === 0 || at(k) - at(kept[kept.length - 1]) >= gap) kept.push(k)
  return kept
}

/** The middle of the axis. */
function middle(ks: readonly number[], log: boolean): number {
  const [first, last] = [ks[0], ks[ks.length - 1]]
  return log ? Math.sqrt(first * last) : (first + last) / 2
}

/** A line at k, and words beside it, on the side that has room: words beyond the last k would make the axis longer. */
function markAt(k: number, { log, isElbow, isLate }: Record<'log' | 'isElbow' | 'isLate', boolean>): Record<string, unknown> {
  const x = log ? Math.log10(k) : k
  return {
    shapes: [
      { type: 'line', x0: k, x1: k, y0: 0, y1: 1, yref: 'paper', line: { color: '#666666', width: 1.2, dash: 'dot' }, layer: 'below' },
    ],
    annotations: [
      {
        x,
        y: 1,
        yref: 'paper',
        xanchor: isLate ? 'right' : 'left',
        yanchor: 'top',
        xshift: isLate ? -5 : 5,
        showarrow: false,
        text: isElbow ? `elbow at k = ${k}` : `k = ${k}`,
        bgcolor: '#ffffffcc',
        font: { size: 12, color: '#444444' },
      },
    ],
  }
}
