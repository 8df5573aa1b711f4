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
  if (uses.length === 0) throw new RangeError('memory: expected at least one bar, got none')
  for (const { name, parts } of uses) {
    const bytes = Object.values(parts)
    checkFinite('memory', `bytes in '${name}'`, bytes)
    if (bytes.some((value) => value < 0))
      throw new RangeError(`memory: expected bytes of at least 0 in '${name}', got ${Math.min(...bytes)}`)
  }
  checkFinite('memory', 'limits', Object.values(limits))
  const totals = uses.map(({ parts }) => Object.values(parts).reduce((sum, bytes) => sum + bytes, 0))
  const most = Math.max(...totals, ...Object.values(limits))
  const [unit, unitName] = UNITS.find(([bytes]) => most >= bytes) ?? UNITS[UNITS.length - 1]
  const scaled = (bytes: number): number => Number((bytes / unit).toPrecision(5))
  const names = [...new Set(uses.flatMap(({ parts }) => Object.keys(parts)))]
  const rows = uses.map((_, i) => i)
  const data: Figure['data'] = names.map((name, i) => ({
    type: 'bar',
    orientation: 'h',
    name: plainText(name, 26, 2),
    y: rows,
    x: uses.map(({ parts }) => scaled(parts[name] ?? 0)),
    customdata: uses.map(({ parts }) => formatBytes(parts[name] ?? 0)),
    marker: {
      color: PALETTE[i % PALETTE.length],
      line: { color: '#ffffff', width: 1 },
      pattern: { shape: i >= PALETTE.length ? '/' : '' },
    },
    hovertemplate: '%{customdata}<extra>%{fullData.name}</extra>',
  }))
  // The sums as text: a trace of its own, so that they move with the bars.
  data.push({
    type: 'scatter',
    mode: 'text',
    y: rows,
    x: totals.map(scaled),
    text: totals.map((total) => ` ${formatBytes(total)}`),
    textposition: 'middle right',
    showlegend: false,
    hoverinfo: 'skip',
    cliponaxis: false,
  })
  const lines = Object.entries(limits)
  const layout = baseLayout(title, {
    barmode: 'stack',
    showlegend: names.length > 1,
    bargap: 0.35,
    xaxis: axis(unitName, { range: [0, scaled(most) * 1.14], rangemode: 'tozero' }),
    yaxis: axis('', { tickvals: rows, ticktext: uses.map(({ name }) => plainText(name, 24, 2)), autorange: 'reversed', showgrid: false }),
    legend: { orientation: 'h', y: -0.16 - 0.5 / uses.length, yanchor: 'top', x: 0, traceorder: 'normal' },
    shapes: lines.map(([, bytes]) => ({
      type: 'line',
      x0: scaled(bytes),
      x1: scaled(bytes),
      yref: 'paper',
      y0: 0,
      y1: 1,
      line: { color: '#222222', width: 1.5, dash: 'dash' },
    })),
    annotations: lines.map(([name, bytes], i) => ({
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
    })),
    height: 200 + 44 * uses.length,
  })
  if (lines.length > 0) (layout.margin as { t: number }).t += 20 + 16 * Math.min(1, lines.length - 1)
  return { data, layout }
}
