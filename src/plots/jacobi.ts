/**
 * @file Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's rotations (Golub and Van Loan, "Matrix Computations", 8.5).
 */

/** Eigenvalues in descending order; `vectors[i]` belongs to `values[i]` and has length 1. */
interface Eigen {
  values: number[]
  vectors: Float64Array[]
}

const MAX_SWEEPS = 60

/** @param matrix m×m, symmetric; it is overwritten */
export function symmetricEigen(matrix: Float64Array[]): Eigen {
  const m = matrix.length
  const vectors = Array.from({ length: m }, (_, i) => new Float64Array(m).fill(1, i, i + 1))
  let norm = 0
  for (const row of matrix) for (const value of row) norm = Math.max(norm, Math.abs(value))
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false
    for (let p = 0; p < m; p++)
      for (let q = p + 1; q < m; q++) {
        if (Math.abs(matrix[p][q]) <= 2 ** -56 * norm) continue // below the rounding of what the rotations did so far
        rotate(matrix, vectors, p, q)
        rotated = true
      }
    if (!rotated) break
  }
  const order = Array.from({ length: m }, (_, i) => i).sort((a, b) => matrix[b][b] - matrix[a][a])
  return { values: order.map((i) => matrix[i][i]), vectors: order.map((i) => vectors[i]) }
}

/** The rotation in the plane of p and q that makes matrix[p][q] zero. Rows of `vectors` are the eigenvectors. */
function rotate(matrix: Float64Array[], vectors: Float64Array[], p: number, q: number): void {
  const theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q])
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (const row of matrix) {
    const a = row[p]
    const b = row[q]
    row[p] = c * a - s * b
    row[q] = s * a + c * b
  }
  for (let i = 0; i < matrix.length; i++) {
    const a = matrix[p][i]
    const b = matrix[q][i]
    matrix[p][i] = c * a - s * b
    matrix[q][i] = s * a + c * b
    const u = vectors[p][i]
    const v = vectors[q][i]
    vectors[p][i] = c * u - s * v
    vectors[q][i] = s * u + c * v
  }
  matrix[p][q] = 0
  matrix[q][p] = 0
}
