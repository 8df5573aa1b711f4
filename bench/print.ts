/** @file A case's record as a table on the terminal. */
import type { CaseRecord } from './results.js'
import { speedUp, summarize } from './summary.js'

/** Seconds as text, with three significant digits. */
export function readableSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(3))} ms`
  return `${Number(seconds.toPrecision(3))} s`
}

/** A ratio as text: '3.2×', '24×'. */
export const readableRatio = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`

const signed = (percent: number): string => `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(4)} %`

/** Prints a table of a case, a line a library. */
export function printCase(record: CaseRecord): void {
  const { name, n, d, k, niter, libraries } = record
  console.log(`\n${name}: ${n.toLocaleString('en-US')} × ${d} into ${k.toLocaleString('en-US')}, ${niter} iterations`)
  const ours = Object.keys(libraries).filter((library) => libraries[library].ours)
  const heads = ['median', 'min', 'max', 'runs', 'iterations', 'wrong/million', 'objective', 'NMI', ...ours.map((o) => `${o} is`)]
  const lines = summarize(record).map((s) => {
    if (s.seconds === undefined) return [s.label, s.missing ?? '']
    const { median, min, max } = s.seconds
    const excess = s.objectiveExcess === undefined ? '' : signed(s.objectiveExcess * 100)
    const ratios = ours.map((o) => {
      const ratio = o === s.name ? undefined : speedUp(record, o, s.name)
      return ratio ? `${readableRatio(ratio.median)} (${readableRatio(ratio.min)}–${readableRatio(ratio.max)})` : ''
    })
    const wrong = s.wrongPerMillion === undefined ? '' : s.wrongPerMillion.toFixed(s.wrongPerMillion > 0 && s.wrongPerMillion < 10 ? 1 : 0)
    const times = [median, min, max].map(readableSeconds)
    return [s.label, ...times, String(s.runs), String(s.iterations), wrong, excess, s.nmi?.toFixed(6) ?? '', ...ratios]
  })
  const table = [['', ...heads], ...lines]
  const widths = table[0].map((_, column) => Math.max(...table.map((line) => (line.length > 2 ? (line[column] ?? '').length : 0))))
  widths[0] = Math.max(...table.map(([label]) => label.length))
  for (const [label, ...cells] of table)
    console.log(
      `  ${label.padEnd(widths[0])}  ${cells.length > 1 ? cells.map((text, i) => text.padStart(widths[i + 1])).join('  ') : cells[0]}`,
    )
}
