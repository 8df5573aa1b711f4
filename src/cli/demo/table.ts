/** @file The demo's table: a line for each data set, under it one for each library. For the terminal, and as cells for the report. */
import { formatCount, formatInertia } from '../../numberText.js'
import type { CaseResult, Quality, Spread } from './results.js'

const COLUMNS = ['', 'iterations', 'seconds', 'inertia', 'NMI', 'ARI'] as const
const WIDTHS = [16, 10, 9, 12, 23, 24]

/** The line above all. */
export function tableHead(): string {
  return `${row(COLUMNS)}\n`
}

/** The lines of one data set. */
export function tableRows(result: CaseResult): string {
  const { name, n, d, k, backend, why } = result
  const head = `${name}: ${formatCount(n)} x ${formatCount(d)}, k = ${k}; ${backend} (${why})`
  const ours = row(['  fastkmeans', ...cellsOf(result, result.seconds)])
  const theirs = Object.entries(result.references).map(([library, quality]) => row([`  ${library}`, ...cellsOf(quality)]))
  return `${[head, ours, ...theirs].join('\n')}\n`
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[i]) : cell.padStart(WIDTHS[i])))
    .join('')
    .trimEnd()
}

/** The cells of one line: iterations, seconds, inertia, NMI, ARI. */
export function cellsOf({ iterations, inertia, nmi, ari }: Quality, seconds?: Spread): string[] {
  return [
    iterations.mean.toFixed(1),
    seconds === undefined ? '–' : seconds.mean.toPrecision(2),
    formatInertia(inertia.mean),
    formatScore(nmi),
    formatScore(ari),
  ]
}

/** Mean and range as text: 0.491 (0.459 – 0.510). */
const formatScore = ({ mean, min, max }: Spread): string => `${mean.toFixed(3)} (${min.toFixed(3)} – ${max.toFixed(3)})`
