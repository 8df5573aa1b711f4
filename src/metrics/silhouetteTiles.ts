/**
 * @file Silhouettes of points that are sorted by cluster. All pairs of rows are visited once, as tiles of distances; a tile is added to the
 * sums of its rows and, mirrored, to those of its columns. Either way a row meets all others in ascending order, cluster after cluster: it
 * needs one running sum, and nothing of size n×n or n×k exists.
 */

import type { Pace } from '../pace.js'

/** The distance kernel takes columns by four (and rows by two): each value that is loaded is used in several of eight running sums. */
export const ROWS_AT_ONCE = 4
/** Largest side of a tile: its distances (32 KiB) and, up to d = 64 or so, its rows stay in the caches. */
const MAX_TILE = 64
/** A tile reads at most this many pairs of values, about a millisecond, so that the clock is looked at often enough. */
const TILE_WORK = 2 ** 21

/**
 * The silhouettes of n points.
 * @param x IN rows of d columns, sorted by cluster, padded with rows of zeros to a multiple of ROWS_AT_ONCE
 * @param starts IN where each of the k clusters starts, and n
 * @returns n values in the order of the rows
 */
export async function silhouettes(x: Float64Array, d: number, starts: Float64Array, clock: Pace): Promise<Float64Array> {
  const k = starts.length - 1
  const n = starts[k]
  const clusterOf = new Int32Array(n)
  for (let j = 0; j < k; j++) clusterOf.fill(j, starts[j], starts[j + 1])
  const side = Math.floor(Math.sqrt(TILE_WORK / d) / ROWS_AT_ONCE) * ROWS_AT_ONCE
  const tile = Math.min(MAX_TILE, Math.max(ROWS_AT_ONCE, side))
  const distances = new Float64Array(tile * tile)
  const sums: Sums = {
    starts,
    clusterOf,
    running: new Float64Array(n),
    own: new Float64Array(n),
    nearest: new Float64Array(n).fill(Infinity),
  }
  const padded = x.length / d
  for (let i = 0; i < n; i += tile)
    for (let j = i; j < n; j += tile) {
      fillTile(x, d, i, Math.min(i + tile, padded), j, Math.min(j + tile, padded), distances, tile)
      const iEnd = Math.min(i + tile, n)
      const jEnd = Math.min(j + tile, n)
      addTile(sums, i, iEnd, j, jEnd, distances, tile, 1)
      if (j > i) addTile(sums, j, jEnd, i, iEnd, distances, 1, tile)
      if (clock.due()) await clock.rest()
    }
  return sums.own.map((own, i) => {
    const size = starts[clusterOf[i] + 1] - starts[clusterOf[i]]
    const a = own / (size - 1)
    const b = sums.nearest[i]
    const larger = Math.max(a, b)
    return size === 1 || larger === 0 ? 0 : (b - a) / larger
  })
}

interface Sums {
  starts: Float64Array
  clusterOf: Int32Array
  /** Per row: distances to the points of the cluster it has come to. */
  running: Float64Array
  /** Per row: the sum of the distances to the points of its own cluster. */
  own: Float64Array
  /** Per row: the smallest mean distance to another cluster so far. */
  nearest: Float64Array
}

/** Adds the distances from each of the rows [from, to) to each of [first, end), the next ones that these rows meet. */
function addTile(
  { starts, clusterOf, running, own, nearest }: Sums,
  from: number,
  to: number,
  first: number,
  end: number,
  distances: Float64Array,
  rowStride: number,
  stride: number,
): void {
  for (let row = from; row < to; row++) {
    let at = (row - from) * rowStride
    for (let other = first, j = clusterOf[first]; other < end; j++) {
      const clusterEnd = starts[j + 1]
      const stop = Math.min(end, clusterEnd)
      let sum = 0
      for (; other < stop; other++, at += stride) sum += distances[at]
      running[row] += sum
      if (stop < clusterEnd) break
      if (j === clusterOf[row]) own[row] = running[row]
      else nearest[row] = Math.min(nearest[row], running[row] / (clusterEnd - starts[j]))
      running[row] = 0
    }
  }
}

/** distances[(i − i0)·tile + j − j0] = ‖x_i − x_j‖; i1 − i0 is even, j1 − j0 a multiple of four. 3 flops per pair and column. */
function fillTile(x: Float64Array, d: number, i0: number, i1: number, j0: number, j1: number, distances: Float64Array, tile: number): void {
  for (let i = i0; i < i1; i += 2) {
    const p = i * d
    const q = p + d
    for (let j = j0; j < j1; j += ROWS_AT_ONCE) {
      const u = j * d
      const v = u + d
      const w = v + d
      const z = w + d
      let pu = 0
      let pv = 0
      let pw = 0
      let pz = 0
      let qu = 0
      let qv = 0
      let qw = 0
      let qz = 0
      for (let t = 0; t < d; t++) {
        const xp = x[p + t]
        const xq = x[q + t]
        const xu = x[u + t]
        const xv = x[v + t]
        const xw = x[w + t]
        const xz = x[z + t]
        pu += (xp - xu) * (xp - xu)
        pv += (xp - xv) * (xp - xv)
        pw += (xp - xw) * (xp - xw)
        pz += (xp - xz) * (xp - xz)
        qu += (xq - xu) * (xq - xu)
        qv += (xq - xv) * (xq - xv)
        qw += (xq - xw) * (xq - xw)
        qz += (xq - xz) * (xq - xz)
      }
      const at = (i - i0) * tile + j - j0
      distances[at] = Math.sqrt(pu)
      distances[at + 1] = Math.sqrt(pv)
      distances[at + 2] = Math.sqrt(pw)
      distances[at + 3] = Math.sqrt(pz)
      distances[at + tile] = Math.sqrt(qu)
      distances[at + tile + 1] = Math.sqrt(qv)
      distances[at + tile + 2] = Math.sqrt(qw)
      distances[at + tile + 3] = Math.sqrt(qz)
    }
  }
}
