/**
 * @file The kernels of the screened E-step in JavaScript: the screen drops nothing, so that what is left is the host's work: which rows
 * meet which centroids. For fakeCuda.ts.
 */
import { sqDistance } from '../../../../src/exact.js'
import { covers } from './fakeKernels.js'
import type { Arguments, Shape } from './fakeKernels.js'

const UNKNOWN = -1
/** Struct Tally: three counters of 64 bits, three of 32, in words of 32. */
const TALLY_WORDS = 10
const OPEN = 6
const FAR = 8

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
  },
  preparePointsInt8(a, shape) {
    SCREEN_KERNELS.preparePoints(a, shape)
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
    for (let place = 0; place < n; place++) {
      const row = base?.[place] ?? place
      const distance = sqDistance(x, row * d, centroids, labels[row] * d, d)
      const stayed = moved?.[labels[row]] === 0
      // Far enough apart for float32, as the kernel wants it.
      const closer = moved !== undefined && distance < 0.999 * distances[row]
      keys[place] = labels[row] + (stayed || closer ? k : 0)
      if (keys[place] < k) a.array(a.p(14), Int32Array, TALLY_WORDS)[FAR]++
      distances[row] = distance
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

  /** Leaves the number of centroids where recheck finds it. */
  screen(a) {
    a.array(a.p(9), Uint32Array, 1)[0] = a.i(6)
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
    settle(a, { ...shape, open: byRow === 0 ? 0 : a.p(16), labels: 14, distances: 15, tally: 17 })
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
  },
  /** Nothing is left open for it. */
  screenDirect(a) {
    if (a.array(a.p(12), Int32Array, TALLY_WORDS)[OPEN] > 0) throw new Error('fake cuda: expected no open rows')
  },

  screenPlain(a) {
    const [first, rows, count, near, d] = [a.l(6), a.i(7), a.i(8), a.i(9), a.i(10)]
    const shape = { first, rows, near, d, order: a.p(5), x: a.p(0), centroids: a.p(2), places: a.p(4), count }
    settle(a, { ...shape, open: 0, labels: 17, distances: 18, tally: 19 })
  },
}

type Settling = Record<'order' | 'first' | 'rows' | 'near' | 'd' | 'x' | 'centroids' | 'places' | 'count' | 'open', number> &
  Record<'labels' | 'distances' | 'tally', number>

/** Labels of a panel's rows among the centroids of these places, and, of near rows, the label before. */
function settle(a: Arguments, s: Settling): void {
  const { d, rows, first } = s
  const places = a.array(s.places, Int32Array, s.count)
  const order = s.order ? a.array(s.order, Int32Array, rows) : undefined
  const most = (order?.reduce((largest, row) => Math.max(largest, row), 0) ?? first + rows - 1) + 1
  const [labels, distances] = [a.array(a.p(s.labels), Int32Array, most), a.array(a.p(s.distances), Float32Array, most)]
  const x = a.array(s.x, Float32Array, most * d)
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
