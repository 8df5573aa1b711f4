import { checkNames } from '../optionChecks.js'
import type { Figure } from './figure.js'
import { plainText } from './figure.js'
import { flatTable, heatMap, tableNames } from './heatMap.js'
import type { Contingency, Name } from './heatMap.js'

/** Options of contingency. */
export interface ContingencyOptions {
  /** Default 'Contingency'. */
  title?: string
  /** What the rows are (default 'true label'), and the columns (default 'cluster'). */
  rowTitle?: string
  columnTitle?: string
  /** Default: the table's labels, else their numbers. */
  rowNames?: readonly Name[]
  columnNames?: readonly Name[]
}

/**
 * A heat map of the counts of two labelings of the same points, rows and columns in their own order: two runs beside each other, or classes
 * and clusters. `confusion` sorts the clusters by the class they match, and colours by the share of the class.
 * @param table such as `metrics.contingencyMatrix(a, b)`, or rows of counts
 */
export function contingency(table: Contingency | readonly (readonly number[])[], options: ContingencyOptions = {}): Figure {
  checkNames('contingency', options, ['title', 'rowTitle', 'columnTitle', 'rowNames', 'columnNames'])
  const where = 'contingency'
  const { rows, columns, counts, rowLabels, columnLabels } = flatTable(where, table)
  const {
    title = 'Contingency',
    rowTitle = 'true label',
    columnTitle = 'cluster',
    rowNames = rowLabels,
    columnNames = columnLabels,
  } = options
  const count = (r: number, c: number): number => counts[r * columns + c]
  return heatMap({
    title,
    rowNames: tableNames(where, rowNames, rows, 'rowNames'),
    columnNames: tableNames(where, columnNames, columns, 'columnNames'),
    count,
    value: count,
    colorTitle: 'points',
    rowTitle,
    columnTitle,
    hovertemplate: `${text(rowTitle)} %{customdata[1]}, ${text(columnTitle)} %{customdata[0]}<br>%{customdata[2]:,} points`,
  })
}

/** Text that Plotly's hover templates take literally. */
const text = (title: string): string => plainText(title).replace(/[%{}]/g, '')
