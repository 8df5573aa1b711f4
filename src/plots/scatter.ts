import type { Points, PointsInput } from '../points.js'
import { takeRows, toPoints } from '../points.js'
import { random, sampleWithoutReplacement, STREAM } from '../random.js'
import type { Figure } from './figure.js'
import { axis, baseLayout, counted, formatCount, PALETTE, roundTo, SYMBOLS } from './figure.js'
import { principalPlane, project } from './pca.js'

export interface ScatterOptions {
  /** k×d, drawn as crosses. */
  centroids?: PointsInput
  /** Columns of x, needed where x is a flat array. */
  d?: number
  /** Points shown; beyond it a seeded sample is (default 20,000). */
  maxPoints?: number
  /** Seed of that sample (default 0). */
  seed?: number
  /** Default: '1,797 points in 10 clusters'. */
  title?: string
}

/** Up to so many clusters each has its line in the legend; beyond, the cluster is read by pointing at a dot. */
const MAX_LEGEND = 20

/**
 * Points as dots, coloured by cluster. Beyond two columns the plane of the two largest principal components of the points shown (`principalPlane`);
 * a single column is drawn against the cluster.
 * @param labels cluster of each of the n points, integers
 */
export async function scatter(x: PointsInput, labels: ArrayLike<number>, options: ScatterOptions = {}): Promise<Figure> {
  const { centroids, maxPoints = 20_000, seed = 0 } = options
  const where = 'scatter'
  const all = await toPoints(x, { where, ...(options.d !== undefined && { d: options.d }) })
  const { n, d } = all
  if (labels.length !== n) throw new RangeError(`${where}: expected n = ${n} labels, got ${labels.length}`)
  if (!Number.isInteger(maxPoints) || maxPoints < 1)
    throw new RangeError(`${where}: expected maxPoints to be a positive integer, got ${maxPoints}`)
  const clusters = clustersOf(labels, where)
  const ids = n > maxPoints ? sampleWithoutReplacement(n, maxPoints, random(seed, STREAM.subsample)).sort() : undefined
  const shown = ids ? takeRows(all, ids) : all
  const shownLabels = ids ? Array.from(ids, (i) => labels[i]) : Array.from(labels)
  checkPoints(shown, ids, where)

  const means = centroids === undefined ? undefined : await toPoints(centroids, { where, d })
  const plane = d > 2 ? principalPlane(shown) : undefined
  const coordinates = (points: Points, at: (row: number) => number): number[][] => {
    const columns = plane
      ? project(points, plane)
      : [0, 1].map((t) => columnOf(points, t) ?? Float64Array.from({ length: points.n }, (_, i) => at(i)))
    return columns.map((column) => Array.from(column, (value) => roundTo(value, 4)))
  }
  const [px, py] = coordinates(shown, (i) => shownLabels[i])
  const data = clusterTraces(px, py, shownLabels, clusters)
  if (means) data.push(centroidTrace(coordinates(means, (j) => j)))

  const part = ids ? ` (${formatCount(maxPoints)} shown)` : ''
  const title = options.title ?? `${counted(n, 'point')} in ${counted(clusters.length, 'cluster')}${part}`
  const names = plane
    ? plane.explained.map((share, i) => `principal component ${i + 1} (${(100 * share).toFixed(1)} % of variance)`)
    : ['column 1', d === 2 ? 'column 2' : 'cluster']
  const layout = baseLayout(title, {
    xaxis: axis(names[0]),
    yaxis: axis(names[1], d === 1 ? { dtick: Math.max(1, Math.ceil(clusters.length / 20)) } : {}),
    height: 520,
    hovermode: 'closest',
    legend: { itemsizing: 'constant', tracegroupgap: 0 },
  })
  return { data, layout }
}

/** The different labels, ascending. */
function clustersOf(labels: ArrayLike<number>, where: string): number[] {
  const seen = new Set<number>()
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isInteger(labels[i])) throw new RangeError(`${where}: expected integer labels, got ${labels[i]} (row ${i})`)
    seen.add(labels[i])
  }
  return [...seen].sort((a, b) => a - b)
}

function checkPoints({ blocks, d }: Points, ids: Uint32Array | undefined, where: string): void {
  let row = 0
  for (const block of blocks) {
    const bad = block.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) {
      const at = row + Math.floor(bad / d)
      throw new RangeError(`${where}: expected finite values, got ${block[bad]} (row ${ids?.[at] ?? at}, column ${bad % d})`)
    }
    row += block.length / d
  }
}

function columnOf({ blocks, n, d }: Points, t: number): Float64Array | undefined {
  if (t >= d) return undefined
  const column = new Float64Array(n)
  let i = 0
  for (const block of blocks) for (let row = t; row < block.length; row += d) column[i++] = block[row]
  return column
}

/** One trace a cluster where there is a legend; else one a style, so that a thousand clusters are still forty traces. */
function clusterTraces(px: number[], py: number[], labels: number[], clusters: number[]): Figure['data'] {
  const rank = new Map(clusters.map((cluster, i) => [cluster, i]))
  const styles = PALETTE.length * SYMBOLS.length
  const legend = clusters.length <= MAX_LEGEND
  const traces: Figure['data'] = Array.from({ length: Math.min(clusters.length, styles) }, (_, i) => ({
    type: 'scatter',
    mode: 'markers',
    name: `cluster ${clusters[i]}`,
    x: [],
    y: [],
    customdata: [],
    marker: {
      color: PALETTE[i % PALETTE.length],
      symbol: SYMBOLS[Math.floor(i / PALETTE.length)],
      size: labels.length > 5000 ? 4 : 6,
      opacity: 0.75,
    },
    hovertemplate: 'cluster %{customdata}<br>(%{x}, %{y})<extra></extra>',
    showlegend: legend,
  }))
  for (let i = 0; i < labels.length; i++) {
    const trace = traces[(rank.get(labels[i]) ?? 0) % styles] as { x: number[]; y: number[]; customdata: number[] }
    trace.x.push(px[i])
    trace.y.push(py[i])
    trace.customdata.push(labels[i])
  }
  return traces
}

function centroidTrace([x, y]: number[][]): Figure['data'][number] {
  return {
    type: 'scatter',
    mode: 'markers',
    name: 'centroids',
    x,
    y,
    customdata: x.map((_, j) => j),
    marker: { color: '#ffffff', symbol: 'x', size: 10, line: { color: '#000000', width: 1.5 } },
    hovertemplate: 'centroid %{customdata}<br>(%{x}, %{y})<extra></extra>',
  }
}
