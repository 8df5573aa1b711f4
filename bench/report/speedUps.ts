import type { Figure } from '../../src/plots/index.js'
import { axis, baseLayout, PALETTE, plainText } from '../../src/plots/figure.js'
import { readableRatio } from '../print.js'
import type { CaseRecord } from '../results.js'
import { speedUp } from '../summary.js'

const BAR = 15
const GAP = 14

/**
 * How many times as fast as each rival one of our devices is: a group of bars a case, whiskers over the rounds, logarithmic, a line at 1.
 * @param name the device, as the records have it
 * @param libraries name and label of each rival; those without a figure are left out
 */
export function speedUpBars(records: readonly CaseRecord[], name: string, libraries: readonly [string, string][], title: string): Figure {
  const rivals = libraries.filter(([rival]) => records.some((record) => speedUp(record, name, rival)))
  const shown = records.filter((record) => rivals.some(([rival]) => speedUp(record, name, rival)))
  const rows = shown.map((_, i) => i)
  const ratios = rivals.map(([rival]) => shown.map((record) => speedUp(record, name, rival)))
  const data: Figure['data'] = rivals.map(([, label], i) => ({
    type: 'bar',
    orientation: 'h',
    name: plainText(label, 26),
    y: rows,
    x: ratios[i].map((ratio) => ratio?.median ?? null),
    error_x: {
      type: 'data',
      symmetric: false,
      array: ratios[i].map((ratio) => (ratio ? ratio.max - ratio.median : 0)),
      arrayminus: ratios[i].map((ratio) => (ratio ? ratio.median - ratio.min : 0)),
      thickness: 1,
      width: 2,
      color: '#444444',
    },
    text: ratios[i].map((ratio) => (ratio ? readableRatio(ratio.median) : '')),
    textposition: 'inside',
    insidetextanchor: 'start',
    insidetextfont: { color: '#ffffff', size: 11 },
    constraintext: 'none',
    marker: { color: PALETTE[i % PALETTE.length] },
    hovertemplate: '%{x:.2f}×<extra>%{fullData.name}</extra>',
  }))
  const all = ratios.flat().flatMap((ratio) => (ratio ? [ratio.min, ratio.max] : []))
  // Below the slowest: its bar has a length, too, and room for its figure.
  const low = Math.min(0.7, 0.7 * Math.min(...all))
  const layout = baseLayout(title, {
    barmode: 'group',
    bargap: 0.22,
    // Plotly draws rows, and the bars within a group, from below. Both are reversed here, to be read from above.
    xaxis: axis('times as fast (logarithmic)', {
      type: 'log',
      range: [Math.log10(low), Math.log10(Math.max(...all) * 1.15)],
      tickvals: [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
    }),
    yaxis: axis('', { tickvals: rows, ticktext: shown.map((record) => record.name), autorange: 'reversed', showgrid: false }),
    shapes: [{ type: 'line', x0: 1, x1: 1, yref: 'paper', y0: 0, y1: 1, line: { color: '#222222', width: 1.5 } }],
    legend: { orientation: 'h', y: 1, yanchor: 'bottom', x: 0, traceorder: 'normal' },
    height: 140 + shown.length * (GAP + BAR * rivals.length),
  })
  ;(layout.margin as { t: number }).t += 26
  return { data, layout }
}
