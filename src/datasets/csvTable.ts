/** @file Records of a CSV file, one after the other, into points and labels. */

import { describe } from '../describe.js'
import type { Points } from '../points.js'
import { printable } from '../pointsText.js'
import { pointsWriter } from './blocks.js'
import { cellNumber, isMissing, resolveColumns } from './csvColumns.js'
import type { ColumnOptions, Columns } from './csvColumns.js'

/** A table of numbers, with the labels apart if there are any. */
export interface CsvTable {
  /** n×d float32: the columns that are neither labels nor ignored. */
  readonly x: Points
  /** Names of the columns of x; their index in the file where it has no header. */
  readonly columns: readonly string[]
  /** Ids 0 … m − 1 of the label column's values, in ascending order of the values; length n. */
  readonly labels?: Int32Array
  /** What stood in the label column for id i, at index i, without spaces around it. */
  readonly targetNames?: readonly string[]
  /** With missing: 'skip', for each row of x its number in the file, from 0, the header not counted; length n. */
  readonly rows?: Uint32Array
}

/** Gathers records, the first of which settles the columns. @param skips whether rows that lack a value are passed over */
export function tableBuilder(
  options: ColumnOptions,
  skips: boolean,
  where: string,
): { record(fields: string[], line: number): void; finish(): CsvTable } {
  let rows: Rows | undefined
  let emptyLine = 0
  return {
    record(fields, line) {
      if (fields.length === 1 && fields[0] === '') {
        emptyLine ||= line
        rows?.empty()
        return
      }
      if (emptyLine > 0) rows?.afterEmpty(emptyLine)
      emptyLine = 0
      if (rows === undefined) {
        const columns = resolveColumns(fields, options, where)
        rows = gatherRows(columns, skips, where)
        if (columns.header) return
      }
      rows.add(fields, line)
    },
    finish() {
      if (rows === undefined) throw new RangeError(`${where}: expected at least one row of numbers, got an empty file`)
      return rows.finish()
    },
  }
}

/** The rows of a file whose columns are known. */
interface Rows {
  add(fields: readonly string[], line: number): void
  /** An empty line: a row that lacks its value where rows are one cell wide, else nothing. It may also just end the file. */
  empty(): void
  /** Something follows the empty line `line`, which thus was a row if rows are one cell wide. @throws RangeError unless such rows are skipped */
  afterEmpty(line: number): void
  finish(): CsvTable
}

function gatherRows(columns: Columns, skips: boolean, where: string): Rows {
  const { names, label, kept, header } = columns
  const writer = pointsWriter(kept.length, where)
  const values = new Float64Array(kept.length)
  const labels = labelColumn()
  /** Rows of the file until now: those taken, and those that were skipped. */
  let seen = 0
  let n = 0
  const rows: number[] = []
  const at = (line: number, t: number): string => `(line ${line}, row ${seen}, column ${names[t] ? describe(names[t]) : t})`
  const wrong = (cell: string, place: string): RangeError => wrongCell(where, cell, place, seen === 0 && !header)

  return {
    add(fields, line) {
      if (fields.length !== names.length)
        throw new RangeError(`${where}: expected ${names.length} columns, got ${fields.length} (line ${line}, row ${seen})`)
      if (skips && (kept.some((t) => isMissing(fields[t])) || (label >= 0 && fields[label].trim() === ''))) {
        seen++
        return
      }
      for (let c = 0; c < kept.length; c++) {
        const cell = fields[kept[c]]
        values[c] = cellNumber(cell)
        if (!Number.isFinite(Math.fround(values[c]))) throw wrong(cell, at(line, kept[c]))
      }
      if (label >= 0) {
        const name = fields[label].trim()
        if (name === '') throw new RangeError(`${where}: expected a label, got a missing value ${at(line, label)}`)
        labels.add(name)
      }
      writer.append(values)
      if (skips) rows.push(seen)
      seen++
      n++
    },
    empty() {
      if (skips && names.length === 1) seen++
    },
    afterEmpty(line) {
      if (names.length === 1 && !skips) throw wrong('', at(line, 0))
    },
    finish() {
      if (n === 0) {
        const got = seen > 0 ? `${seen} that all lack a value` : 'a header alone'
        throw new RangeError(`${where}: expected at least one row of numbers, got ${got}`)
      }
      return {
        x: printable({ ...writer.finish(), note: 'CSV numbers rounded to float32' }),
        columns: kept.map((t) => names[t]),
        ...(label >= 0 && labels.sorted()),
        ...(skips && { rows: Uint32Array.from(rows) }),
      }
    },
  }
}

/** The error for a cell that is no number within float32's range. @param first whether it is in the first row of a file without a header */
function wrongCell(where: string, cell: string, place: string, first: boolean): RangeError {
  const expected = `${where}: expected a number, got`
  if (isMissing(cell)) {
    const advice = "fill it in, or leave such rows out with missing: 'skip'"
    return new RangeError(`${expected} a missing value (${describe(cell)}) ${place}; ${advice}`)
  }
  if (/^\s*[+-]?\d+,\d+\s*$/.test(cell))
    return new RangeError(`${expected} ${describe(cell)} ${place}; write decimals with a point, thousands without a comma`)
  if (Number.isNaN(cellNumber(cell))) {
    const advice = `name a column of labels in label, those of numbers in columns or others in ignore${first ? ', or pass header: true' : ''}`
    return new RangeError(`${expected} ${describe(cell)} ${place}; ${advice}`)
  }
  return new RangeError(`${where}: expected a finite number within float32's range, got ${describe(cell)} ${place}`)
}

/** The values of a label column, an id for each that is different. */
function labelColumn(): { add(name: string): void; sorted(): Required<Pick<CsvTable, 'labels' | 'targetNames'>> } {
  const ids = new Map<string, number>()
  const drawn: number[] = []
  return {
    add(name) {
      let id = ids.get(name)
      if (id === undefined) ids.set(name, (id = ids.size))
      drawn.push(id)
    },
    sorted: () => sortedLabels([...ids.keys()], drawn),
  }
}

/**
 * Ids in order of first appearance → ids in order of value: of numbers where all are numbers ('1' and '1.0' are one), else of code units.
 */
function sortedLabels(names: readonly string[], drawn: readonly number[]): Required<Pick<CsvTable, 'labels' | 'targetNames'>> {
  const numeric = names.every((name) => Number.isFinite(cellNumber(name)))
  const keys = numeric ? names.map((name) => String(cellNumber(name) + 0)) : names
  const targetNames = [...new Set(keys)].sort(numeric ? (a, b) => Number(a) - Number(b) : undefined)
  const idOf = new Map(targetNames.map((name, id) => [name, id]))
  const renamed = Int32Array.from(keys, (key) => idOf.get(key)!)
  return { labels: Int32Array.from(drawn, (id) => renamed[id]), targetNames }
}
