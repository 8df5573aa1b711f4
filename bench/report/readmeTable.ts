/** @file The README's table of times, between two comments that mark it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { readableRatio, readableSeconds } from '../print.js'
import type { CaseRecord } from '../results.js'
import { speedUp, summarize } from '../summary.js'

const BEGIN = '<!-- bench: begin -->'
const END = '<!-- bench: end -->'
const COLUMNS = ['cpu', 'wasm', 'faiss', 'sklearn', 'superkmeans']
const HEADS = [
  'case',
  "`'cpu'`",
  "`'wasm'`",
  'faiss-cpu 1.15.1',
  'scikit-learn 1.9.1',
  'SuperKMeans 0.2.0',
  '`cpu` against the better of faiss and scikit-learn',
]

/** Medians; the last column is per iteration done, as all ratios are. */
function markdownTable(records: readonly CaseRecord[]): string {
  const lines = records.map((record) => {
    const found = summarize(record)
    const cells = COLUMNS.map((name) => {
      const seconds = found.find((summary) => summary.name === name)?.seconds
      return seconds ? readableSeconds(seconds.median) : '–'
    })
    const ratios = ['faiss', 'sklearn'].flatMap((name) => speedUp(record, 'cpu', name) ?? [])
    const least = ratios.toSorted((a, b) => a.median - b.median)[0]
    const beside = least ? `${readableRatio(least.median)} (${readableRatio(least.min)} – ${readableRatio(least.max)})` : '–'
    const { n, d, k, niter, name } = record
    return [`${name}: ${n.toLocaleString('en-US')} × ${d} into ${k}, ${niter} iterations`, ...cells, beside]
  })
  return [HEADS, HEADS.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Puts the table into a file. @throws Error where the file has no place for it */
export function writeReadmeTable(path: string, records: readonly CaseRecord[]): void {
  const text = readFileSync(path, 'utf8')
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`bench: expected ${BEGIN} and ${END} in ${path}`)
  writeFileSync(path, `${text.slice(0, begin + BEGIN.length)}\n\n${markdownTable(records)}\n\n${text.slice(end)}`)
}
