/** @file The rows farthest from their centroids. */

/** Rows and their squared distances: the farthest first, the lower row first on ties. */
export interface Farthest {
  rows: Uint32Array
  sqDistances: Float64Array
}

/** Up to this many rows are found by insertion into a sorted list; for more, sorting all rows is faster. */
const FEW = 256

/** The m rows with the largest distances, of n distances. */
export function farthestOf(distances: Float64Array, m: number): Farthest {
  const kept = Math.min(m, distances.length)
  if (kept > FEW) {
    const order = Uint32Array.from(distances.keys()).sort((a, b) => distances[b] - distances[a] || a - b)
    return { rows: order.slice(0, kept), sqDistances: Float64Array.from(order.subarray(0, kept), (i) => distances[i]) }
  }
  const rows = new Uint32Array(kept)
  let found = 0
  for (let i = 0; i < distances.length; i++) {
    if (found === kept && !(distances[i] > distances[rows[kept - 1]])) continue
    let at = Math.min(found, kept - 1)
    for (; at > 0 && distances[rows[at - 1]] < distances[i]; at--) rows[at] = rows[at - 1]
    rows[at] = i
    if (found < kept) found++
  }
  return { rows, sqDistances: Float64Array.from(rows, (i) => distances[i]) }
}

/** The m farthest rows of several lists. */
export function mergeFarthest(lists: readonly Farthest[], m: number): Farthest {
  const all = lists.flatMap(({ rows, sqDistances }) => Array.from(rows, (row, i) => ({ row, sqDistance: sqDistances[i] })))
  all.sort((a, b) => b.sqDistance - a.sqDistance || a.row - b.row)
  const kept = all.slice(0, m)
  return { rows: Uint32Array.from(kept, ({ row }) => row), sqDistances: Float64Array.from(kept, ({ sqDistance }) => sqDistance) }
}
