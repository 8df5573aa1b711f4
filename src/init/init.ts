/** @file From the option `init` to k·d initial centroids. */
import { describe } from '../describe.js'
import { normalize } from '../exact.js'
import type { Init } from '../options.js'
import { afkMc2 } from './afkMc2.js'
import type { Start } from './context.js'
import { kMeansParallel } from './kMeansParallel.js'
import { kMeansPlusPlus } from './kMeansPlusPlus.js'
import { randomInit } from './random.js'

const WAYS = { random: randomInit, 'k-means++': kMeansPlusPlus, 'k-means||': kMeansParallel, 'afk-mc2': afkMc2 }

/**
 * The initial centroids of one run, normalised when spherical; those given may come back as they are, and are not to be written to.
 * @throws RangeError where given centroids have the wrong size or a value that is not finite
 */
export async function initialCentroids(where: string, init: Init, start: Start): Promise<Float32Array> {
  const centroids = typeof init === 'string' ? await WAYS[init](start) : checked(where, await given(where, init, start), start)
  if (!start.preparation.spherical) return centroids
  const copy = centroids.slice()
  for (let j = 0; j < start.k; j++) normalize(copy, j * start.d, start.d)
  return copy
}

function given(where: string, init: Exclude<Init, string>, start: Start): Float32Array | Promise<Float32Array> {
  if (typeof init !== 'function') return init
  const { session, n, d, k, seed, redo } = start
  const rows = async (ids: Uint32Array): Promise<Float32Array> => {
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= n)
    if (wrong !== undefined) throw new RangeError(`${where}: expected init to ask for rows from 0 to n - 1 = ${n - 1}, got ${wrong}`)
    return session.rows(Uint32Array.from(ids))
  }
  return init({ n, d, k, seed, redo, rows })
}

function checked(where: string, centroids: Float32Array, { k, d }: Start): Float32Array {
  const expected = `${where}: expected init to give k · d = ${k} · ${d} = ${k * d} values`
  if (!(centroids instanceof Float32Array)) throw new TypeError(`${expected} in a Float32Array, got ${describe(centroids)}`)
  if (centroids.length !== k * d) throw new RangeError(`${expected}, got ${centroids.length}`)
  let wrong = 0
  while (wrong < centroids.length && Number.isFinite(centroids[wrong])) wrong++
  if (wrong < centroids.length)
    throw new RangeError(`${expected}, all finite, got ${centroids[wrong]} (centroid ${Math.floor(wrong / d)}, column ${wrong % d})`)
  return centroids
}
