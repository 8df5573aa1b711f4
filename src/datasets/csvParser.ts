/** @file Comma-separated values by RFC 4180, in portions; line ends may be CR LF, LF or CR. Knows nothing of numbers. */

/** Takes one record; `line` is where it begins, the first being 1. The array is the receiver's to keep. */
export type OnRecord = (fields: string[], line: number) => void

const QUOTE = 34
const LF = 10
const CR = 13

/**
 * A parser that is given text in any portions and calls `onRecord` for every record, empty lines (one empty field) included.
 * @param delimiter one character
 * @throws RangeError at text after a closing quote, or a quote that is never closed
 */
export function csvParser(delimiter: string, onRecord: OnRecord, where: string): { push(text: string): void; end(): void } {
  const separator = delimiter.charCodeAt(0)
  const records = recordsTo(onRecord)
  /** What earlier portions, and quoted parts that have ended, held of the field that is being read. */
  let carried = ''
  let state: 'start' | 'plain' | 'quoted' | 'quoteSeen' = 'start'
  let afterCr = false
  let quoteLine = 1

  const push = (text: string): void => {
    let from = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (afterCr) {
        afterCr = false
        if (code === LF) {
          from = i + 1
          continue
        }
      }
      if (state === 'quoted') {
        if (code === QUOTE) {
          carried += text.slice(from, i)
          state = 'quoteSeen'
        } else if (code === LF) records.line++
        continue
      }
      if (code === QUOTE && state !== 'plain') {
        // a second quote inside a quoted field stands for one; at a field's start it opens one
        if (state === 'start') quoteLine = records.line
        from = state === 'start' ? i + 1 : i
        state = 'quoted'
        continue
      }
      if (code === separator || code === LF || code === CR) {
        records.field(state === 'quoteSeen' ? carried : carried + text.slice(from, i))
        carried = ''
        state = 'start'
        if (code !== separator) records.end()
        afterCr = code === CR
        from = i + 1
      } else if (state === 'quoteSeen') {
        const got = `'${text[i]}' (line ${records.line})`
        throw new RangeError(`${where}: expected ${named(delimiter)} or the line's end after a closing quote, got ${got}`)
      } else state = 'plain'
    }
    if (state === 'plain' || state === 'quoted') carried += text.slice(from)
  }

  const end = (): void => {
    if (state === 'quoted')
      throw new RangeError(`${where}: expected a closing quote, got the end of the text (opened in line ${quoteLine})`)
    if (state === 'start' && !records.begun()) return
    records.field(carried)
    records.end()
  }
  return { push, end }
}

/** Gathers fields into records, and counts lines: those that records end, and those in quoted fields, which the parser adds to `line`. */
function recordsTo(onRecord: OnRecord): { line: number; field(value: string): void; end(): void; begun(): boolean } {
  let fields: string[] = []
  let recordLine = 1
  const records = {
    line: 1,
    field(value: string): void {
      fields.push(value)
    },
    end(): void {
      const done = fields
      fields = []
      onRecord(done, recordLine)
      recordLine = ++records.line
    },
    /** Whether the record that is being read has a field. */
    begun: () => fields.length > 0,
  }
  return records
}

const named = (delimiter: string): string => (delimiter === '\t' ? 'a tab' : `'${delimiter}'`)

/**
 * The likeliest of comma, tab, semicolon and bar: the one that the first line has most of, outside quotes; else a space, else the comma.
 */
export function guessDelimiter(text: string): string {
  const counts = new Map([',', '\t', ';', '|', ' '].map((mark) => [mark, 0]))
  let quoted = false
  for (const character of text.trimStart()) {
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) break
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1)
  }
  const spaces = counts.get(' ')!
  counts.delete(' ')
  const [best, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
  return most > 0 ? best : spaces > 0 ? ' ' : ','
}
