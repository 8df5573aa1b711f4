import { checkNames } from '../optionChecks.js'
import type { Figure } from './figure.js'
import { axis, baseLayout, checkFinite, DASHES, PALETTE, plainText, roundedTo, SYMBOLS } from './figure.js'

/** One library or device, measured at several sizes. */
export interface TimeSeries {
  name: string
  /** The sizes, in any order, and the seconds each took: median of the runs, and where they lay. */
  points: readonly { x: number; seconds: number; min?: number; max?: number }[]
  /** Recorded elsewhere, to compare with: drawn broken, with open marks (default false). */
  reference?: boolean
}

/** Options of times. */
export interface TimesOptions {
  /** Default: 'Time against n'. */
  title?: string
  /** What grows, as the axis says it (default 'n'): 'n', 'k', 'd', 'threads'. */
  against?: string
  /** Logarithmic axes (default true): a straight line is a power of the size, twice as steep where the power is. */
  log?: boolean
}

/** Another symbol for each neighbour, and once the colours start again for the same colour too: 32 series differ. */
const symbolOf = (i: number): string => SYMBOLS[(i + Math.floor(i / PALETTE.length)) % 4]

const NAMES: Record<string, string> = { n: 'n, points', k: 'k, clusters', d: 'd, columns' }

/** Seconds against a size, a line for each library or device, with whiskers from the least to the largest run. */
export function times(series: readonly TimeSeries[], options: TimesOptions = {}): Figure {
  checkNames('times', options, ['title', 'against', 'log'])
  const { against = 'n', title = `Time against ${against}`, log = true } = options
  if (series.length === 0) throw new RangeError('times: expected at least one series, got none')
  const data = series.map(({ name, points, reference = false }, i) => {
    if (points.length === 0) throw new RangeError(`times: expected at least one point in series '${name}', got none`)
    const sorted = points.toSorted((a, b) => a.x - b.x)
    for (const { x, seconds, min = seconds, max = seconds } of sorted) {
      checkFinite('times', `numbers in series '${name}'`, [x, seconds, min, max])
      if (log && !(x > 0 && min > 0))
        throw new RangeError(`times: expected sizes and seconds above 0 in series '${name}' (log: true), got ${x} and ${min}`)
      if (min > seconds || max < seconds)
        throw new RangeError(`times: expected min ≤ seconds ≤ max in series '${name}', got ${min}, ${seconds}, ${max}`)
    }
    const rounded = roundedTo(4, [0, 1])
    const color = PALETTE[i % PALETTE.length]
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: plainText(name, 30, 2),
      x: sorted.map(({ x }) => x),
      y: sorted.map(({ seconds }) => rounded(seconds)),
      error_y: {
        type: 'data',
        symmetric: false,
        array: sorted.map(({ seconds, max = seconds }) => rounded(max - seconds)),
        arrayminus: sorted.map(({ seconds, min = seconds }) => rounded(seconds - min)),
        visible: sorted.some(({ min, max }) => min !== undefined || max !== undefined),
        thickness: 1.2,
        width: 3,
      },
      line: { color, width: 2, dash: reference ? DASHES[1] : DASHES[0] },
      marker: { size: 8, symbol: `${symbolOf(i)}${reference ? '-open' : ''}`, color },
      hovertemplate: `${plainText(against)} = %{x:,}: %{y} s<extra>%{fullData.name}</extra>`,
    }
  })
  const sizes = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b)
  const what = NAMES[against] ?? against
  const layout = baseLayout(title, {
    xaxis: axis(
      log ? `${what} (logarithmic)` : what,
      log ? { type: 'log', ...sizeTicks(sizes) } : { rangemode: 'tozero', tickformat: ',' },
    ),
    yaxis: axis(
      log ? 'seconds (logarithmic)' : 'seconds',
      log ? { type: 'log', dtick: 'D2', tickformat: '~g', ...wideEnough(series) } : { rangemode: 'tozero' },
    ),
    showlegend: series.length > 1,
    hovermode: 'closest',
  })
  return { data, layout }
}

/** The sizes themselves as ticks, where their labels have room: at most twelve, each a fifth larger than the one before. */
function sizeTicks(sizes: readonly number[]): Record<string, unknown> {
  const far = sizes.every((size, i) => i === 0 || size >= 1.2 * sizes[i - 1])
  return sizes.length <= 12 && far ? { tickvals: sizes, ticktext: sizes.map(short) } : {}
}

/** 102400 → '102,400', 3276800 → '3.28M'. */
const short = (value: number): string =>
  value < 1e6
    ? value.toLocaleString('en-US')
    : value < 1e9
      ? `${Number((value / 1e6).toPrecision(3))}M`
      : `${Number((value / 1e9).toPrecision(3))}G`

/** The range of the time axis, widened where all times lie within a factor of 5: between times so close there may be no tick. */
function wideEnough(series: readonly TimeSeries[]): Record<string, unknown> {
  const all = series.flatMap(({ points }) => points.flatMap(({ seconds, min = seconds, max = seconds }) => [min, max]))
  const low = Math.min(...all)
  const high = Math.max(...all)
  return high / low >= 5 ? {} : { range: [Math.log10(low / 2), Math.log10(high * 2)] }
}
