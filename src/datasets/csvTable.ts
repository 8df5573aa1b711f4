/** @file Records of a CSV file, one after the other, into points and labels. */

import { describe } from '../describe.js'
import type { Points } from '../points.js'
import { printable } from '../pointsText.js'
import { pointsWriter } from './blocks.js'
import type { PointsWriter } from './blocks.js'
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
  let columns: Columns | undefined
  let writer: PointsWriter
  let values: Float64Array
  let n = 0
  /** Rows of the file until now: n of them, and those that were skipped. */
  let seen = 0
  const rows: number[] = []
  let emptyLine = 0
  const ids = new Map<string, number>()
  const drawn: number[] = []

  const at = (line: number, t: number): string =>
    `(line ${line}, row ${seen}, column ${columns!.names[t] ? describe(columns!.names[t]) : t})`

  const take = (fields: string[], line: number): void => {
    const { names, label, kept } = columns!
    if (fields.length !== names.length)
      throw new RangeError(`${where}: expected ${names.length} columns, got ${fields.length} (line ${line}, row ${seen})`)
    if (skips && (kept.some((t) => isMissing(fields[t])) || (label >= 0 && fields[label].trim() === ''))) {
      seen++
      return
    }
    for (let c = 0; c < kept.length; c++) {
      const cell = fields[kept[c]]
      const value = cellNumber(cell)
      if (!Number.isFinite(value) || !Number.isFinite(Math.fround(value))) throw wrongCell(cell, value, at(line, kept[c]))
      values[c] = value
    }
    if (label >= 0) {
      const name = fields[label].trim()
      if (name === '') throw new RangeError(`${where}: expected a label, got a missing value ${at(line, label)}`)
      let id = ids.get(name)
      if (id === undefined) ids.set(name, (id = ids.size))
      drawn.push(id)
    }
    writer.append(values)
    if (skips) rows.push(seen)
    seen++
    n++
  }

  const wrongCell = (cell: string, value: number, place: string): RangeError => {
    if (isMissing(cell))
      return new RangeError(
        `${where}: expected a number, got a missing value (${describe(cell)}) ${place}; fill it in, or leave such rows out with missing: 'skip'`,
      )
    if (/^\s*[+-]?\d+,\d+\s*$/.test(cell))
      return new RangeError(
        `${where}: expected a number, got ${describe(cell)} ${place}; write decimals with a point, thousands without a comma`,
      )
    if (Number.isNaN(value))
      return new RangeError(
        `${where}: expected a number, got ${describe(cell)} ${place}; name a column of labels in label, those of numbers in columns or others in ignore${seen === 0 && !columns!.header ? ', or pass header: true' : ''}`,
      )
    return new RangeError(`${where}: expected a finite number within float32's range, got ${describe(cell)} ${place}`)
  }

  return {
    record(fields, line) {
      if (fields.length === 1 && fields[0] === '') {
        emptyLine ||= line
        if (skips && columns?.names.length === 1) seen++
        return
      }
      // where rows are one cell wide an empty line inside the file is a value that is not there
      if (emptyLine > 0 && columns?.names.length === 1 && !skips) throw wrongCell('', NaN, at(emptyLine, 0))
      emptyLine = 0
      if (!columns) {
        columns = resolveColumns(fields, options, where)
        writer = pointsWriter(columns.kept.length, where)
        values = new Float64Array(columns.kept.length)
        if (columns.header) return
      }
      take(fields, line)
    },
    finish() {
      if (n === 0)
        throw new RangeError(
          `${where}: expected at least one row of numbers, got ${seen > 0 ? `${seen} that all lack a value` : columns ? 'a header alone' : 'an empty file'}`,
        )
      const { names, label, kept } = columns!
      return {
        x: printable({ ...writer.finish(), note: 'CSV numbers rounded to float32' }),
        columns: kept.map((t) => names[t]),
        ...(label >= 0 && sortedLabels([...ids.keys()], drawn)),
        ...(skips && { rows: Uint32Array.from(rows) }),
      }
    },
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
