/** @file Unknown options are refused, with the name that was probably meant. */
import { describe } from './describe.js'

/** @throws TypeError unless `options` is a plain object: an array in its place is usually the points or the weights */
export function checkObject(where: string, options: object): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options) || ArrayBuffer.isView(options))
    throw new TypeError(`${where}: expected an options object, got ${describe(options)}`)
}

/** @throws TypeError for a name that is not `known`, with the nearest name of `known` and `others` */
export function checkNames(where: string, options: object, known: readonly string[], others: readonly string[] = []): void {
  checkObject(where, options)
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw new TypeError(`${where}: unknown option '${name}'; ${wayOut(name, [...known, ...others])}`)
}

/** What to say to names that people bring from faiss and scikit-learn, or that are arguments here. Keys as `plain` writes them. */
const PLACES: Readonly<Record<string, string>> = {
  d: 'd and k come before the options',
  k: 'd and k come before the options',
  nclusters: 'k, the number of clusters, comes after d and before the options',
  maxiter: "did you mean 'niter'?",
  ninit: "did you mean 'nredo'?",
  randomstate: "did you mean 'seed'?",
  earlystopthreshold: "did you mean 'tol', with tolMode 'faiss'?",
  sampleweight: 'weights are given to train, fit and score, beside the points',
}

function wayOut(name: string, known: readonly string[]): string {
  const place = plain(name)
  if (Object.hasOwn(PLACES, place) && !known.includes(name)) return PLACES[place]
  const nearest = nearestName(name, known)
  return nearest === undefined ? `known are ${known.join(', ')}` : `did you mean '${nearest}'?`
}

/** A name without case, underscores and hyphens: max_iter and maxIter are the same. */
const plain = (s: string): string => s.replaceAll(/[_-]/g, '').toLowerCase()

/** The known name with the least edit distance; undefined where more than half of the letters would have to change. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((other) => ({ other, distance: editDistance(plain(name), plain(other)) }))
  const { other, distance } = ranked.reduce((a, b) => (b.distance < a.distance ? b : a))
  return distance * 2 <= Math.max(name.length, other.length) ? other : undefined
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
