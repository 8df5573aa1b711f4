/**
 * @file The plane of the two largest principal components, in float64. A block Krylov method with Rayleigh–Ritz (Golub and Van Loan,
 * "Matrix Computations", 10.3): the d×d covariance is never formed, so 784 columns take a second; up to a few columns it is exact at once,
 * because the Krylov space is then the whole space.
 */
import type { Points } from '../points.js'
import { random, STREAM } from '../random.js'
import { symmetricEigen } from './jacobi.js'

/** Mean of the rows (d), two axes (d each, orthonormal), and the share of the total variance along each. */
interface Pca {
  mean: Float64Array
  axes: [Float64Array, Float64Array]
  explained: [number, number]
}

/** So many vectors are multiplied at a time: two, since with one an eigenvalue that occurs twice would be found once. */
const BLOCK = 2
/** The largest Krylov basis. Only data without a preferred direction take so many steps, and for these one plane is as good as another. */
const MAX_BASIS = 120
const TOLERANCE = 1e-11

/**
 * The plane in which n points of d ≥ 2 columns vary most.
 * Signs as scikit-learn's PCA: the component of largest magnitude of each axis is positive.
 */
export function principalPlane(points: Points): Pca {
  const { d } = points
  const mean = columnMeans(points)
  const rng = random(0, STREAM.init)
  let drawn = 0
  const fresh = (): Float64Array => Float64Array.from({ length: d }, () => rng.uniform(drawn++) - 0.5)
  const basis: Float64Array[] = []
  const images: Float64Array[] = []
  let block = Array.from({ length: BLOCK }, fresh)
  for (let nextCheck = Math.min(d, 8); ;) {
    const added: Float64Array[] = []
    for (let v of block.slice(0, d - basis.length)) {
      while (!orthonormalise(v, basis)) v = fresh()
      basis.push(v)
      added.push(v)
    }
    block = scatterTimes(points, mean, added)
    images.push(...block.map((v) => v.slice()))
    if (basis.length < nextCheck) continue
    const last = basis.length >= Math.min(d, MAX_BASIS)
    const { values, axes, residual } = ritz(basis, images)
    if (last || residual <= TOLERANCE * values[0]) {
      const total = totalScatter(points, mean)
      const share = (value: number): number => (total > 0 ? Math.max(0, value) / total : 0)
      return { mean, axes: [signed(axes[0]), signed(axes[1])], explained: [share(values[0]), share(values[1])] }
    }
    nextCheck = Math.min(d, MAX_BASIS, Math.ceil(nextCheck * 1.5))
  }
}

/** Coordinates of each point in the plane: two columns of n, in float64. */
export function project(points: Points, { mean, axes }: Pca): [Float64Array, Float64Array] {
  const { n, d } = points
  const out: [Float64Array, Float64Array] = [new Float64Array(n), new Float64Array(n)]
  let i = 0
  for (const block of points.blocks)
    for (let row = 0; row < block.length; row += d, i++)
      for (let a = 0; a < 2; a++) {
        const v = axes[a]
        let sum = 0
        for (let t = 0; t < d; t++) sum += (block[row + t] - mean[t]) * v[t]
        out[a][i] = sum
      }
  return out
}

function columnMeans({ blocks, n, d }: Points): Float64Array {
  const mean = new Float64Array(d)
  for (const block of blocks) for (let row = 0; row < block.length; row += d) for (let t = 0; t < d; t++) mean[t] += block[row + t]
  for (let t = 0; t < d; t++) mean[t] /= n
  return mean
}

function totalScatter({ blocks, d }: Points, mean: Float64Array): number {
  let total = 0
  for (const block of blocks)
    for (let row = 0; row < block.length; row += d) for (let t = 0; t < d; t++) total += (block[row + t] - mean[t]) ** 2
  return total
}

/** (X − mean)ᵀ (X − mean) v for each v, in one pass over the points. */
function scatterTimes({ blocks, d }: Points, mean: Float64Array, vectors: Float64Array[]): Float64Array[] {
  const out = vectors.map(() => new Float64Array(d))
  const centred = new Float64Array(d)
  for (const block of blocks)
    for (let row = 0; row < block.length; row += d) {
      for (let t = 0; t < d; t++) centred[t] = block[row + t] - mean[t]
      for (let j = 0; j < vectors.length; j++) {
        const product = dot(centred, vectors[j])
        const sum = out[j]
        for (let t = 0; t < d; t++) sum[t] += product * centred[t]
      }
    }
  return out
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let t = 0; t < a.length; t++) sum += a[t] * b[t]
  return sum
}

/** Makes `v` orthogonal to `basis` and of length 1; false where nothing is left of it. Twice, against the rounding of the first time. */
function orthonormalise(v: Float64Array, basis: Float64Array[]): boolean {
  const before = Math.sqrt(dot(v, v))
  for (let pass = 0; pass < 2; pass++)
    for (const b of basis) {
      const product = dot(v, b)
      for (let t = 0; t < v.length; t++) v[t] -= product * b[t]
    }
  const length = Math.sqrt(dot(v, v))
  if (!(length > 1e-12 * before)) return false
  for (let t = 0; t < v.length; t++) v[t] /= length
  return true
}

/** The two best eigenvectors within the basis, and how far the worse one is from being one. */
function ritz(basis: Float64Array[], images: Float64Array[]): { values: number[]; axes: Float64Array[]; residual: number } {
  const matrix = basis.map((b) => Float64Array.from(images, (image) => dot(b, image)))
  for (let i = 0; i < matrix.length; i++) for (let j = 0; j < i; j++) matrix[i][j] = matrix[j][i] // apart by rounding only
  const { values, vectors } = symmetricEigen(matrix)
  let residual = 0
  const axes = [0, 1].map((i) => {
    const y = combine(basis, vectors[i])
    const image = combine(images, vectors[i])
    for (let t = 0; t < y.length; t++) image[t] -= values[i] * y[t]
    residual = Math.max(residual, Math.sqrt(dot(image, image)))
    return y
  })
  return { values, axes, residual }
}

function combine(vectors: Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0].length)
  for (const [j, v] of vectors.entries()) for (let t = 0; t < v.length; t++) sum[t] += weights[j] * v[t]
  return sum
}

function signed(v: Float64Array): Float64Array {
  let largest = 0
  for (let t = 0; t < v.length; t++) if (Math.abs(v[t]) > Math.abs(v[largest])) largest = t
  return v[largest] < 0 ? v.map((value) => -value) : v
}
