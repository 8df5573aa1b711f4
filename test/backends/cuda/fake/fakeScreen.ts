/**
 * @file The kernels of the screened E-step in JavaScript: the screen drops nothing, so that what is left is the host's work: which rows
 * meet which centroids. A packed row is its mark, a number by its values, and so are its bounds and its limit: what is settled must have
 * been packed, and certified, at its place. For fakeCuda.ts.
 */
import { sqDistance } from '../../../../src/exact.js'
import { covers } from './fakeKernels.js'
import type { Arguments, Shape } from './fakeKernels.js'

const UNKNOWN = -1
/** Struct Tally: three counters of 64 bits, three of 32, in words of 32. */
const TALLY_WORDS = 10
const OPEN = 6
const FAR = 8
/** Bytes of a packed row's slice, and words of struct RowBound. */
const SLICE_BYTES = 128
const BOUND_WORDS = 4
/** Limits are marks that float32 holds. */
const LIMIT_MARKS = 2 ** 24

/** A number by a row's values, not 0. */
function markOf(x: Uint32Array, row: number, d: number): number {
  let mark = 1
  for (let t = row * d; t < (row + 1) * d; t++) mark = Math.imul(mark ^ x[t], 0x9e3779b1) ^ (mark >>> 15)
  return (mark | 1) >>> 0
}

/** Packs rows as their marks; places behind the last are zero. */
function prepare(a: Arguments, bytes: number): void {
  const [n, padded, d] = [a.l(4), a.l(5), a.i(6)]
  const words = (Math.ceil((d * bytes) / SLICE_BYTES) * SLICE_BYTES) / 4
  const base = a.p(3) ? a.array(a.p(3), Int32Array, n) : undefined
  const rows = base?.reduce((most, row) => Math.max(most, row + 1), 0) ?? n
  const x = a.array(a.p(0), Uint32Array, rows * d)
  const [packed, bounds] = [a.array(a.p(7), Uint32Array, padded * words), a.array(a.p(8), Uint32Array, padded * BOUND_WORDS)]
  for (let i = 0; i < padded; i++) packed[i * words] = bounds[i * BOUND_WORDS] = i < n ? markOf(x, base?.[i] ?? i, d) : 0
}

/** Expects the marks of the rows that are at these places, and limits that are theirs, or −∞. */
function expectMarks(a: Arguments, what: { x: Uint32Array; d: number; bounds: number; limits: number }, rows: readonly number[]): void {
  const bounds = a.array(what.bounds, Uint32Array, rows.length * BOUND_WORDS)
  const limits = what.limits ? a.array(what.limits, Float32Array, rows.length) : undefined
  rows.forEach((row, i) => {
    const mark = markOf(what.x, row, what.d)
    if (bounds[i * BOUND_WORDS] !== mark) throw new Error(`fake cuda: expected the bounds of row ${row} at place ${i}`)
    if (limits !== undefined && limits[i] !== -Infinity && limits[i] !== mark % LIMIT_MARKS)
      throw new Error(`fake cuda: expected the limit of row ${row} at place ${i}, got ${limits[i]}`)
  })
}

/** The lowest of these centroids with the least distance. */
function nearestOf(x: Float32Array, row: number, centroids: Float32Array, among: Iterable<number>, d: number): number {
  let label = -1
  let least = Infinity
  for (const j of among) {
    const distance = sqDistance(x, row * d, centroids, j * d, d)
    if (distance > least || (distance === least && j > label)) continue
    least = distance
    label = j
  }
  return label
}

export const SCREEN_KERNELS: Readonly<Record<string, (a: Arguments, shape: Shape) => void>> = {
  preparePoints(a, { blocks, threads }) {
    covers((blocks[0] * threads[0]) / 32, a.l(5))
    prepare(a, 2)
  },
  preparePointsInt8(a, { blocks, threads }) {
    covers((blocks[0] * threads[0]) / 32, a.l(5))
    prepare(a, 1)
  },
  measureCentroids(a, { blocks, threads }) {
    const [k, d] = [a.i(6), a.i(7)]
    covers((blocks[0] * threads[0]) / 32, k)
    const [now, kept] = [a.array(a.p(0), Uint32Array, k * d), a.array(a.p(4), Uint32Array, k * d)]
    const earlier = kept.slice()
    kept.set(now)
    if (a.i(5) === 0) return
    const [moved, ids, count] = [a.array(a.p(11), Uint8Array, k), a.array(a.p(12), Int32Array, k), a.array(a.p(13), Int32Array, 1)]
    for (let j = 0; j < k; j++) {
      moved[j] = Number(now.subarray(j * d, (j + 1) * d).some((word, t) => word !== earlier[j * d + t]))
      if (moved[j]) ids[count[0]++] = j
    }
  },
  packCentroids(a, { blocks }) {
    covers(blocks[0] * 128, a.i(6))
  },
  packCentroidsInt8(a, shape) {
    SCREEN_KERNELS.packCentroids(a, shape)
  },
  gatherRows(a, { blocks, threads }) {
    const [count, padded] = [a.i(5), a.i(6)]
    covers(blocks[0] * threads[0], padded * a.i(7) * 8)
    const order = a.array(a.p(3), Int32Array, count)
    const base = a.p(4) ? a.array(a.p(4), Int32Array, order.reduce((most, place) => Math.max(most, place), 0) + 1) : undefined
    a.array(a.p(11), Int32Array, count).set(order.map((place) => base?.[place] ?? place))
    const places = order.reduce((most, place) => Math.max(most, place + 1), 0)
    const marks = [
      [0, 8, (a.i(7) * SLICE_BYTES) / 4],
      [1, 9, BOUND_WORDS],
    ] as const
    for (const [from, to, words] of marks) {
      const [all, gathered] = [a.array(a.p(from), Uint32Array, places * words), a.array(a.p(to), Uint32Array, padded * words)]
      for (let i = 0; i < padded; i++) gathered[i * words] = i < count ? all[order[i] * words] : 0
    }
    const [limits, gathered] = [a.array(a.p(2), Float32Array, places), a.array(a.p(10), Float32Array, padded)]
    for (let i = 0; i < padded; i++) gathered[i] = i < count ? limits[order[i]] : Infinity
  },

  /** Backwards, so that places are not centroids. */
  orderCentroids(a) {
    const count = a.i(2)
    const ids = a.p(1) ? a.array(a.p(1), Int32Array, count) : undefined
    const order = a.array(a.p(3), Int32Array, count)
    for (let i = 0; i < count; i++) order[count - 1 - i] = ids?.[i] ?? i
  },

  fillFloats(a) {
    a.array(a.p(0), Float32Array, a.l(2)).fill(a.f(1))
  },

  certify(a, { blocks, threads }) {
    const [n, k, d] = [a.l(6), a.i(7), a.i(8)]
    covers((blocks[0] * threads[0]) / 8, n)
    const base = a.p(5) ? a.array(a.p(5), Int32Array, n) : undefined
    const rows = base?.reduce((most, row) => Math.max(most, row + 1), 0) ?? n
    const [x, centroids] = [a.array(a.p(0), Float32Array, rows * d), a.array(a.p(1), Float32Array, k * d)]
    const [labels, after] = [2, 3].map((i) => a.array(a.p(i), Int32Array, rows))
    const moved = a.p(4) ? a.array(a.p(4), Uint8Array, k) : undefined
    const [distances, keys] = [a.array(a.p(11), Float32Array, rows), a.array(a.p(13), Int32Array, n)]
    const words = a.array(a.p(0), Uint32Array, rows * d)
    const limits = a.array(a.p(12), Float32Array, n)
    expectMarks(
      a,
      { x: words, d, bounds: a.p(9), limits: 0 },
      Array.from({ length: n }, (_, place) => base?.[place] ?? place),
    )
    for (let place = 0; place < n; place++) {
      const row = base?.[place] ?? place
      const distance = sqDistance(x, row * d, centroids, labels[row] * d, d)
      const stayed = moved?.[labels[row]] === 0
      // Far enough apart for float32, as the kernel wants it.
      const closer = moved !== undefined && distance < 0.999 * distances[row]
      keys[place] = labels[row] + (stayed || closer ? k : 0)
      if (keys[place] < k) a.array(a.p(14), Int32Array, TALLY_WORDS)[FAR]++
      distances[row] = distance
      limits[place] = markOf(words, row, d) % LIMIT_MARKS
      after[row] = labels[row]
    }
  },

  countKeys(a) {
    const n = a.l(1)
    const keys = a.array(a.p(0), Int32Array, n)
    const counts = a.array(a.p(2), Int32Array, Math.max(...keys) + 1)
    for (const key of keys) counts[key]++
  },
  startsOfKeys(a) {
    const k = a.i(1)
    const counts = a.array(a.p(0), Int32Array, 2 * k)
    let before = 0
    for (let key = 0; key < 2 * k; key++) {
      const own = counts[key]
      counts[key] = before
      before += own
    }
  },
  placeRows(a) {
    const n = a.l(1)
    const keys = a.array(a.p(0), Int32Array, n)
    const starts = a.array(a.p(2), Int32Array, Math.max(...keys) + 1)
    const order = a.array(a.p(3), Int32Array, n)
    keys.forEach((key, row) => {
      order[starts[key]++] = row
    })
  },

  /** Leaves the number of centroids, and where it found the points, where recheck finds it. */
  screen(a) {
    a.array(a.p(9), Uint32Array, 1)[0] = a.i(6)
    a.array(a.p(10), Float64Array, 1)[0] = a.p(0)
  },
  screenInt8x(a, shape) {
    SCREEN_KERNELS.screen(a, shape)
  },
  screenAmpere(a, shape) {
    SCREEN_KERNELS.screen(a, shape)
  },

  /** Of a screen in int8, every third row is left open. */
  recheck(a, { blocks, threads }) {
    const [first, rows, near, d, byRow] = [a.l(4), a.i(5), a.i(8), a.i(9), a.i(11)]
    covers((blocks[0] * threads[0]) / 8, rows)
    const [count] = a.array(a.p(12), Uint32Array, 1)
    const shape = { first, rows, near, d, order: a.p(3), x: a.p(0), centroids: a.p(1), places: a.p(2), count }
    const [points] = a.array(a.p(13), Float64Array, 1)
    const words = (a.i(10) * SLICE_BYTES) / 4
    const [packed, bounds] = [a.array(points, Uint32Array, rows * words), a.array(a.p(19), Uint32Array, rows * BOUND_WORDS)]
    for (let i = 0; i < rows; i++)
      if (packed[i * words] !== bounds[i * BOUND_WORDS]) throw new Error(`fake cuda: expected the row of its bounds at place ${i}`)
    const its = { open: byRow === 0 ? 0 : a.p(16), labels: 14, distances: 15, tally: 17, bounds: a.p(19), limits: a.p(20) }
    settle(a, { ...shape, ...its })
  },

  leadsOfCentroids(a, { blocks, threads }) {
    covers(blocks[0] * threads[0], a.i(2))
  },
  /** Any label will do to begin with. */
  nearestByLeads(a, { blocks, threads }) {
    const n = a.l(1)
    covers(blocks[0] * threads[0], n)
    a.array(a.p(11), Int32Array, n).fill(0)
    a.array(a.p(12), Int32Array, n).forEach((_, row, keys) => (keys[row] = row % a.i(10)))
  },
  leadsOfRows(a, { blocks, threads }) {
    covers(blocks[0] * threads[0], a.l(3))
  },
  tilesInReach(a, { blocks, threads }) {
    covers(blocks[0] * threads[0], a.i(3))
  },
  screenNear(a) {
    a.array(a.p(11), Uint32Array, 1)[0] = a.i(4)
    a.array(a.p(12), Float64Array, 1)[0] = a.p(0)
  },
  /** Nothing is left open for it. */
  screenDirect(a) {
    if (a.array(a.p(12), Int32Array, TALLY_WORDS)[OPEN] > 0) throw new Error('fake cuda: expected no open rows')
  },

  screenPlain(a) {
    const [first, rows, count, near, d] = [a.l(6), a.i(7), a.i(8), a.i(9), a.i(10)]
    const shape = { first, rows, near, d, order: a.p(5), x: a.p(0), centroids: a.p(2), places: a.p(4), count }
    settle(a, { ...shape, open: 0, labels: 17, distances: 18, tally: 19, bounds: a.p(14), limits: a.p(15) })
  },
}

type Settling = Record<'order' | 'first' | 'rows' | 'near' | 'd' | 'x' | 'centroids' | 'places' | 'count' | 'open', number> &
  Record<'labels' | 'distances' | 'tally' | 'bounds' | 'limits', number>

/** Labels of a panel's rows among the centroids of these places, and, of near rows, the label before. */
function settle(a: Arguments, s: Settling): void {
  const { d, rows, first } = s
  const places = a.array(s.places, Int32Array, s.count)
  const order = s.order ? a.array(s.order, Int32Array, rows) : undefined
  const most = (order?.reduce((largest, row) => Math.max(largest, row), 0) ?? first + rows - 1) + 1
  const [labels, distances] = [a.array(a.p(s.labels), Int32Array, most), a.array(a.p(s.distances), Float32Array, most)]
  const x = a.array(s.x, Float32Array, most * d)
  expectMarks(
    a,
    { x: a.array(s.x, Uint32Array, most * d), d, bounds: s.bounds, limits: s.limits },
    Array.from({ length: rows }, (_, i) => order?.[i] ?? first + i),
  )
  const known = places.reduce((largest, j) => Math.max(largest, j), 0)
  const centroids = a.array(s.centroids, Float32Array, (Math.max(known, ...(s.near ? labels : [])) + 1) * d)
  const changed = a.array(a.p(s.tally), BigUint64Array, 1)
  const tally = a.array(a.p(s.tally), Int32Array, TALLY_WORDS)
  for (let i = 0; i < rows; i++) {
    const row = order?.[i] ?? first + i
    if (s.open !== 0 && i % 3 === 0) {
      a.array(s.open + 4 * tally[OPEN]++, Int32Array, 1)[0] = row
      continue
    }
    const label = nearestOf(x, row, centroids, s.near ? [...places, labels[row]] : places, d)
    if (label === labels[row]) continue
    labels[row] = label
    distances[row] = UNKNOWN
    changed[0]++
  }
}
