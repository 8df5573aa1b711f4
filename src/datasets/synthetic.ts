/**
 * @file scikit-learn's generators of small clustering problems. The shapes are scikit-learn's; the random numbers are ours, so that a seed
 * gives the same bits everywhere, and `shuffle: false` gives the same rows in the order of their classes.
 */

import { describe } from '../describe.js'
import { checkNames } from '../optionChecks.js'
import { printable } from '../pointsText.js'
import { random, sampleWithoutReplacement, STREAM } from '../random.js'
import { allocateBlocks } from './blocks.js'
import { anySeed, integerAtLeast, notNegative } from './checks.js'
import type { Dataset } from './dataset.js'
import { normals } from './normal.js'
import { cosSinTurn } from './turn.js'

/** Streams for the order of rows, apart from the one for the centres. */
const SHUFFLE_STREAM = STREAM.data + 2 * 2 ** 16

/** Options of makeBlobs. */
export interface BlobsOptions {
  /** Number of points, shared out equally; or the number of each cluster. Default 100. */
  n?: number | readonly number[]
  /** Columns. Default 2, or those of `centers`. */
  d?: number
  /** How many centres to draw, or the centres themselves. Default 3, or the length of `n`. */
  centers?: number | readonly (readonly number[])[]
  /** Standard deviation of every cluster, or one for each. Default 1. */
  clusterStd?: number | readonly number[]
  /** Interval that drawn centres lie in, in every column. Default [-10, 10]. */
  centerBox?: readonly [low: number, high: number]
  /** Default true; false leaves cluster 0 first. */
  shuffle?: boolean
  /** Any safe integer. Default 0. */
  seed?: number
}

/** Isotropic Gaussian clusters, as scikit-learn's make_blobs. x is n×d; labels are the clusters; centroids the centres. */
export function makeBlobs(options: BlobsOptions = {}): Dataset {
  const where = 'makeBlobs'
  checkNames(where, options, ['n', 'd', 'centers', 'clusterStd', 'centerBox', 'shuffle', 'seed'])
  const { n = 100, clusterStd = 1, centerBox = [-10, 10], shuffle = true, seed = 0 } = options
  anySeed(where, seed)
  if (typeof n !== 'number' && !Array.isArray(n))
    throw new TypeError(`${where}: expected n to be a number or an array of them, got ${describe(n)}`)
  const centroids = blobCentres(where, { ...options, n, centerBox, seed })
  const k = centroids.length
  const d = centroids[0].length
  const counts = typeof n === 'number' ? shares(where, n, k) : n
  if (counts.length !== k) throw new RangeError(`${where}: expected n to list ${k} clusters, as centers does, got ${counts.length}`)
  for (const [j, count] of counts.entries()) integerAtLeast(where, `n[${j}]`, count, 0)
  const stds = typeof clusterStd === 'number' ? centroids.map(() => clusterStd) : clusterStd
  if (stds.length !== k) throw new RangeError(`${where}: expected clusterStd to list ${k} clusters, got ${describe(clusterStd)}`)
  for (const std of stds) notNegative(where, 'clusterStd', std)

  const noise = normals(seed, STREAM.noise)
  const z = new Float64Array(d)
  const generated = fill(where, { counts, d, seed, shuffle }, (row, source, label) => {
    noise(z, source * d)
    for (let t = 0; t < d; t++) row[t] = centroids[label][t] + stds[label] * z[t]
  })
  return { name: 'blobs', ...generated, centroids: Float32Array.from(centroids.flat()), ...origin(where, seed) }
}

/** The centres that were given, or as many as are asked for, drawn uniformly from the box. */
function blobCentres(
  where: string,
  { d, centers, n, centerBox, seed }: BlobsOptions & Required<Pick<BlobsOptions, 'n' | 'centerBox' | 'seed'>>,
): readonly (readonly number[])[] {
  if (Array.isArray(centers)) {
    const width = centers[0]?.length
    if (!width || !centers.every((c) => c.length === width && Array.from(c).every(Number.isFinite)))
      throw new RangeError(`${where}: expected centers to be rows of finite numbers, all of one length, got ${describe(centers)}`)
    if (d !== undefined && d !== width) throw new RangeError(`${where}: expected centers of d = ${d} columns, got ${width}`)
    return centers.map((c) => Array.from(c as readonly number[]))
  }
  const k = centers ?? (typeof n === 'number' ? 3 : n.length)
  integerAtLeast(where, 'centers', k, 1)
  const width = d ?? 2
  integerAtLeast(where, 'd', width, 1)
  const [low, high] = centerBox
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high)
    throw new RangeError(`${where}: expected centerBox to be [low, high] with low ≤ high, got [${low}, ${high}]`)
  const rng = random(seed, STREAM.data)
  const drawn = (j: number): number[] => Array.from({ length: width }, (_, t) => low + (high - low) * rng.uniform(j * width + t))
  return Array.from({ length: k as number }, (_, j) => drawn(j))
}

/** Options of makeMoons, and of makeCircles. */
export interface ShapesOptions {
  /** Number of points, shared out equally, the second class one more if odd; or the number of each of the two. Default 100. */
  n?: number | readonly [number, number]
  /** Standard deviation of Gaussian noise on both columns. Default 0. */
  noise?: number
  /** Default true; false leaves class 0 first. */
  shuffle?: boolean
  /** Any safe integer. Default 0. */
  seed?: number
}

/** Two interleaving half circles, as scikit-learn's make_moons. x is n×2; label 0 is the upper moon. */
export function makeMoons(options: ShapesOptions = {}): Dataset {
  checkNames('makeMoons', options, ['n', 'noise', 'shuffle', 'seed'])
  return makeShapes('makeMoons', 'moons', options, (label, i, count) => {
    const [cos, sin] = cosSinTurn(count > 1 ? i / (count - 1) / 2 : 0)
    return label === 0 ? [cos, sin] : [1 - cos, 0.5 - sin]
  })
}

/** Options of makeCircles. */
export interface CirclesOptions extends ShapesOptions {
  /** Radius of the inner circle, in [0, 1). Default 0.8. */
  factor?: number
}

/** A circle inside a larger one of radius 1, as scikit-learn's make_circles. x is n×2; label 1 is the inner circle. */
export function makeCircles(options: CirclesOptions = {}): Dataset {
  checkNames('makeCircles', options, ['n', 'noise', 'shuffle', 'seed', 'factor'])
  const { factor = 0.8 } = options
  if (!(factor >= 0 && factor < 1)) throw new RangeError(`makeCircles: expected factor in [0, 1), got ${describe(factor)}`)
  return makeShapes('makeCircles', 'circles', options, (label, i, count) => {
    const [cos, sin] = cosSinTurn(i / count)
    return label === 0 ? [cos, sin] : [factor * cos, factor * sin]
  })
}

function makeShapes(
  where: string,
  name: string,
  { n = 100, noise = 0, shuffle = true, seed = 0 }: ShapesOptions,
  shape: (label: number, i: number, count: number) => [number, number],
): Dataset {
  anySeed(where, seed)
  notNegative(where, 'noise', noise)
  const counts = typeof n === 'number' ? shares(where, n, 2).reverse() : n
  if (counts?.length !== 2) throw new RangeError(`${where}: expected n to be a number or two of them, got ${describe(n)}`)
  for (const [j, count] of counts.entries()) integerAtLeast(where, `n[${j}]`, count, 0)
  const jitter = normals(seed, STREAM.noise)
  const z = new Float64Array(2)
  const generated = fill(where, { counts, d: 2, seed, shuffle }, (row, source, label) => {
    const [x, y] = shape(label, label === 0 ? source : source - counts[0], counts[label])
    if (noise > 0) jitter(z, source * 2)
    row[0] = x + noise * z[0]
    row[1] = y + noise * z[1]
  })
  return { name, ...generated, ...origin(where, seed) }
}

/** n in k shares that differ by at most one, the larger first. */
function shares(where: string, n: number, k: number): number[] {
  integerAtLeast(where, 'n', n, 1)
  return Array.from({ length: k }, (_, j) => Math.floor(n / k) + (j < n % k ? 1 : 0))
}

/** What `fill` is told of a set: the points of each cluster, columns, and how rows are ordered. */
interface Shape {
  counts: readonly number[]
  d: number
  seed: number
  shuffle: boolean
}

/**
 * Makes the rows of a set, shuffled if asked.
 * @param write writes one row; `source` is the index that the row has in the unshuffled set, whose clusters lie one after the other
 */
function fill(
  where: string,
  { counts, d, seed, shuffle }: Shape,
  write: (row: Float32Array, source: number, label: number) => void,
): Pick<Dataset, 'x' | 'labels'> {
  if (typeof shuffle !== 'boolean') throw new TypeError(`${where}: expected shuffle to be true or false, got ${describe(shuffle)}`)
  const n = counts.reduce((sum, count) => sum + count, 0)
  integerAtLeast(where, 'n', n, 1)
  const blocks = allocateBlocks(n, d, where)
  const sorted = new Int32Array(n)
  for (let j = 0, end = 0; j < counts.length; j++) sorted.fill(j, end, (end += counts[j]))
  const order = shuffle ? sampleWithoutReplacement(n, n, random(seed, SHUFFLE_STREAM)) : undefined
  const labels = order ? new Int32Array(n) : sorted
  let i = 0
  for (const block of blocks)
    for (let at = 0; at < block.length; at += d, i++) {
      const source = order ? order[i] : i
      labels[i] = sorted[source]
      write(block.subarray(at, at + d), source, labels[i])
    }
  return { x: printable({ blocks, n, d }), labels }
}

const origin = (where: string, seed: number): Pick<Dataset, 'source' | 'licence'> => ({
  source: `generated by ${where}, seed ${seed}`,
  licence: 'CC0-1.0',
})
