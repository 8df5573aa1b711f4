/** @file Centroids that are given instead of trained: flat, as rows, or as blocks. */

/** What fromCentroids takes: k·d values row-major in any typed array or plain array, k rows, or blocks of whole rows. */
export type CentroidsInput = ArrayLike<number> | readonly ArrayLike<number>[]

/**
 * A float32 copy, k·d values.
 * @throws RangeError for rows that are not of d columns, and for values that are not finite in float32
 */
export function flatCentroids(where: string, centroids: CentroidsInput, d: number): Float32Array {
  const nested = Array.isArray(centroids) && typeof centroids[0] !== 'number'
  const parts = (nested ? centroids : [centroids]) as ArrayLike<number>[]
  for (const [j, part] of parts.entries()) {
    if (nested && Array.isArray(part) && part.length !== d)
      throw new RangeError(`${where}: expected d = ${d} columns, got ${part.length} (centroid ${j})`)
    if (!(part?.length > 0) || part.length % d !== 0)
      throw new RangeError(`${where}: expected k · d values with d = ${d}, got ${part?.length ?? String(part)}`)
  }
  if (parts.length === 0) throw new RangeError(`${where}: expected at least one centroid, got an empty array`)
  const flat = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    flat.set(part, at)
    at += part.length
  }
  const wrong = flat.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new RangeError(`${where}: expected finite values, got ${flat[wrong]} (centroid ${Math.floor(wrong / d)}, column ${wrong % d})`)
  return flat
}
