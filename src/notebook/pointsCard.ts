/** @file Points as a card: how many, how wide, how large, what was done to them, and the first rows. */
import { counted, formatBytes } from '../numberText.js'
import type { Points } from '../points.js'
import { cardHtml } from './card.js'
import { escapeHtml } from '../plots/html.js'

const ROWS = 5
const COLUMNS = 8

/** HTML. */
export function pointsCard({ blocks, n, d, note = '' }: Points): string {
  const [first = new Float32Array(0)] = blocks
  const rows = Math.min(ROWS, Math.floor(first.length / d))
  const columns = Math.min(COLUMNS, d)
  const more = d > columns ? '<td>…</td>' : ''
  const table = Array.from({ length: rows }, (_, i) => {
    const cells = Array.from(
      first.subarray(i * d, i * d + columns),
      (value) => `<td>${escapeHtml(String(Number(value.toPrecision(4))))}</td>`,
    )
    return `<tr>${cells.join('')}${more}</tr>`
  })
  return cardHtml(
    'Points',
    [
      ['rows', `n = ${n.toLocaleString('en-US')}`],
      ['columns', `d = ${d.toLocaleString('en-US')}`],
      ['memory', `${formatBytes(n * d * 4)} float32 in ${counted(blocks.length, 'block')}`],
      ['input', note],
    ],
    `<table style="margin-top:8px;font-size:12px;font-variant-numeric:tabular-nums"><caption style="text-align:left">first rows</caption>${table.join('')}</table>`,
  )
}
