/** @file Labels of any kind → codes 0 … k−1. The codes ascend with the labels, as numpy.unique's do. */

/** A class or a cluster: any finite number, string, bigint or boolean; all of one type within one labeling. */
export type Label = number | string | bigint | boolean

/** Labels as numbers from 0 on. */
export interface Codes {
  /** One code per point. */
  codes: Int32Array
  /** The distinct labels, ascending: values[code] is the label. */
  values: Label[]
}

/** Integers that span at most this many values per point (and TABLE_MIN in any case) are looked up in a table, not in a Map. */
const TABLE_PER_POINT = 4
const TABLE_MIN = 2 ** 16

/** @throws TypeError where `labels` is no array of labels */
export function checkLabels(labels: ArrayLike<Label>, where: string, name: string): void {
  const isArray = Array.isArray(labels) || (ArrayBuffer.isView(labels) && 'length' in labels)
  if (isArray) return
  const plain = labels !== null && typeof labels === 'object' && Number.isInteger(labels.length)
  if (!plain || (labels.length > 0 && labels[0] === undefined))
    throw new TypeError(`${where}: expected ${name} to be an array of labels, got ${describe(labels)}`)
}

/**
 * The codes of `labels`: gaps, negative numbers, fractions and strings are fine.
 * @throws TypeError for labels of several types or of none; RangeError for NaN and infinite ones
 */
export function encodeLabels(labels: ArrayLike<Label>, where: string, name: string): Codes {
  checkLabels(labels, where, name)
  const n = labels.length
  if (n === 0) return { codes: new Int32Array(0), values: [] }
  const type = typeof labels[0]
  if (type !== 'number' && type !== 'string' && type !== 'bigint' && type !== 'boolean')
    throw new TypeError(`${where}: expected ${name} to hold numbers or strings, got ${describe(labels[0])} (index 0)`)
  let min = Infinity
  let max = -Infinity
  let integers = type === 'number'
  for (let i = 0; i < n; i++) {
    const label = labels[i]
    if (typeof label !== type) throw new TypeError(`${where}: expected ${name} to hold only ${type}s, got ${describe(label)} (index ${i})`)
    if (typeof label !== 'number') continue
    if (!Number.isFinite(label)) throw new RangeError(`${where}: expected finite ${name}, got ${label} (index ${i})`)
    integers &&= Number.isInteger(label)
    if (label < min) min = label
    if (label > max) max = label
  }
  const tabled = integers && max - min < Math.max(TABLE_MIN, TABLE_PER_POINT * n)
  return tabled ? byTable(labels as ArrayLike<number>, min, max) : byMap(labels)
}

function byTable(labels: ArrayLike<number>, min: number, max: number): Codes {
  const table = new Int32Array(max - min + 1)
  for (let i = 0; i < labels.length; i++) table[labels[i] - min] = 1
  const values: number[] = []
  for (let at = 0; at < table.length; at++) {
    if (table[at] === 0) continue
    table[at] = values.length
    values.push(at + min)
  }
  const codes = new Int32Array(labels.length)
  for (let i = 0; i < codes.length; i++) codes[i] = table[labels[i] - min]
  return { codes, values }
}

function byMap(labels: ArrayLike<Label>): Codes {
  const seen = new Map<Label, number>()
  const codes = new Int32Array(labels.length)
  for (let i = 0; i < codes.length; i++) {
    let id = seen.get(labels[i])
    if (id === undefined) {
      id = seen.size
      seen.set(labels[i], id)
    }
    codes[i] = id
  }
  const values = [...seen.keys()].sort((a, b) => (a < b ? -1 : 1))
  const ranks = new Int32Array(values.length)
  for (const [rank, value] of values.entries()) ranks[seen.get(value)!] = rank
  for (let i = 0; i < codes.length; i++) codes[i] = ranks[codes[i]]
  return { codes, values }
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `the string '${value.slice(0, 20)}'`
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'no class'})`
  return typeof value
}
