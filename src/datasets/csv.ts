import { describe } from '../describe.js'
import { checkNames } from '../optionChecks.js'
import { byteChunks, describeSource } from './bytes.js'
import type { ByteSource } from './bytes.js'
import type { ColumnRef } from './csvColumns.js'
import { csvParser, guessDelimiter } from './csvParser.js'
import { tableBuilder } from './csvTable.js'
import type { CsvTable } from './csvTable.js'

/** Characters parsed at a time: rows of a large text go to their blocks as they come. */
const PORTION = 2 ** 20

/** Options of readCsv. */
export interface CsvOptions {
  /** One character. Default: the likeliest of comma, tab, semicolon, bar and space, judged by the first line. */
  delimiter?: string
  /** Whether the first record names the columns. Default 'auto': it has words and no numbers, the label and ignored columns apart. */
  header?: boolean | 'auto'
  /** The column of labels, words or numbers. Default none. */
  label?: ColumnRef
  /** The columns of numbers to take, in the order they are to have. Default: all but the label and what `ignore` names. */
  columns?: readonly ColumnRef[]
  /** Columns to leave out, such as a row number; where `columns` does not say what to take. Default none. */
  ignore?: readonly ColumnRef[]
  /**
   * Rows that lack a value (an empty cell, NA, null, ?, …) in a column that is taken: 'refuse' them (default), or 'skip' them; see `rows`
   * of the table.
   */
  missing?: 'refuse' | 'skip'
}

/**
 * Reads a table of numbers from CSV (RFC 4180; UTF-8 with or without a byte-order mark; LF, CR LF or CR; empty lines are passed over).
 * @param source the text itself if it has a line break, else a path; or a file: URL or bytes. Files may be gzipped and are read in portions
 * @throws Error for a file that cannot be read; RangeError naming line, row and column for a value that is missing or is no number
 */
export async function readCsv(source: ByteSource, options: CsvOptions = {}): Promise<CsvTable> {
  const where = 'readCsv'
  checkNames(where, options, ['delimiter', 'header', 'label', 'columns', 'ignore', 'missing'])
  const { delimiter, header = 'auto', label, columns, ignore, missing = 'refuse' } = options
  if (delimiter !== undefined && (typeof delimiter !== 'string' || !/^[^"\r\n]$/.test(delimiter)))
    throw new RangeError(`${where}: expected delimiter to be one character, no quote and no line break, got ${describe(delimiter)}`)
  if (header !== 'auto' && typeof header !== 'boolean')
    throw new TypeError(`${where}: expected header to be true, false or 'auto', got ${describe(header)}`)
  if (ignore !== undefined && !Array.isArray(ignore))
    throw new TypeError(`${where}: expected ignore to be an array of columns, got ${describe(ignore)}`)
  if (columns !== undefined && !Array.isArray(columns))
    throw new TypeError(`${where}: expected columns to be an array of columns, got ${describe(columns)}`)
  if (columns !== undefined && ignore !== undefined)
    throw new RangeError(`${where}: expected columns or ignore, got both; columns says all that is taken`)
  if (missing !== 'refuse' && missing !== 'skip')
    throw new RangeError(`${where}: expected missing to be 'refuse' or 'skip', got ${describe(missing)}`)

  const table = tableBuilder({ header, label, columns, ignore }, missing === 'skip', where)
  let parser: ReturnType<typeof csvParser> | undefined
  for await (const text of textOf(source, where)) {
    parser ??= csvParser(delimiter ?? guessDelimiter(text), table.record, where)
    parser.push(text)
  }
  parser?.end()
  return table.finish()
}

async function* textOf(source: ByteSource, where: string): AsyncGenerator<string> {
  if (typeof source === 'string' && /[\r\n]/.test(source)) {
    const start = source.startsWith('\uFEFF') ? 1 : 0
    for (let at = start; at < source.length; at += PORTION) yield source.slice(at, at + PORTION)
    return
  }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch (cause) {
      throw new RangeError(`${where}: expected UTF-8 text, got other bytes (${describeSource(source)})`, { cause })
    }
  }
  for await (const bytes of byteChunks(source, where, 'the path of a readable file, or CSV text with a line break')) {
    const text = decode(bytes)
    if (text !== '') yield text
  }
  decode()
}
