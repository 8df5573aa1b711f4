/** @file Centroids that the caller gives instead of training them: flat, as rows, or as blocks of rows. */
import { describe } from './describe.js'

/** What fromCentroids takes: k·d values row-major in any typed array or plain array, k rows, or blocks of whole rows. */
export type CentroidsInput = ArrayLike<number> | readonly ArrayLike<number>[]

/**
 * The centroids as a float32 copy, k·d values, row-major.
 * @throws RangeError for rows without d columns, or values that are not finite in float32; TypeError for anything but numbers
 */
export function flatCentroids(where: string, centroids: CentroidsInput, d: number): Float32Array {
  const nested = Array.isArray(centroids) && typeof centroids[0] === 'object'
  const parts = (nested ? centroids : [centroids]) as ArrayLike<number>[]
  for (const [j, part] of parts.entries()) {
    if (nested && Array.isArray(part) && part.length !== d)
      throw new RangeError(`${where}: expected d = ${d} columns, got ${part.length} (centroid ${j})`)
    const isList = part !== null && typeof part === 'object' && Number.isInteger(part.length)
    if (!isList || part.length === 0 || part.length % d !== 0)
      throw new RangeError(`${where}: expected k · d values with d = ${d}, got ${isList && part.length > 0 ? part.length : describe(part)}`)
  }
  const flat = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  const place = (): string => `(centroid ${Math.floor(at / d)}, column ${at % d})`
  for (const part of parts)
    for (let i = 0; i < part.length; i++, at++) {
      const value: unknown = part[i]
      if (typeof value !== 'number') throw new TypeError(`${where}: expected numbers, got ${describe(value)} ${place()}`)
      flat[at] = value
      if (!Number.isFinite(flat[at])) throw new RangeError(`${where}: expected finite float32 values, got ${value} ${place()}`)
    }
  return flat
}
