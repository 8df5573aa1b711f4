/**
 * @file Silhouettes of points that are sorted by cluster. All pairs of rows are visited once, as tiles of distances; a tile is added to the
 * sums of its rows and, mirrored, to those of its columns. Either way a row meets all others in ascending order, cluster after cluster: it
 * needs one running sum, and nothing of size n×n or n×k exists.
 */

import type { Pace } from '../pace.js'

/** The distance kernel takes two rows × four columns at a time, so that each value it loads is used in several of eight running sums. */
export const ROWS_AT_ONCE = 4
/** Largest side of a tile: its distances (32 KiB) and, up to about d = 64, its rows stay in the processor's caches. */
const MAX_TILE = 64
/** Most pairs of values that one tile reads. That takes about a millisecond, so the event loop gets its turn often enough. */
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
  const byRow = { distances, rowStride: tile, columnStride: 1 }
  const mirrored = { distances, rowStride: 1, columnStride: tile }
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
      fillTile({ x, d }, { from: i, to: Math.min(i + tile, padded) }, { from: j, to: Math.min(j + tile, padded) }, byRow)
      const rows = { from: i, to: Math.min(i + tile, n) }
      const columns = { from: j, to: Math.min(j + tile, n) }
      addTile(sums, rows, columns, byRow)
      if (j > i) addTile(sums, columns, rows, mirrored)
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

/** Points [from, to). */
interface Range {
  from: number
  to: number
}

/** Distances from some rows to some columns: that of row r and column c of the tile stands at r·rowStride + c·columnStride. */
interface Tile {
  distances: Float64Array
  rowStride: number
  columnStride: number
}

/** What has been added up for each of n rows. Every row meets the other points in ascending order, so cluster after cluster. */
interface Sums {
  /** Where each cluster starts, and n. */
  starts: Float64Array
  clusterOf: Int32Array
  /** Per row: the sum of the distances to the points of the cluster that the row is meeting. */
  running: Float64Array
  /** Per row: the sum of the distances to the points of its own cluster. */
  own: Float64Array
  /** Per row: the smallest mean distance to another cluster so far. */
  nearest: Float64Array
}

/** Adds a tile to the sums of its rows; its columns must be the next points that these rows meet. */
function addTile({ starts, clusterOf, running, own, nearest }: Sums, rows: Range, columns: Range, tile: Tile): void {
  const { distances, rowStride, columnStride } = tile
  for (let row = rows.from; row < rows.to; row++) {
    let at = (row - rows.from) * rowStride
    for (let other = columns.from, j = clusterOf[other]; other < columns.to; j++) {
      const clusterEnd = starts[j + 1]
      const stop = Math.min(columns.to, clusterEnd)
      let sum = 0
      for (; other < stop; other++, at += columnStride) sum += distances[at]
      running[row] += sum
      if (stop < clusterEnd) break
      if (j === clusterOf[row]) own[row] = running[row]
      else nearest[row] = Math.min(nearest[row], running[row] / (clusterEnd - starts[j]))
      running[row] = 0
    }
  }
}

/**
 * Writes the Euclidean distances of a tile, row by row: from each of `rows` (an even number) to each of `columns` (a multiple of four).
 * Three operations per pair and value. A block of two rows p, q and four columns u, v, w, z at a time; pu is the sum for p and u, and so
 * on.
 */
function fillTile({ x, d }: { x: Float64Array; d: number }, rows: Range, columns: Range, { distances, rowStride }: Tile): void {
  for (let i = rows.from; i < rows.to; i += 2) {
    const p = i * d
    const q = p + d
    for (let j = columns.from; j < columns.to; j += ROWS_AT_ONCE) {
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
      const at = (i - rows.from) * rowStride + j - columns.from
      distances[at] = Math.sqrt(pu)
      distances[at + 1] = Math.sqrt(pv)
      distances[at + 2] = Math.sqrt(pw)
      distances[at + 3] = Math.sqrt(pz)
      distances[at + rowStride] = Math.sqrt(qu)
      distances[at + rowStride + 1] = Math.sqrt(qv)
      distances[at + rowStride + 2] = Math.sqrt(qw)
      distances[at + rowStride + 3] = Math.sqrt(qz)
    }
  }
}
