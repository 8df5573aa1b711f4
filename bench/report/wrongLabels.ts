import type { Figure } from '../../src/plots/index.js'
import { axis, baseLayout, PALETTE, plainText, SYMBOLS } from '../../src/plots/figure.js'
import type { CaseRecord } from '../results.js'

/** Zero has no place on a logarithmic axis: libraries without a wrong label are drawn here. */
const NONE = 0.3
const TICKS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

/** Wrong labels per million rows: for each case a column of marks, one a library. Marks on the line at the foot stand for none. */
export function wrongLabels(records: readonly CaseRecord[], title: string): Figure {
  const names = [...new Set(records.flatMap(({ libraries }) => Object.keys(libraries)))]
  const shown = names.filter((name) => records.some(({ libraries }) => libraries[name]?.wrongPerMillion !== undefined))
  const columns = records.map((_, i) => i)
  const data = shown.map((name, i) => {
    const values = records.map(({ libraries }) => libraries[name]?.wrongPerMillion)
    const { label, ours } = records.map(({ libraries }) => libraries[name]).find((library) => library !== undefined)!
    // Side by side, so that marks of the same height stay apart.
    const offset = shown.length > 1 ? (i / (shown.length - 1) - 0.5) * 0.7 : 0
    return {
      type: 'scatter',
      mode: 'markers',
      name: plainText(label, 30),
      x: columns.map((column) => column + offset),
      y: values.map((value) => (value === undefined ? null : Math.max(value, NONE))),
      customdata: values.map((value) => value ?? null),
      marker: { size: ours ? 11 : 8, symbol: SYMBOLS[i % 4], color: PALETTE[i % PALETTE.length], opacity: 0.9 },
      hovertemplate: '%{customdata:.4~g} wrong of a million<extra>%{fullData.name}</extra>',
    }
  })
  const most = Math.max(1, ...records.flatMap(({ libraries }) => Object.values(libraries).map((library) => library.wrongPerMillion ?? 0)))
  const layout = baseLayout(title, {
    xaxis: axis('', { tickvals: columns, ticktext: records.map(({ name }) => name), showgrid: false, range: [-0.6, columns.length - 0.4] }),
    yaxis: axis('wrong labels per million rows', {
      type: 'log',
      range: [Math.log10(NONE / 1.6), Math.log10(most * 3)],
      tickvals: [NONE, ...TICKS],
      ticktext: ['none', ...TICKS.map((value) => value.toLocaleString('en-US'))],
    }),
    legend: { orientation: 'h', y: 1, yanchor: 'bottom', x: 0 },
    hovermode: 'closest',
    height: 460,
  })
  ;(layout.margin as { t: number }).t += 44
  return { data, layout }
}
