/** @file What the heat maps of classes and clusters share: the table, names, ticks, and the drawing. */
import type { Figure } from './figure.js'
import { axis, baseLayout, plainText } from './figure.js'
import { formatCount } from '../numberText.js'

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
export type Name = string | number | bigint | boolean

/** A table as it is drawn: rows and columns in the order of the map. */
export interface HeatMap {
  rowNames: readonly string[]
  columnNames: readonly string[]
  count(row: number, column: number): number
  /** What the colour says. */
  value(row: number, column: number): number
  colorTitle: string
  title: string
  rowTitle: string
  columnTitle: string
  hovertemplate: string
}

/** Up to so many columns each cell carries its count. */
const MAX_TEXT = 14
const NAME_LENGTH = 18
/**
 * Counts are written in the ink that stands out from their cell: light ones below this share of the scale, dark ones above, with a contrast
 * of at least 4. (Plotly's own choice has 3.6 on green.) No colour of the page: it must stay as it is on a dark one.
 */
const INK = { turn: 0.45, light: '#fefefe', dark: '#111111' }

/** The map. In its hover text `%{customdata[0]}` is the column's name, `[1]` the row's, `[2]` the count. */
export function heatMap({ rowNames, columnNames, count, value, ...words }: HeatMap): Figure {
  const rows = rowNames.length
  const columns = columnNames.length
  const cells = <T>(of: (r: number, c: number) => T): T[][] => rowNames.map((_, r) => columnNames.map((_, c) => of(r, c)))
  const z = cells(value)
  const withText = columns <= MAX_TEXT && rows <= MAX_TEXT * 2
  const zmax = z.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 1)
  const data: Figure['data'] = [
    {
      type: 'heatmap',
      x: columnNames.map((_, c) => c),
      y: rowNames.map((_, r) => r),
      z,
      customdata: cells((r, c) => [plainText(columnNames[c]), plainText(rowNames[r]), count(r, c)]),
      zmin: 0,
      zmax,
      colorscale: 'Viridis',
      xgap: columns > 60 ? 0 : 1,
      ygap: rows > 60 ? 0 : 1,
      colorbar: { title: { text: words.colorTitle, side: 'right' }, thickness: 14, outlinewidth: 0 },
      hovertemplate: `${words.hovertemplate}<extra></extra>`,
    },
  ]
  // As a trace of their own, since a heat map has one colour for all of its texts.
  if (withText)
    data.push({
      type: 'scatter',
      mode: 'text',
      x: cells((_, c) => c).flat(),
      y: cells((r) => r).flat(),
      text: cells((r, c) => formatCount(count(r, c))).flat(),
      textfont: { size: 11, color: z.flat().map((value) => (value < INK.turn * zmax ? INK.light : INK.dark)) },
      hoverinfo: 'skip',
    })
  const layout = baseLayout(words.title, {
    xaxis: axis(words.columnTitle, ticks(columnNames, 34)),
    yaxis: { ...axis(words.rowTitle, ticks(rowNames, 40)), autorange: 'reversed' },
    height: 140 + Math.max(200, Math.min(rows * 34, 900)),
  })
  return { data, layout }
}

/** The table, checked; one given as rows of counts in its flat form. */
export function flatTable(where: string, table: Contingency | readonly (readonly number[])[]): Contingency {
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

/** Names as text; their numbers where none are given. */
export function tableNames(where: string, given: readonly Name[] | undefined, length: number, what: string): string[] {
  if (given && given.length !== length) throw new RangeError(`${where}: expected ${length} ${what}, got ${given.length}`)
  return Array.from({ length }, (_, i) => String(given?.[i] ?? i))
}

/** Tick labels at most `most` of them, evenly; a label that is cut is whole in the hover text. */
function ticks(labels: readonly string[], most: number): Record<string, unknown> {
  const step = Math.ceil(labels.length / most)
  const tickvals = labels.map((_, i) => i).filter((i) => i % step === 0)
  const ticktext = tickvals.map((i) => plainText(labels[i], NAME_LENGTH, 1))
  return { tickvals, ticktext, showgrid: false }
}
