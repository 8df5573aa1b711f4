import { checkNames } from '../optionChecks.js'
import type { Figure } from './figure.js'
import { axis, baseLayout, checkFinite, PALETTE, plainText, roundedTo } from './figure.js'

/** One bar: the score that `name` reached on `dataset`; its mean over runs, and where the runs lay. */
export interface Score {
  dataset: string
  name: string
  mean: number
  min?: number
  max?: number
  /** A figure to compare with, hatched (default false). */
  reference?: boolean
}

/** Options of scoreBars. */
export interface ScoreBarsOptions {
  /** Default 'Scores'. */
  title?: string
  /** What the groups are (default 'data set'). */
  xTitle?: string
  /** What the scores are, with their unit (default 'score'). */
  yTitle?: string
}

/** Bars in groups, one group a data set and one colour a name, both in the order they first appear; whiskers from min to max. */
export function scoreBars(scores: readonly Score[], options: ScoreBarsOptions = {}): Figure {
  checkNames('scoreBars', options, ['title', 'xTitle', 'yTitle'])
  const { title = 'Scores', xTitle = 'data set', yTitle = 'score' } = options
  if (scores.length === 0) throw new RangeError('scoreBars: expected at least one score, got none')
  const datasets = [...new Set(scores.map((s) => s.dataset))]
  const names = [...new Set(scores.map((s) => s.name))]
  for (const score of scores) check(score)
  const ticks = datasets.map((dataset) => plainText(dataset, datasets.length > 5 ? 10 : 14, 3))
  const rounded = roundedTo(
    5,
    scores.flatMap(({ mean, min = mean, max = mean }) => [0, mean, min, max]),
  )
  const data = names.map((name, i) => {
    const row = datasets.map((dataset) => scores.find((s) => s.name === name && s.dataset === dataset))
    return {
      type: 'bar',
      name: plainText(name, 26, 2),
      x: datasets.map((_, j) => j),
      y: row.map((s) => (s ? rounded(s.mean) : null)),
      customdata: ticks,
      error_y: {
        type: 'data',
        symmetric: false,
        array: row.map((s) => rounded(Math.max(0, (s?.max ?? s?.mean ?? 0) - (s?.mean ?? 0)))),
        arrayminus: row.map((s) => rounded(Math.max(0, (s?.mean ?? 0) - (s?.min ?? s?.mean ?? 0)))),
        thickness: 1.2,
        width: 3,
        color: '#222222',
        visible: row.some((s) => s?.min !== undefined || s?.max !== undefined),
      },
      marker: {
        color: PALETTE[i % PALETTE.length],
        pattern: {
          shape: row.some((s) => s?.reference) ? '/' : i >= PALETTE.length ? '.' : '',
          fillmode: 'overlay',
          fgcolor: '#ffffff',
          size: 6,
          solidity: 0.35,
        },
      },
      hovertemplate: '%{customdata}: %{y}<extra>%{fullData.name}</extra>',
    }
  })
  const lows = scores.map((s) => Math.min(0, s.min ?? s.mean))
  const highs = scores.map((s) => s.max ?? s.mean)
  // Where no score is above 1, the axis ends at 1, the best value of most scores, so that what is missing to it can be seen.
  const unit = Math.max(...highs) <= 1 && Math.min(...lows) >= -1
  const layout = baseLayout(title, {
    barmode: 'group',
    bargap: 0.25,
    xaxis: axis(xTitle, { tickvals: datasets.map((_, j) => j), ticktext: ticks, showgrid: false }),
    yaxis: axis(yTitle, unit ? { range: [Math.min(...lows) * 1.08, 1.03] } : { rangemode: 'tozero' }),
    showlegend: names.length > 1,
  })
  return { data, layout }
}

function check({ dataset, name, mean, min = mean, max = mean }: Score): void {
  const where = `scoreBars (${name} on ${dataset})`
  checkFinite(where, 'mean, min and max', [mean, min, max])
  // The mean of floating-point numbers can round to just outside of their range, which is no mistake of the caller's.
  const slack = 1e-9 * Math.max(1, Math.abs(mean))
  if (min > mean + slack || max < mean - slack) throw new RangeError(`${where}: expected min ≤ mean ≤ max, got ${min}, ${mean}, ${max}`)
}
