import type { Figure } from '../../src/plots/index.js'
import { axis, baseLayout, PALETTE, plainText, SYMBOLS } from '../../src/plots/figure.js'
import type { CaseRecord } from '../results.js'
import { summarize } from '../summary.js'
import type { Reference, ReferencePoint } from './references.js'

/**
 * Multiplications and additions a second, as if each iteration did a plain E-step, every row with every centroid. A library that leaves
 * work out gets it counted as done, so rates compare times and may exceed what the machine can do.
 */
const effectiveRate = ({ n, d, k }: Pick<ReferencePoint, 'n' | 'd' | 'k'>, secondsPerIteration: number): number =>
  (2 * n * d * k) / secondsPerIteration

/** The dots of one name: those of a published figure (`reference`) are drawn open, ours filled. */
interface Series {
  x: number[]
  y: number[]
  text: string[]
  reference: boolean
}

/**
 * Effective rate against the size of an iteration, both logarithmic, with a broken line at the rate of the machine's own matrix products.
 * @param roofs name and multiplications and additions a second
 */
export function rateChart(
  records: readonly CaseRecord[],
  roofs: Readonly<Record<string, number>>,
  references: readonly Reference[],
  title: string,
): Figure {
  const series = new Map<string, Series>()
  const add = (label: string, reference: boolean, c: Pick<ReferencePoint, 'n' | 'd' | 'k'>, dot: { rate: number; text: string }): void => {
    const { x, y, text } = series.get(label) ?? series.set(label, { x: [], y: [], text: [], reference }).get(label)!
    x.push(2 * c.n * c.d * c.k)
    y.push(dot.rate)
    text.push(dot.text)
  }
  for (const record of records)
    for (const { label, perIteration } of summarize(record))
      if (perIteration) add(label, false, record, { rate: effectiveRate(record, perIteration.median), text: record.name })
  for (const { series: others } of references)
    for (const { label, points } of others)
      for (const point of points)
        add(label, true, point, { rate: effectiveRate(point, point.seconds / point.niter), text: `k = ${point.k}` })
  const data = [...series].map(([label, { x, y, text, reference }], i) => ({
    type: 'scatter',
    mode: 'markers',
    name: plainText(label, 34),
    x,
    y,
    text,
    marker: { size: 9, symbol: `${SYMBOLS[i % 4]}${reference ? '-open' : ''}`, color: PALETTE[i % PALETTE.length] },
    hovertemplate: '%{text}: %{y:.3s}<extra>%{fullData.name}</extra>',
  }))
  const lines = Object.entries(roofs)
  const layout = baseLayout(title, {
    xaxis: axis('multiplications and additions of an iteration: 2 n k d (logarithmic)', { type: 'log', exponentformat: 'power' }),
    yaxis: axis('the same a second (logarithmic)', { type: 'log', tickformat: '~s', dtick: 'D2' }),
    shapes: lines.map(([, rate]) => ({
      type: 'line',
      xref: 'paper',
      x0: 0,
      x1: 1,
      y0: rate,
      y1: rate,
      line: { color: '#222222', width: 1.5, dash: 'dash' },
    })),
    annotations: lines.map(([name, rate]) => ({
      xref: 'paper',
      x: 0.01,
      xanchor: 'left',
      y: Math.log10(rate),
      yanchor: 'bottom',
      showarrow: false,
      text: plainText(name),
      font: { size: 12 },
    })),
    hovermode: 'closest',
    height: 480,
  })
  return { data, layout }
}
