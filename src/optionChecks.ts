/**
 * @file What is checked of any function's options: that they are an object, and hold known names only. Others are refused with a
 * suggestion.
 */
import { describe } from './describe.js'

/** @throws TypeError unless `options` is a plain object: an array in its place is usually the points or the weights */
export function checkObject(where: string, options: object): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options) || ArrayBuffer.isView(options))
    throw new TypeError(`${where}: expected an options object, got ${describe(options)}`)
}

/** What else an error message may suggest for an unknown name. */
export interface Suggestions {
  /** Names that have their place elsewhere in the same call. */
  others?: readonly string[]
  /** Advice for names that people bring along, under the name in lower case and without underscores. */
  advice?: Readonly<Record<string, string>>
}

/** @throws TypeError unless `options` is an object whose names are all `known`; suggests the nearest known name */
export function checkNames(where: string, options: object, known: readonly string[], { others = [], advice = {} }: Suggestions = {}): void {
  checkObject(where, options)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const place = plain(name)
    const nearest = nearestName(name, [...known, ...others])
    const list = known.length > 0 ? `known are ${[...known, ...others].join(', ')}` : 'it takes none'
    const wayOut = Object.hasOwn(advice, place) ? advice[place] : nearest === undefined ? list : `did you mean '${nearest}'?`
    throw new TypeError(`${where}: unknown option '${name}'; ${wayOut}`)
  }
}

/** @throws TypeError unless `signal` is undefined or an AbortSignal */
export function checkSignal(where: string, signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`${where}: expected signal to be an AbortSignal, got ${describe(signal)}`)
}

/** A name without case, underscores and hyphens: max_iter and maxIter are the same. */
const plain = (s: string): string => s.replaceAll(/[_-]/g, '').toLowerCase()

/** The known name with the least edit distance; undefined where more than half of the letters would have to change. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined
  let least = Infinity
  for (const other of known) {
    const distance = editDistance(plain(name), plain(other))
    if (distance < least && distance * 2 <= Math.max(name.length, other.length)) {
      least = distance
      nearest = other
    }
  }
  return nearest
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]
}
