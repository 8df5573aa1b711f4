/** @file The kernels of src/backends/cuda/kernels in JavaScript: what each computes, without its tiles. For fakeCuda.ts. */
import { nearest, pow2, rint, sqDistance, updateCluster } from '../../../../src/exact.js'

type ArrayType<T> = { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer, at: number, length: number): T }

/** Arguments by their place, and the memory they point to. */
export interface Arguments {
  p(i: number): number
  l(i: number): number
  i(i: number): number
  d(i: number): number
  f(i: number): number
  array<T>(address: number, type: ArrayType<T>, length: number): T
}

export interface Shape {
  blocks: readonly [number, number, number]
  threads: readonly [number, number, number]
}

const ROW_BLOCK = 4096

export function covers(count: number, width: number): void {
  if (count < width) throw new Error(`fake cuda: expected a grid over ${width}, got ${count}`)
}

/** Adds sign·limbs of a row to cluster j; arguments as follow_labels and sum_runs have them. */
function addLimbs(a: Arguments, row: number, j: number, sign: number): void {
  const [n, d, low] = [a.l(1), a.i(2), a.d(7)]
  const x = a.array(a.p(0) + 4 * row * d, Float32Array, d)
  const weight = a.p(5) ? a.array(a.p(5), Float64Array, n)[row] : undefined
  const scale = a.array(a.p(6), Float64Array, d)
  const [hi, lo] = [8, 9].map((i) => a.array(a.p(i) + 8 * j * d, Float64Array, d))
  const [count, countLow] = [10, 11].map((i) => a.array(a.p(i) + 8 * j, Float64Array, 1))
  for (let t = 0; t < d; t++) {
    const value = (weight ?? 1) * x[t] * scale[t]
    hi[t] += sign * rint(value)
    lo[t] += sign * rint((value - rint(value)) * low)
  }
  const scaled = weight === undefined ? 1 : weight * (low / 2)
  count[0] += sign * rint(scaled)
  countLow[0] += sign * rint((scaled - rint(scaled)) * low)
}

export const KERNELS: Readonly<Record<string, (a: Arguments, shape: Shape) => void>> = {
  column_stats(a, { blocks, threads }) {
    const [n, d, first] = [a.l(1), a.i(2), a.l(6)]
    covers(blocks[0] * threads[0], d)
    const x = a.array(a.p(0), Float32Array, n * d)
    const weights = a.p(3) ? a.array(a.p(3), Float64Array, n) : undefined
    const max = a.array(a.p(4), Float64Array, d)
    const bad = a.array(a.p(5), BigUint64Array, 1)
    for (let row = 0; row < n; row++)
      for (let t = 0; t < d; t++) {
        const value = x[row * d + t]
        const index = BigInt((first + row) * d + t)
        if (!Number.isFinite(value) && index < bad[0]) bad[0] = index
        const size = Math.abs((weights?.[row] ?? 1) * value)
        if (size > max[t]) max[t] = size
      }
  },

  row_distances(a, { blocks, threads }) {
    const [n, d] = [a.l(1), a.i(2)]
    covers(blocks[0] * threads[0], n)
    const x = a.array(a.p(0), Float32Array, n * d)
    const labels = a.p(4) ? a.array(a.p(4), Int32Array, n) : undefined
    const k = labels === undefined ? 1 : labels.reduce((most, label) => Math.max(most, label + 1), 1)
    const centroids = a.array(a.p(3), Float32Array, k * d)
    const distances = a.array(a.p(5), Float64Array, n)
    for (let row = 0; row < n; row++) distances[row] = sqDistance(x, row * d, centroids, (labels?.[row] ?? 0) * d, d)
  },

  block_sums(a, { blocks }) {
    const n = a.l(2)
    covers(blocks[0] * ROW_BLOCK, n)
    const values = a.array(a.p(0), Float64Array, n)
    const weights = a.p(1) ? a.array(a.p(1), Float64Array, n) : undefined
    const sums = a.array(a.p(3), Float64Array, blocks[0])
    sums.fill(0)
    for (let row = 0; row < n; row++) sums[Math.floor(row / ROW_BLOCK)] += (weights?.[row] ?? 1) * values[row]
  },

  seed_closest(a, { blocks, threads }) {
    const [n, d, m] = [a.l(1), a.i(2), a.i(4)]
    covers(blocks[0] * threads[0], n)
    const x = a.array(a.p(0), Float32Array, n * d)
    const centers = a.array(a.p(3), Float32Array, m * d)
    const weights = a.p(5) ? a.array(a.p(5), Float64Array, n) : undefined
    const closest = a.array(a.p(6), Float64Array, n)
    const largest = a.array(a.p(7), Float64Array, 1)
    for (let row = 0; row < n; row++) {
      for (let j = 0; j < m; j++) closest[row] = Math.min(closest[row], sqDistance(x, row * d, centers, j * d, d))
      largest[0] = Math.max(largest[0], (weights?.[row] ?? 1) * closest[row])
    }
  },

  seed_potentials(a, { blocks, threads }) {
    const [n, d, m, scale] = [a.l(1), a.i(2), a.i(4), a.d(7)]
    covers(blocks[0] * threads[0], n)
    covers(blocks[1] * 8, m)
    const x = a.array(a.p(0), Float32Array, n * d)
    const candidates = a.array(a.p(3), Float32Array, m * d)
    const weights = a.p(5) ? a.array(a.p(5), Float64Array, n) : undefined
    const closest = a.array(a.p(6), Float64Array, n)
    const sums = a.array(a.p(8), Float64Array, m)
    for (let row = 0; row < n; row++)
      for (let j = 0; j < m; j++)
        sums[j] += rint((weights?.[row] ?? 1) * Math.min(closest[row], sqDistance(x, row * d, candidates, j * d, d)) * scale)
  },

  seed_block_sums(a, { blocks }) {
    const [n, scale] = [a.l(2), a.d(3)]
    covers(blocks[0] * ROW_BLOCK, n)
    const closest = a.array(a.p(0), Float64Array, n)
    const weights = a.p(1) ? a.array(a.p(1), Float64Array, n) : undefined
    const sums = a.array(a.p(4), Float64Array, blocks[0])
    for (let row = 0; row < n; row++) sums[Math.floor(row / ROW_BLOCK)] += rint((weights?.[row] ?? 1) * closest[row] * scale)
  },

  seed_pick(a, { blocks, threads }) {
    const [n, scale, m] = [a.l(2), a.d(3), a.i(4)]
    covers(blocks[0] * threads[0], m)
    const closest = a.array(a.p(0), Float64Array, n)
    const weights = a.p(1) ? a.array(a.p(1), Float64Array, n) : undefined
    const [starts, before, targets] = [5, 6, 7].map((i) => a.array(a.p(i), Float64Array, m))
    const rows = a.array(a.p(8), Uint32Array, m)
    for (let i = 0; i < m; i++) {
      let running = before[i]
      rows[i] = starts[i]
      while ((running += rint((weights?.[rows[i]] ?? 1) * closest[rows[i]] * scale)) <= targets[i]) rows[i]++
    }
  },

  follow_labels(a, { blocks, threads }) {
    const n = a.l(1)
    covers(blocks[0] * threads[0], n)
    const labels = a.array(a.p(3), Int32Array, n)
    const summed = a.array(a.p(4), Int32Array, n)
    for (let row = 0; row < n; row++) {
      if (labels[row] === summed[row]) continue
      addLimbs(a, row, labels[row], 1)
      addLimbs(a, row, summed[row], -1)
      summed[row] = labels[row]
    }
  },

  count_labels(a, { blocks, threads }) {
    const n = a.l(1)
    covers(blocks[0] * threads[0], n)
    for (const label of a.array(a.p(0), Int32Array, n)) a.array(a.p(2) + 4 * (label + 1), Int32Array, 1)[0]++
  },

  sum_places(a) {
    const places = a.array(a.p(0), Int32Array, a.i(1) + 1)
    for (let j = 1; j < places.length; j++) places[j] += places[j - 1]
  },

  order_rows(a, { blocks, threads }) {
    const n = a.l(1)
    covers(blocks[0] * threads[0], n)
    const [labels, order, summed] = [0, 3, 4].map((i) => a.array(a.p(i), Int32Array, n))
    for (let row = n - 1; row >= 0; row--) {
      summed[row] = labels[row]
      order[a.array(a.p(2) + 4 * labels[row], Int32Array, 1)[0]++] = row
    }
  },

  sum_runs(a, { blocks, threads }) {
    const [n, d] = [a.l(1), a.i(2)]
    covers(blocks[0] * 256, n)
    covers(blocks[1] * threads[0], d)
    const labels = a.array(a.p(3), Int32Array, n)
    const order = a.array(a.p(4), Int32Array, n)
    order.forEach((row, i) => {
      if (i > 0 && labels[row] < labels[order[i - 1]]) throw new Error('fake cuda: expected rows ordered by label')
      addLimbs(a, row, labels[row], 1)
    })
  },

  update_centroids(a, { blocks }) {
    const [k, d] = [blocks[0], a.i(4)]
    const [hi, lo] = [0, 1].map((i) => a.array(a.p(i), Float64Array, k * d))
    const [counts, countsLow] = [2, 3].map((i) => a.array(a.p(i), Float64Array, k))
    const exponents = Int32Array.from(a.array(a.p(5), Float64Array, d), (scale) => -Math.round(Math.log2(scale)))
    const bits = -Math.round(Math.log2(a.d(6)))
    const weighted = a.i(8) !== 0
    const mean = a.array(a.p(10), Float32Array, d)
    const [current, next] = [11, 12].map((i) => a.array(a.p(i), Float32Array, k * d))
    const [weights, shifts, terms] = [13, 14, 15].map((i) => a.array(a.p(i), Float64Array, k))
    for (let j = 0; j < k; j++) {
      const sums = { hi, lo, count: counts[j], countLow: countsLow[j], at: j * d }
      const { shift, term } = updateCluster(sums, current, next, { scales: { bits, exponents }, mean, weighted, spherical: a.i(9) !== 0 })
      weights[j] = weighted ? (counts[j] + countsLow[j] * pow2(-bits)) * a.d(7) : counts[j]
      shifts[j] = shift
      terms[j] = term
    }
  },

  add_sums(a, { blocks, threads }) {
    const count = a.l(2)
    covers(blocks[0] * threads[0], count)
    const [total, part] = [0, 1].map((i) => a.array(a.p(i), Float64Array, count))
    part.forEach((value, i) => (total[i] += value))
  },

  assign_plain(a, { blocks }) {
    const [n, d, k] = [a.l(1), a.i(2), a.i(4)]
    covers(blocks[0] * 64, n)
    const x = a.array(a.p(0), Float32Array, n * d)
    const centroids = a.array(a.p(3), Float32Array, k * d)
    const labels = a.array(a.p(5), Int32Array, n)
    for (let row = 0; row < n; row++) labels[row] = nearest(x, row * d, centroids, k, d)
  },

  count_changed(a, { blocks, threads }) {
    const n = a.l(2)
    covers(blocks[0] * threads[0], n)
    const [before, after] = [0, 1].map((i) => a.array(a.p(i), Int32Array, n))
    const changed = a.array(a.p(3), BigUint64Array, 1)
    for (let row = 0; row < n; row++) if (before[row] !== after[row]) changed[0]++
  },
}
