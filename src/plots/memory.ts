import type { Figure } from './figure.js'
import { axis, baseLayout, checkFinite, PALETTE, plainText } from './figure.js'
import { formatBytes } from '../numberText.js'
import { checkNames } from '../optionChecks.js'

/** One bar: what a run, a device or a plan holds, in bytes, by part. */
export interface MemoryUse {
  name: string
  /** Bytes of each part, in the order they are stacked: { points: 13e9, centroids: 134e6 }. */
  parts: Readonly<Record<string, number>>
}

/** Options of memory. */
export interface MemoryOptions {
  /** Default 'Memory'. */
  title?: string
  /** Lines across the bars: { '80 GB card': 80e9 }. */
  limits?: Readonly<Record<string, number>>
}

const UNITS: readonly (readonly [bytes: number, name: string])[] = [[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB'], [1, 'bytes']] // prettier-ignore

/** Bytes as stacked horizontal bars, one for each use, the sum at its end; broken lines at the limits. */
export function memory(uses: readonly MemoryUse[], options: MemoryOptions = {}): Figure {
  checkNames('memory', options, ['title', 'limits'])
  const { title = 'Memory', limits = {} } = options
  checkUses(uses)
  checkFinite('memory', 'limits', Object.values(limits))
  const totals = uses.map(({ parts }) => Object.values(parts).reduce((sum, bytes) => sum + bytes, 0))
  const most = Math.max(...totals, ...Object.values(limits))
  const [unit, unitName] = UNITS.find(([bytes]) => most >= bytes) ?? UNITS[UNITS.length - 1]
  const scaled = (bytes: number): number => Number((bytes / unit).toPrecision(5))
  const rows = uses.map((_, i) => i)
  const bars = barTraces(uses, scaled)
  const lines = Object.entries(limits)
  const layout = baseLayout(title, {
    barmode: 'stack',
    showlegend: bars.length > 1,
    bargap: 0.35,
    xaxis: axis(unitName, { range: [0, scaled(most) * 1.14], rangemode: 'tozero' }),
    yaxis: axis('', { tickvals: rows, ticktext: uses.map(({ name }) => plainText(name, 24, 2)), autorange: 'reversed', showgrid: false }),
    legend: { orientation: 'h', y: -0.16 - 0.5 / uses.length, yanchor: 'top', x: 0, traceorder: 'normal' },
    ...limitLines(lines, scaled, most),
    height: 200 + 44 * uses.length,
  })
  if (lines.length > 0) (layout.margin as { t: number }).t += 20 + 16 * Math.min(1, lines.length - 1)
  return { data: [...bars, sumsTrace(totals, scaled)], layout }
}

function checkUses(uses: readonly MemoryUse[]): void {
  if (uses.length === 0) throw new RangeError('memory: expected at least one bar, got none')
  for (const { name, parts } of uses) {
    const bytes = Object.values(parts)
    checkFinite('memory', `bytes in '${name}'`, bytes)
    if (bytes.some((value) => value < 0))
      throw new RangeError(`memory: expected bytes of at least 0 in '${name}', got ${Math.min(...bytes)}`)
  }
}

/** One trace a part, over all bars: 0 in bars that do not have it. @param scaled bytes in the unit of the axis */
function barTraces(uses: readonly MemoryUse[], scaled: (bytes: number) => number): Figure['data'] {
  const names = [...new Set(uses.flatMap(({ parts }) => Object.keys(parts)))]
  return names.map((name, i) => ({
    type: 'bar',
    orientation: 'h',
    name: plainText(name, 26, 2),
    y: uses.map((_, row) => row),
    x: uses.map(({ parts }) => scaled(parts[name] ?? 0)),
    customdata: uses.map(({ parts }) => formatBytes(parts[name] ?? 0)),
    marker: {
      color: PALETTE[i % PALETTE.length],
      line: { color: '#ffffff', width: 1 },
      pattern: { shape: i >= PALETTE.length ? '/' : '' },
    },
    hovertemplate: '%{customdata}<extra>%{fullData.name}</extra>',
  }))
}

/** The sums as text at the bars' ends: a trace of its own, so that they move with the bars. */
const sumsTrace = (totals: readonly number[], scaled: (bytes: number) => number): Figure['data'][number] => ({
  type: 'scatter',
  mode: 'text',
  y: totals.map((_, row) => row),
  x: totals.map(scaled),
  text: totals.map((total) => ` ${formatBytes(total)}`),
  textposition: 'middle right',
  showlegend: false,
  hoverinfo: 'skip',
  cliponaxis: false,
})

/** Broken lines across the bars, and their names above, on the side where there is room. @param most bytes at the right end of the axis */
function limitLines(
  limits: readonly (readonly [name: string, bytes: number])[],
  scaled: (bytes: number) => number,
  most: number,
): Record<'shapes' | 'annotations', Record<string, unknown>[]> {
  const shapes = limits.map(([, bytes]) => ({
    type: 'line',
    x0: scaled(bytes),
    x1: scaled(bytes),
    yref: 'paper',
    y0: 0,
    y1: 1,
    line: { color: '#222222', width: 1.5, dash: 'dash' },
  }))
  const annotations = limits.map(([name, bytes], i) => ({
    x: scaled(bytes),
    yref: 'paper',
    y: 1,
    yanchor: 'bottom',
    // One above the other, since two limits can lie close together.
    yshift: 2 + 16 * (i % 2),
    xanchor: bytes > 0.6 * most ? 'right' : 'left',
    showarrow: false,
    text: `${plainText(name, 40, 1)}: ${formatBytes(bytes)}`,
    font: { size: 12 },
  }))
  return { shapes, annotations }
}
