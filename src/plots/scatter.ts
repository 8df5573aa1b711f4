import { tooFewLabels } from '../labelCount.js'
import type { Points, PointsInput } from '../points.js'
import { takeRows, toPoints } from '../points.js'
import { random, sampleWithoutReplacement, STREAM } from '../random.js'
import type { Figure } from './figure.js'
import { axis, baseLayout, PALETTE, plainText, roundedTo, SYMBOLS } from './figure.js'
import { counted, formatCount } from '../numberText.js'
import { checkNames } from '../optionChecks.js'
import { principalPlane, project } from './pca.js'

/** Options of scatter. */
export interface ScatterOptions {
  /** k×d, drawn as crosses. */
  centroids?: PointsInput
  /** Columns of x, needed where x is a flat array. */
  d?: number
  /** n names of the points, shown when pointing at them. */
  names?: readonly string[]
  /** Points shown; beyond it a seeded sample is (default 10,000: a second of drawing). */
  maxPoints?: number
  /** Seed of that sample (default 0). */
  seed?: number
  /** Default: '1,797 points in 10 clusters'. */
  title?: string
}

/** Up to so many clusters each has its line in the legend; beyond, the cluster is read by pointing at a dot. */
const MAX_LEGEND = 20

/**
 * Points as dots, coloured by cluster. Beyond two columns the plane of the two largest principal components of the points shown
 * (`principalPlane`); a single column is drawn against the cluster.
 * @param labels cluster of each of the n points: integers such as `model.labels`, or names
 */
export async function scatter(x: PointsInput, labels: ArrayLike<number | string>, options: ScatterOptions = {}): Promise<Figure> {
  checkNames('scatter', options, ['centroids', 'd', 'names', 'maxPoints', 'seed', 'title'])
  const { centroids, names: pointNames, maxPoints = 10_000, seed = 0 } = options
  const all = await toPoints(x, { where: 'scatter', ...(options.d !== undefined && { d: options.d }) })
  const { n, d } = all
  const { length } = labels
  if (length !== n) throw new RangeError(`scatter: expected n = ${n} labels, got ${length}${tooFewLabels(length, n)}`)
  if (pointNames && pointNames.length !== n) throw new RangeError(`scatter: expected n = ${n} names, got ${pointNames.length}`)
  if (!Number.isInteger(maxPoints) || maxPoints < 1)
    throw new RangeError(`scatter: expected maxPoints to be a positive integer, got ${maxPoints}`)
  const { clusters, rank } = ranked(labels)
  const ids = n > maxPoints ? sampleWithoutReplacement(n, maxPoints, random(seed, STREAM.subsample)).sort() : undefined
  const shown = ids ? takeRows(all, ids) : all
  const shownRank = ids ? Int32Array.from(ids, (i) => rank[i]) : rank
  const shownNames = ids && pointNames ? Array.from(ids, (i) => pointNames[i]) : pointNames
  checkPoints(shown, ids)

  const means = centroids === undefined ? undefined : await toPoints(centroids, { where: 'scatter', d })
  if (means) checkPoints(means)
  const plane = d > 2 ? principalPlane(shown) : undefined
  const coordinates = (points: Points): ArrayLike<number>[] => (plane ? project(points, plane) : columnsOf(points))
  const [px, py = shownRank] = coordinates(shown)
  const [roundX, roundY] = [roundedTo(4, px), roundedTo(4, py)]
  const dots = { x: Array.from(px, roundX), y: Array.from(py, roundY), rank: shownRank, names: shownNames }
  const data = clusterTraces(dots, clusters)
  if (means) {
    const [cx, cy = Array.from({ length: means.n }, (_, j) => j)] = coordinates(means)
    data.push(centroidTrace(Array.from(cx, roundX), Array.from(cy, roundY)))
  }

  const part = ids ? ` (${formatCount(maxPoints)} shown)` : ''
  const title = options.title ?? `${counted(n, 'point')} in ${counted(clusters.length, 'cluster')}${part}`
  const names = plane
    ? plane.explained.map((share, i) => `principal component ${i + 1} (${(100 * share).toFixed(1)} % of variance)`)
    : ['column 1', d === 2 ? 'column 2' : 'cluster']
  const layout = baseLayout(title, {
    xaxis: axis(names[0], roomAround(px)),
    yaxis: axis(names[1], d === 1 ? clusterTicks(clusters) : roomAround(py)),
    height: 520,
    hovermode: 'closest',
    legend: { itemsizing: 'constant', tracegroupgap: 0 },
  })
  return { data, layout }
}

/** The different labels in ascending order, and for each point the place of its label among them. */
function ranked(labels: ArrayLike<number | string>): { clusters: (number | string)[]; rank: Int32Array } {
  const seen = new Set<number | string>()
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]
    if (typeof label !== 'string' && !Number.isInteger(label))
      throw new RangeError(`scatter: expected labels to be integers or names, got ${label} (row ${i})`)
    seen.add(label)
  }
  const clusters = [...seen].sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1))
  const places = new Map(clusters.map((cluster, place) => [cluster, place]))
  return { clusters, rank: Int32Array.from({ length: labels.length }, (_, i) => places.get(labels[i]) ?? 0) }
}

function checkPoints({ blocks, d }: Points, ids?: Uint32Array): void {
  let row = 0
  for (const block of blocks) {
    const bad = block.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) {
      const at = row + Math.floor(bad / d)
      throw new RangeError(`scatter: expected finite values, got ${block[bad]} (row ${ids?.[at] ?? at}, column ${bad % d})`)
    }
    row += block.length / d
  }
}

/** Where all values are equal, a range around them: that of Plotly's starts at a tick on both axes, whose labels then lie on each other. */
function roomAround(values: ArrayLike<number>): { range?: [number, number] } {
  const first = values[0]
  for (let i = 1; i < values.length; i++) if (values[i] !== first) return {}
  const room = 1.1 * Math.max(1, Math.abs(first) / 10)
  return { range: [first - room, first + room] }
}

/** The one or two columns of points of d ≤ 2. */
function columnsOf({ blocks, n, d }: Points): Float64Array[] {
  const columns = Array.from({ length: d }, () => new Float64Array(n))
  let i = 0
  for (const block of blocks)
    for (let row = 0; row < block.length; row += d, i++) for (let t = 0; t < d; t++) columns[t][i] = block[row + t]
  return columns
}

const clusterTicks = (clusters: readonly (number | string)[]): Record<string, unknown> => {
  const step = Math.ceil(clusters.length / 20)
  const tickvals = clusters.map((_, i) => i).filter((i) => i % step === 0)
  return { tickvals, ticktext: tickvals.map((i) => plainText(String(clusters[i]), 18, 1)) }
}

const nameOf = (cluster: number | string): string => plainText(typeof cluster === 'number' ? `cluster ${cluster}` : cluster, 26, 2)

/** The points as they are drawn: their places in the plane, their clusters by place among the sorted ones, and their names if they have any. */
interface Dots {
  x: readonly number[]
  y: readonly number[]
  rank: Int32Array
  names?: readonly string[]
}

/** One trace a cluster where there is a legend; else one a style, so that a thousand clusters are still forty traces. */
function clusterTraces(dots: Dots, clusters: readonly (number | string)[]): Figure['data'] {
  const { rank, names: pointNames } = dots
  const styles = PALETTE.length * SYMBOLS.length
  const size = rank.length > 5000 ? 4 : 6
  const points = Array.from({ length: Math.min(clusters.length, styles) }, () => ({
    x: [] as number[],
    y: [] as number[],
    text: [] as string[],
  }))
  const names = clusters.map(nameOf)
  for (let i = 0; i < rank.length; i++) {
    const { x, y, text } = points[rank[i] % styles]
    x.push(dots.x[i])
    y.push(dots.y[i])
    text.push(pointNames ? `${plainText(pointNames[i], 40)}, ${names[rank[i]]}` : names[rank[i]])
  }
  const legend = clusters.length <= MAX_LEGEND
  return points.map(({ x, y, text }, i) => ({
    type: 'scatter',
    mode: 'markers',
    name: names[i],
    x,
    y,
    text: legend && !pointNames ? names[i] : text,
    marker: { color: PALETTE[i % PALETTE.length], symbol: SYMBOLS[Math.floor(i / PALETTE.length)], size, opacity: 0.75 },
    hovertemplate: '%{text}<br>(%{x}, %{y})<extra></extra>',
    showlegend: legend,
  }))
}

function centroidTrace(x: number[], y: number[]): Figure['data'][number] {
  return {
    type: 'scatter',
    mode: 'markers',
    name: 'centroids',
    x,
    y,
    text: x.map((_, j) => `centroid ${j}`),
    marker: { color: '#ffffff', symbol: 'x', size: 10, line: { color: '#000000', width: 1.5 } },
    hovertemplate: '%{text}<br>(%{x}, %{y})<extra></extra>',
  }
}
