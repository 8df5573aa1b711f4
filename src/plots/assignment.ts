/**
 * @file The assignment problem: the Hungarian method with shortest augmenting paths (Jonker and Volgenant, Computing 38, 1987), O(rows² ·
 * columns).
 */

/**
 * The columns that give the largest sum, one for each row and none twice.
 * @param value value of a row and a column; rows ≤ columns
 * @returns the column of each row
 */
export function bestAssignment(rows: number, columns: number, value: (row: number, column: number) => number): Int32Array {
  const rowPrice = new Float64Array(rows)
  const columnPrice = new Float64Array(columns + 1)
  const rowOf = new Int32Array(columns + 1).fill(-1)
  const start = columns // a column of its own, from which each path starts
  for (let row = 0; row < rows; row++) {
    rowOf[start] = row
    const slack = new Float64Array(columns).fill(Infinity)
    const previous = new Int32Array(columns).fill(start)
    const visited = new Uint8Array(columns + 1)
    let column = start
    while (rowOf[column] !== -1) {
      visited[column] = 1
      const r = rowOf[column]
      let next = -1
      for (let j = 0; j < columns; j++) {
        if (visited[j]) continue
        const reduced = -value(r, j) - rowPrice[r] - columnPrice[j]
        if (reduced < slack[j]) {
          slack[j] = reduced
          previous[j] = column
        }
        if (next < 0 || slack[j] < slack[next]) next = j
      }
      const step = slack[next]
      for (let j = 0; j <= columns; j++)
        if (visited[j]) {
          rowPrice[rowOf[j]] += step
          columnPrice[j] -= step
        } else if (j < columns) slack[j] -= step
      column = next
    }
    while (column !== start) {
      rowOf[column] = rowOf[previous[column]]
      column = previous[column]
    }
  }
  const assigned = new Int32Array(rows)
  for (let j = 0; j < columns; j++) if (rowOf[j] >= 0) assigned[rowOf[j]] = j
  return assigned
}
