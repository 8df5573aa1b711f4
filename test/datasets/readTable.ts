/** @file What readCsv gives, as plain values, for comparisons. */
import { readCsv } from '../../src/datasets/index.js'
import type { CsvOptions } from '../../src/datasets/index.js'

/** The table as plain values. */
export const read = async (text: string, options?: CsvOptions): Promise<unknown> => {
  const { x, columns, labels, targetNames } = await readCsv(text, options)
  const values = x.blocks.flatMap((block) => Array.from(block))
  const rows = Array.from({ length: x.n }, (_, i) => values.slice(i * x.d, (i + 1) * x.d))
  return { rows, columns, ...(labels && { labels: Array.from(labels), targetNames }) }
}
