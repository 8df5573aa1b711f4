import { checkNames } from '../optionChecks.js'
import { bestAssignment } from './assignment.js'
import type { Figure } from './figure.js'
import { flatTable, heatMap, tableNames } from './heatMap.js'
import type { Contingency, Name } from './heatMap.js'

/** Options of confusion. */
export interface ConfusionOptions {
  /** Default 'Classes and clusters'. */
  title?: string
  /** Names of the classes (default: the table's labels, else their numbers). */
  classNames?: readonly Name[]
  /** Names of the clusters (default: the table's labels, else their numbers). */
  clusterNames?: readonly Name[]
}

/**
 * A heat map of classes against clusters, coloured by the share of the class. Clusters come in the order of the best one-to-one match,
 * which puts the agreement on the diagonal; clusters without a class of their own follow, beside the class they hold most of.
 */
export function confusion(contingency: Contingency | readonly (readonly number[])[], options: ConfusionOptions = {}): Figure {
  checkNames('confusion', options, ['title', 'classNames', 'clusterNames'])
  const where = 'confusion'
  const { rows, columns, counts, rowLabels, columnLabels } = flatTable(where, contingency)
  const { title = 'Classes and clusters', classNames = rowLabels, clusterNames = columnLabels } = options
  const rowNames = tableNames(where, classNames, rows, 'classNames')
  const clusters = tableNames(where, clusterNames, columns, 'clusterNames')
  const at = (r: number, c: number): number => counts[r * columns + c]
  const totals = rowNames.map((_, r) => {
    let total = 0
    for (let c = 0; c < columns; c++) total += at(r, c)
    return total
  })
  const order = matchedOrder(rows, columns, at)
  return heatMap({
    title,
    rowNames,
    columnNames: order.map((c) => clusters[c]),
    count: (r, c) => at(r, order[c]),
    value: (r, c) => (totals[r] > 0 ? Math.round((1000 * at(r, order[c])) / totals[r]) / 10 : 0),
    colorTitle: '% of class',
    rowTitle: 'class',
    columnTitle: 'cluster, in the order of the best match',
    hovertemplate: 'class %{customdata[1]}, cluster %{customdata[0]}<br>%{customdata[2]:,} points, %{z} % of the class',
  })
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
