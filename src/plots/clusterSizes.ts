import type { Figure } from './figure.js'
import { axis, baseLayout, checkFinite, evenly, PALETTE } from './figure.js'
import { counted } from '../numberText.js'
import { checkNames } from '../optionChecks.js'

/** Options of clusterSizes. */
export interface ClusterSizesOptions {
  /** Default: 'Sizes of 10 clusters'. */
  title?: string
  /** What is counted (default 'points'). */
  yTitle?: string
}

/** Up to so many clusters each bar carries the cluster's number. */
const MAX_NAMED = 40
/** Beyond this many clusters bars would be thinner than a pixel. A line is drawn instead, through at most so many ranks. */
const MAX_BARS = 300
const MAX_RANKS = 2000

/** Points in each cluster, largest first. @param counts k counts, such as `model.counts` */
export function clusterSizes(counts: ArrayLike<number>, options: ClusterSizesOptions = {}): Figure {
  checkNames('clusterSizes', options, ['title', 'yTitle'])
  const k = counts.length
  if (k === 0) throw new RangeError('clusterSizes: expected at least one count, got none')
  checkFinite('clusterSizes', 'counts', counts)
  const order = Array.from({ length: k }, (_, j) => j).sort((a, b) => counts[b] - counts[a] || a - b)
  const bad = order[k - 1]
  if (counts[bad] < 0) throw new RangeError(`clusterSizes: expected counts of at least 0, got ${counts[bad]} (cluster ${bad})`)
  const { title = `Sizes of ${counted(k, 'cluster')}`, yTitle = 'points' } = options
  const named = k <= MAX_NAMED
  const ranks = evenly(k, MAX_RANKS)
  const shape =
    k <= MAX_BARS
      ? { type: 'bar', marker: { color: PALETTE[0] } }
      : { type: 'scatter', mode: 'lines', fill: 'tozeroy', line: { color: PALETTE[0], shape: 'hv', width: 1.5 } }
  const data = [
    {
      ...shape,
      x: ranks.map((r) => (named ? String(order[r]) : r + 1)),
      y: ranks.map((r) => counts[order[r]]),
      customdata: ranks.map((r) => order[r]),
      hovertemplate: `cluster %{customdata}: %{y:,} ${yTitle.replace(/[%{}<>&]/g, '')}<extra></extra>`,
    },
  ]
  const layout = baseLayout(title, {
    xaxis: axis(named ? 'cluster, largest first' : 'rank of the cluster, largest first', {
      showgrid: false,
      ...(named && { type: 'category', tickangle: 0, dtick: 1 }),
    }),
    yaxis: axis(yTitle, { rangemode: 'tozero', tickformat: ',' }),
    showlegend: false,
    height: 360,
  })
  return { data, layout }
}
