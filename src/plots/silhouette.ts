import type { Figure } from './figure.js'
import { axis, baseLayout, checkFinite, evenly, PALETTE, plainText } from './figure.js'
import { counted, formatCount } from '../numberText.js'
import { checkNames } from '../optionChecks.js'

/** Options of silhouette. */
export interface SilhouetteOptions {
  /** Default: 'Silhouettes of 1,797 points, mean 0.182'. */
  title?: string
  /** Names of the clusters, in ascending order of their labels (default: the labels). */
  names?: readonly string[]
}

/** Up to so many clusters each is drawn as a blade of its points; beyond, clusters are summed up. */
const MAX_BLADES = 40
/** At most so many points are drawn, evenly chosen, in proportion to the clusters' sizes. */
const MAX_POINTS = 4000
/** Part of the height that lies between blades. */
const GAPS = 0.08

/**
 * Silhouettes, the classic plot: for each cluster its points' values, largest first, one below the other; a broken line at the mean of all.
 * Points below 0 lie nearer to another cluster than to their own. Beyond 40 clusters: the quartiles of each, clusters in the order of their
 * median. Source: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis" (1987).
 * @param values n silhouettes in [−1, 1], such as `await metrics.silhouetteSamples(x, km.labels)`
 * @param labels cluster of each of the n points
 */
export function silhouette(values: ArrayLike<number>, labels: ArrayLike<number | string>, options: SilhouetteOptions = {}): Figure {
  checkNames('silhouette', options, ['title', 'names'])
  const n = values.length
  if (n === 0) throw new RangeError('silhouette: expected at least one value, got none')
  if (labels.length !== n) throw new RangeError(`silhouette: expected n = ${n} labels, got ${labels.length}`)
  checkFinite('silhouette', 'values', values)
  const groups = grouped(values, labels)
  const { names } = options
  if (names && names.length !== groups.length) throw new RangeError(`silhouette: expected ${groups.length} names, got ${names.length}`)
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]
  const mean = sum / n
  const labelled = groups.map((group, i) => ({ ...group, name: names?.[i] ?? String(group.label) }))
  const title = options.title ?? `Silhouettes of ${counted(n, 'point')}, mean ${mean.toFixed(3)}`
  const meanLine = { type: 'line', layer: 'above', line: { color: '#222222', width: 1.5, dash: 'dash' } }
  const low = groups.reduce((least, { sorted }) => Math.min(least, sorted[sorted.length - 1]), 0)
  const range = [low < 0 ? Math.max(-1.02, low - 0.04) : -0.02, 1.02]
  const scale = { range, zeroline: true, zerolinecolor: '#888888' }
  if (groups.length > MAX_BLADES) {
    return {
      data: summaryTraces(labelled),
      layout: baseLayout(title, {
        xaxis: axis('rank of the cluster, by its median', { showgrid: false }),
        yaxis: axis('silhouette', scale),
        showlegend: true,
        legend: { orientation: 'h', y: 1.02, yanchor: 'bottom', x: 1, xanchor: 'right' },
        shapes: [{ ...meanLine, xref: 'paper', x0: 0, x1: 1, y0: mean, y1: mean }],
      }),
    }
  }
  const { data, middles } = blades(labelled, n)
  return {
    data,
    layout: baseLayout(title, {
      xaxis: axis('silhouette', scale),
      yaxis: axis('cluster', {
        tickvals: middles,
        ticktext: labelled.map(({ name }) => plainText(name, 18, groups.length > 8 ? 1 : 2)),
        showgrid: false,
        range: [1, 0],
      }),
      shapes: [{ ...meanLine, yref: 'paper', y0: 0, y1: 1, x0: mean, x1: mean }],
      showlegend: false,
      hovermode: 'closest',
      height: Math.max(360, Math.min(900, 160 + 24 * groups.length)),
    }),
  }
}

interface Group {
  label: number | string
  /** Descending. */
  sorted: Float64Array
}

/** The clusters in ascending order of their labels. */
function grouped(values: ArrayLike<number>, labels: ArrayLike<number | string>): Group[] {
  const groups = new Map<number | string, number[]>()
  for (let i = 0; i < values.length; i++) {
    const group = groups.get(labels[i])
    if (group) group.push(values[i])
    else groups.set(labels[i], [values[i]])
  }
  return [...groups]
    .map(([label, members]) => ({ label, sorted: Float64Array.from(members).sort().reverse() }))
    .sort((a, b) =>
      typeof a.label === 'number' && typeof b.label === 'number' ? a.label - b.label : String(a.label) < String(b.label) ? -1 : 1,
    )
}

const rounded = (value: number): number => Number(value.toFixed(4))

/** One filled area for each cluster; the heights, as shares of the whole, are in proportion to the sizes. */
function blades(groups: readonly (Group & { name: string })[], n: number): { data: Figure['data']; middles: number[] } {
  const gap = GAPS / (groups.length + 1)
  let top = gap
  const middles: number[] = []
  const data = groups.map(({ name, sorted }, i) => {
    const height = ((1 - GAPS) * sorted.length) / n
    const shown = evenly(sorted.length, Math.max(2, Math.round((MAX_POINTS * sorted.length) / n)))
    const y = shown.map((at) => Number((top + (height * (at + 0.5)) / sorted.length).toFixed(5)))
    const x = shown.map((at) => rounded(sorted[at]))
    middles.push(top + height / 2)
    // The area reaches from the upper edge of the first point's strip to the lower edge of the last one's: one point has an area too.
    const edges = { x: [x[0], ...x, x[x.length - 1]], y: [top, ...y, top + height] }
    top += height + gap
    const mean = rounded(sorted.reduce((sum, value) => sum + value, 0) / sorted.length)
    return {
      type: 'scatter',
      mode: 'lines',
      name: plainText(name, 26, 2),
      ...edges,
      fill: 'tozerox',
      fillcolor: `${PALETTE[i % PALETTE.length]}cc`,
      line: { color: PALETTE[i % PALETTE.length], width: 0.5, shape: 'vh' },
      hovertemplate: `%{x}<extra>cluster ${plainText(name, 26)}: ${formatCount(sorted.length)} points, mean ${mean}</extra>`,
    }
  })
  return { data, middles }
}

const at = (sorted: Float64Array, share: number): number => sorted[Math.round(share * (sorted.length - 1))]

/** Median and middle half of each cluster, clusters by descending median; of more than fit, evenly chosen ones. */
function summaryTraces(groups: readonly (Group & { name: string })[]): Figure['data'] {
  const ordered = groups.toSorted((a, b) => at(b.sorted, 0.5) - at(a.sorted, 0.5))
  const ranks = evenly(ordered.length, 1000)
  const quartile = (share: number): number[] => ranks.map((rank) => rounded(at(ordered[rank].sorted, share)))
  const x = ranks.map((rank) => rank + 1)
  return [
    {
      type: 'scatter',
      mode: 'lines',
      name: 'middle half of its points',
      x: [...x, ...x.toReversed()],
      y: [...quartile(0.25), ...quartile(0.75).reverse()],
      fill: 'toself',
      fillcolor: `${PALETTE[0]}44`,
      line: { width: 0 },
      hoverinfo: 'skip',
    },
    {
      type: 'scatter',
      mode: 'lines',
      name: 'median',
      x,
      y: quartile(0.5),
      line: { color: PALETTE[0], width: 2 },
      text: ranks.map((rank) => plainText(ordered[rank].name, 26)),
      hovertemplate: 'cluster %{text}: median %{y}<extra></extra>',
    },
  ]
}
