/** @file What the columns of a CSV file are: whether the first record names them, which holds the labels, what a cell means. */

import { describe } from '../describe.js'

/** A column by its name in the header, or by its index; −1 is the last. */
export type ColumnRef = string | number

/** The columns of one file, as its first record and the options tell. */
export interface Columns {
  /** Whether the first record is a header. */
  readonly header: boolean
  /** One name a column; the index where there is no header. */
  readonly names: readonly string[]
  /** Index of the label column, −1 where there is none. */
  readonly label: number
  /** Indices of the columns that become x, in their order there. */
  readonly kept: readonly number[]
}

/** The part of CsvOptions (csv.ts) that concerns columns. */
export interface ColumnOptions {
  header?: boolean | 'auto'
  label?: ColumnRef
  columns?: readonly ColumnRef[]
  ignore?: readonly ColumnRef[]
}

/** Settles the columns from the first record. @throws RangeError for a reference to no column, or nothing left for x */
export function resolveColumns(first: readonly string[], options: ColumnOptions, where: string): Columns {
  const { header = 'auto', label, columns, ignore = [] } = options
  const references = [...(label === undefined ? [] : [label]), ...(columns ?? ignore)]
  const named = references.some((reference) => typeof reference === 'string')
  if (named && header === false)
    throw new RangeError(`${where}: expected columns by index where there is no header, got ${quotedList(references)}`)
  const byIndex = (reference: ColumnRef): number =>
    typeof reference === 'number' && reference < 0 ? first.length + reference : Number(reference)
  const others = named ? [] : references.map(byIndex)
  const numbers = columns === undefined ? (t: number) => !others.includes(t) : (t: number) => columns.map(byIndex).includes(t)
  const hasHeader = header === 'auto' ? named || looksLikeHeader(first.filter((_, t) => numbers(t))) : header
  const names = first.map((cell, t) => (hasHeader ? cell.trim() : String(t)))

  const indexOf = (reference: ColumnRef, option: string): number => {
    if (typeof reference === 'number') {
      const index = byIndex(reference)
      if (Number.isInteger(index) && index >= 0 && index < names.length) return index
      throw new RangeError(`${where}: expected ${option} to be a column of 0 … ${names.length - 1}, got ${reference}`)
    }
    const found = names.filter((name) => name === reference).length
    if (found === 1) return names.indexOf(reference)
    throw new RangeError(
      `${where}: expected ${option} to name one column of ${listed(names)}, got ${describe(reference)}, which names ${found}`,
    )
  }
  const labelIndex = label === undefined ? -1 : indexOf(label, 'label')
  const left = new Set([labelIndex, ...ignore.map((reference) => indexOf(reference, 'ignore'))])
  const kept = columns?.map((reference) => indexOf(reference, 'columns')) ?? names.map((_, t) => t).filter((t) => !left.has(t))
  if (new Set(kept).size < kept.length || (columns && kept.includes(labelIndex)))
    throw new RangeError(`${where}: expected columns to be different, and none of them the label, got ${quotedList(columns ?? [])}`)
  if (kept.length === 0) throw new RangeError(`${where}: expected at least one column of numbers beside the labels, got ${listed(names)}`)
  return { header: hasHeader, names, label: labelIndex, kept }
}

/**
 * A record is a header when it has words and no number where numbers should be. One number among words counts against it: a damaged first
 * row must be an error, not a row that goes missing.
 */
function looksLikeHeader(cells: readonly string[]): boolean {
  return cells.some(isWord) && cells.every((cell) => isWord(cell) || isMissing(cell))
}

const isWord = (cell: string): boolean => Number.isNaN(cellNumber(cell)) && !isMissing(cell)

const MISSING = new Set(['', 'na', 'n/a', '#n/a', 'nan', 'null', 'none', '?', '-', '.'])

/** Whether the cell is one of the usual marks for a value that is not there. */
export const isMissing = (cell: string): boolean => MISSING.has(cell.trim().toLowerCase())

/** The decimal number in a cell, spaces around it allowed; NaN for anything else, 0x10 and the empty cell included. */
export function cellNumber(cell: string): number {
  const value = Number(cell)
  // Number() also takes '' and ' ' as 0, and 0x, 0o, 0b: both can only happen where the result is no fraction
  if (Number.isInteger(value) && (cell.trim() === '' || /[xob]/i.test(cell))) return NaN
  return value
}

const quotedList = (references: readonly ColumnRef[]): string => references.map((reference) => describe(reference)).join(', ')

const listed = (names: readonly string[]): string =>
  names
    .slice(0, 8)
    .map((name) => describe(name))
    .join(', ') + (names.length > 8 ? `, … (${names.length} columns)` : '')
