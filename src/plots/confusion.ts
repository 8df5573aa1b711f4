import { bestAssignment } from './assignment.js'
import type { Figure } from './figure.js'
import { axis, baseLayout, formatCount, plainText } from './figure.js'

/** Counts of points by class (row) and cluster (column), row by row, as `metrics.contingencyMatrix` returns them. */
export interface Contingency {
  readonly rows: number
  readonly columns: number
  readonly counts: ArrayLike<number>
  /** What the rows stand for, and the columns. */
  readonly rowLabels?: readonly Name[]
  readonly columnLabels?: readonly Name[]
}

/** A label of any kind that `metrics` takes. */
type Name = string | number | bigint | boolean

export interface ConfusionOptions {
  /** Default 'Classes and clusters'. */
  title?: string
  /** Names of the classes (default: the table's labels, else their numbers). */
  classNames?: readonly Name[]
  /** Names of the clusters (default: the table's labels, else their numbers). */
  clusterNames?: readonly Name[]
}

/** Up to so many columns each cell carries its count. */
const MAX_TEXT = 14
const NAME_LENGTH = 18

/**
 * A heat map of classes against clusters, coloured by the share of the class. Clusters come in the order of the best one-to-one match, which puts
 * the agreement on the diagonal; clusters without a class of their own follow, beside the class they hold most of.
 */
export function confusion(contingency: Contingency | readonly (readonly number[])[], options: ConfusionOptions = {}): Figure {
  const { rows, columns, counts, rowLabels, columnLabels } = flat(contingency)
  const { title = 'Classes and clusters', classNames = rowLabels, clusterNames = columnLabels } = options
  const classes = names(classNames, rows, 'classNames')
  const clusters = names(clusterNames, columns, 'clusterNames')
  const at = (r: number, c: number): number => counts[r * columns + c]
  const totals = Array.from({ length: rows }, (_, r) => {
    let total = 0
    for (let c = 0; c < columns; c++) total += at(r, c)
    return total
  })
  const order = matchedOrder(rows, columns, at)
  const cells = (value: (r: number, c: number) => number): number[][] => totals.map((_, r) => order.map((c) => value(r, c)))
  const shares = cells((r, c) => (totals[r] > 0 ? Math.round((1000 * at(r, c)) / totals[r]) / 10 : 0))
  const withText = columns <= MAX_TEXT && rows <= MAX_TEXT * 2
  const data = [
    {
      type: 'heatmap',
      x: order.map((_, i) => i),
      y: totals.map((_, r) => r),
      z: shares,
      customdata: totals.map((_, r) => order.map((c) => [plainText(clusters[c]), plainText(classes[r]), at(r, c)])),
      zmin: 0,
      zmax: Math.max(1, ...shares.map((row) => Math.max(...row))),
      colorscale: 'Viridis',
      xgap: columns > 60 ? 0 : 1,
      ygap: rows > 60 ? 0 : 1,
      colorbar: { title: { text: '% of class', side: 'right' }, thickness: 14, outlinewidth: 0 },
      hovertemplate: 'class %{customdata[1]}, cluster %{customdata[0]}<br>%{customdata[2]:,} points, %{z} % of the class<extra></extra>',
      ...(withText && { text: cells(at).map((row) => row.map(formatCount)), texttemplate: '%{text}', textfont: { size: 11 } }),
    },
  ]
  const layout = baseLayout(title, {
    xaxis: axis(
      'cluster, in the order of the best match',
      ticks(
        order.map((c) => clusters[c]),
        34,
      ),
    ),
    yaxis: { ...axis('class', ticks(classes, 40)), autorange: 'reversed' },
    height: 140 + Math.max(200, Math.min(rows * 34, 900)),
  })
  return { data, layout }
}

function flat(table: Contingency | readonly (readonly number[])[]): Contingency {
  const where = 'confusion'
  const result = 'counts' in table ? table : { rows: table.length, columns: table[0]?.length ?? 0, counts: table.flat() }
  const { rows, columns, counts } = result
  if (!(rows > 0 && columns > 0)) throw new RangeError(`${where}: expected at least one class and one cluster, got ${rows} × ${columns}`)
  if (counts.length !== rows * columns || ('length' in table && table.some((row) => row.length !== columns)))
    throw new RangeError(`${where}: expected ${rows} · ${columns} counts, one for each class and cluster, got ${counts.length}`)
  for (let i = 0; i < counts.length; i++)
    if (!(counts[i] >= 0 && counts[i] < Infinity))
      throw new RangeError(
        `${where}: expected counts of at least 0, got ${counts[i]} (class ${Math.floor(i / columns)}, cluster ${i % columns})`,
      )
  return result
}

function names(given: readonly Name[] | undefined, length: number, what: string): string[] {
  if (given && given.length !== length) throw new RangeError(`confusion: expected ${length} ${what}, got ${given.length}`)
  return Array.from({ length }, (_, i) => String(given?.[i] ?? i))
}

/** Tick labels at most `most` of them, evenly; a label that is cut is whole in the hover text. */
function ticks(labels: readonly string[], most: number): Record<string, unknown> {
  const step = Math.ceil(labels.length / most)
  const tickvals = labels.map((_, i) => i).filter((i) => i % step === 0)
  const ticktext = tickvals.map((i) => plainText(labels[i].length > NAME_LENGTH ? `${labels[i].slice(0, NAME_LENGTH - 1)}…` : labels[i]))
  return { tickvals, ticktext, showgrid: false }
}

/** Columns in the order of the rows they match best; then the others by the row of their largest count, larger counts first. */
function matchedOrder(rows: number, columns: number, at: (r: number, c: number) => number): number[] {
  const columnOfRow = new Int32Array(rows).fill(-1)
  if (rows <= columns) columnOfRow.set(bestAssignment(rows, columns, at))
  else for (const [c, r] of bestAssignment(columns, rows, (c, r) => at(r, c)).entries()) columnOfRow[r] = c
  const matched = [...columnOfRow].filter((c) => c >= 0)
  const taken = new Set(matched)
  const rest = Array.from({ length: columns }, (_, c) => c).filter((c) => !taken.has(c))
  const mainRow = rest.map((c) => {
    let best = 0
    for (let r = 1; r < rows; r++) if (at(r, c) > at(best, c)) best = r
    return best
  })
  const byRow = rest.map((c, i) => ({ c, row: mainRow[i] })).sort((a, b) => a.row - b.row || at(b.row, b.c) - at(a.row, a.c) || a.c - b.c)
  return [...matched, ...byRow.map(({ c }) => c)]
}
