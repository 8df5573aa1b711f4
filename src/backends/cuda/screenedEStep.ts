/**
 * @file The exact E-step by screening. Points are packed once in fp16; then, every time: centroids are packed, every row gets a certified limit
 * from its label before, tensor cores give scores of all pairs and drop what provably lies below the limit (kernels/bound.cuh), and the few
 * that are left are settled in float64. Rows of which too many are left are screened again in float32.
 *
 * Late E-steps do less: near rows (kernels/threshold.cu) meet only the centroids that moved. And rows are packed in the order of their labels
 * once these have settled, or, with many centroids, gathered in that order before: the screen is faster for it by a fifth and more.
 */
import { eventLoop } from '../../pace.js'
import type { Pointer } from './api.js'
import type { CudaContext } from './context.js'
import type { EStep, EStepPoints } from './eStepTypes.js'
import { createCentroidPacker } from './packedCentroids.js'
import type { PackedCentroids } from './packedCentroids.js'
import { screenShape, SLICE_COLUMNS } from './screenShape.js'

/** Rows to screen against centroids: all in their order, or a stretch of `order`. */
interface Rows {
  order: Pointer | undefined
  count: number
  near: boolean
  lead: number
}

/** One E-step. */
interface Step {
  centroids: Pointer
  k: number
  labels: Pointer
  signal?: AbortSignal
}

/** Struct Tally of kernels/settle.cuh. */
const TALLY = { bytes: 40, open: 24, moved: 28 } as const
/** Candidate slots of a row and half (kernels/layout.cuh). */
const ROW_SLOTS = 32
/** Rounds of blocks over all multiprocessors in a panel, at most; and the bytes of gathered rows and multiplications that it stays below. */
const PANEL = { rounds: 16, bytes: 2 ** 28, work: 1.5e13 } as const
/** From so many multiplications on a pause is made after a panel, in which the event loop runs: some ten milliseconds. */
const PAUSE = 4e12
/** Putting rows together takes about as long as screening them against so many centroids. */
const GATHER_COST = 800
/** From so many centroids on, the order by label alone is worth it. */
const ORDER_FROM = 4096
/** From so many centroids, and pairs, on it is worth packing the rows anew in the order of their labels. */
const SORT_FROM = { k: 256, pairs: 1e8 } as const
/** That is done once fewer than this share of the labels changed in an E-step, and again when more than the second did since. */
const SETTLED = 1 / 10
const DRIFT = 1 / 4
/** From so many multiplications on it is worth a wait to learn how many rows are near. */
const RULE_FROM = 1e11
/** Share of the tiles that rows without a label before meet twice, the first time only to raise their limits. */
const LEAD = 1 / 8
const THREADS = 256
/** Rows of a block of the screen in float32. */
const PLAIN_ROWS = 64
/** Rows are padded to a multiple of this: the largest block of a screen. */
const PADDING = 256
/** In place of a distance (kernels/settle.cuh). */
const UNKNOWN = -1

/**
 * Packs the points; memory is held until dispose().
 * @param eager rows are put together whether it pays or not; for tests
 */
export function createScreenedEStep(context: CudaContext, { x, n, d, mean }: EStepPoints, { eager = false } = {}): EStep {
  const shape = screenShape(context.info, d)
  const { halves, blockRows, resident } = shape ?? { halves: 1, blockRows: PLAIN_ROWS, resident: 2 }
  const slices = Math.ceil(d / SLICE_COLUMNS)
  const rowBytes = slices * SLICE_COLUMNS * 2
  const padded = Math.ceil(n / PADDING) * PADDING
  const threadBlocks = context.info.multiprocessors * resident
  /** Rows that all multiprocessors take at a time. */
  const round = threadBlocks * blockRows
  const mostRows = round * Math.max(1, Math.min(PANEL.rounds, Math.floor(PANEL.bytes / (round * rowBytes)), Math.ceil(padded / round)))
  const held: Pointer[] = []
  let bytes = 0
  const take = (size: number, what: string): Pointer => {
    held.push(context.alloc(size, what))
    bytes += size
    return held[held.length - 1]
  }
  const packer = createCentroidPacker(context, { mean, d, together: halves })
  const prepare = context.kernel('prepare', 'preparePoints', 'pppllippp')
  const certify = context.kernel('threshold', 'certify', 'pppppliipppppp')
  const fillFloats = context.kernel('threshold', 'fillFloats', 'pfl')
  const countKeys = context.kernel('rowOrder', 'countKeys', 'plp')
  const startsOfKeys = context.kernel('rowOrder', 'startsOfKeys', 'pi')
  const placeRows = context.kernel('rowOrder', 'placeRows', 'plpp')
  const gatherRows = context.kernel('rowOrder', 'gatherRows', 'pppppiiipppp')
  const recheck = context.kernel('recheck', 'recheck', 'ppppliliiipppppp')
  const screenPlain = context.kernel('screenPlain', 'screenPlain', 'ppppppliiiiiiipppppp')
  const screen = shape && context.kernel(shape.file, shape.kernel, 'ppiiiiipppp', { sharedBytes: shape.sharedBytes })
  const paused = context.newEvent()

  const bounds = take(padded * 16, 'bounds of the points')
  const squares = take(padded * 8, 'norms of the points')
  const limits = take(padded * 4, 'limits of the points')
  const distances = take(n * 4, 'distances of the points')
  const packed = take(padded * rowBytes, 'the points in fp16')
  const tally = take(TALLY.bytes, 'counters')
  const panel = {
    counts: take(mostRows * halves * 4, 'candidates'),
    candidates: take(mostRows * halves * ROW_SLOTS * 4, 'candidates'),
    listed: take(mostRows * 4, 'candidates'),
  }
  /** What putting rows together needs; taken when it first pays. */
  let gathered: { points: Pointer; bounds: Pointer; limits: Pointer; rows: Pointer } | undefined
  /** The row of every place, once rows were packed in the order of their labels; 0: a row's place is its number. */
  let base: Pointer = 0
  /** Labels that changed since rows were packed in their order, and in the last E-step. */
  let drift = n
  let lastChanged = n
  /** Centroids of the last E-step; 0: none yet. */
  let lastCount = 0
  const keys = take(n * 4, 'keys of the points')
  const order = take(n * 4, 'an order of the points')
  let keyCounts = { at: 0, k: 0 }

  pack()
  fill(limits, Infinity, padded)

  function pack(): void {
    prepare(padded / 8, THREADS, [x, mean, base, n, padded, d, packed, bounds, squares])
  }

  function fill(at: Pointer, value: number, count: number): void {
    fillFloats(Math.ceil(count / THREADS), THREADS, [at, value, count])
  }

  /** Writes numbers in the order of their keys, n below 2k, to `to`. */
  function sortByKey(numbers: Pointer, k: number, to: Pointer): void {
    if (keyCounts.k < k) {
      context.free(keyCounts.at)
      keyCounts = { at: 0, k: 0 }
      keyCounts = { at: context.alloc(8 * k, 'rows of each label'), k }
    }
    context.fill(keyCounts.at, 0, 8 * k)
    countKeys(Math.ceil(n / THREADS), THREADS, [numbers, n, keyCounts.at])
    startsOfKeys(1, 1024, [keyCounts.at, k])
    placeRows(Math.ceil(n / THREADS), THREADS, [numbers, n, keyCounts.at, to])
  }

  /** Packs the rows anew in the order of their labels, where that pays by now. */
  function settleDown(labels: Pointer, k: number): void {
    if (screen === undefined || drift <= n * DRIFT) return
    if (!eager && (k < SORT_FROM.k || n * k < SORT_FROM.pairs || lastChanged > n * SETTLED)) return
    if (base === 0) base = take(n * 4, 'an order of the points')
    sortByKey(labels, k, base)
    pack()
    drift = 0
  }

  /** Screens rows against packed centroids, and settles them. */
  async function assignRows(rows: Rows, against: PackedCentroids, { centroids, k, labels, signal }: Step): Promise<void> {
    const pairs = against.count * d
    const near = rows.near ? 1 : 0
    const most = Math.max(round, Math.min(mostRows, Math.floor(PANEL.work / pairs / round) * round))
    for (let first = 0; first < rows.count; first += most) {
      const count = Math.min(most, rows.count - first)
      const blocks = Math.ceil(count / blockRows)
      let order = base === 0 ? 0 : base + 4 * first
      let at = { points: packed + first * rowBytes, bounds: bounds + first * 16, limits: limits + first * 4 }
      if (rows.order !== undefined) {
        gathered ??= {
          points: take(mostRows * rowBytes, 'gathered points'),
          bounds: take(mostRows * 16, 'gathered points'),
          limits: take(mostRows * 4, 'gathered points'),
          rows: take(mostRows * 4, 'gathered points'),
        }
        const to = [gathered.points, gathered.bounds, gathered.limits, gathered.rows]
        const chunks = blocks * blockRows * slices * 8
        const from = [packed, bounds, limits, rows.order + 4 * first, base, count, blocks * blockRows, slices]
        gatherRows(Math.ceil(chunks / THREADS), THREADS, [...from, ...to])
        at = gathered
        order = gathered.rows
      }
      const plain = (lead: number, listed: Pointer): void => {
        const pairs = [x, mean, centroids, against.tiles, against.places, order, first, count, against.count, k, near, d]
        const rest = [against.tileCount, lead, at.bounds, at.limits, listed, labels, distances, tally]
        screenPlain(2 * context.info.multiprocessors, THREADS, [...pairs, ...rest])
      }
      if (screen === undefined) plain(Math.floor(rows.lead * against.tileCount), 0)
      else {
        const { counts, candidates, listed } = panel
        const lead = Math.floor((rows.lead * against.tileCount) / halves)
        const pairs = [at.points, against.tiles, blocks, slices, against.tileCount, lead, against.count]
        const launch = { sharedBytes: shape!.sharedBytes }
        screen(Math.min(blocks, threadBlocks), shape!.threads, [...pairs, at.limits, at.bounds, counts, candidates], launch)
        context.fill(tally + TALLY.open, 0, 4)
        const found = [x, centroids, against.places, order, first, count, blocks * blockRows, halves, near, d, counts, candidates]
        recheck(Math.ceil(count / THREADS), THREADS, [...found, labels, distances, listed, tally])
        plain(0, listed)
      }
      if (count * pairs < PAUSE) continue
      context.record(paused)
      await context.happened(paused)
      await eventLoop()
      signal?.throwIfAborted()
    }
  }

  return {
    async assign(centroids, k, labels, { hasPrevious, signal }) {
      const step = { centroids, k, labels, signal }
      const known = hasPrevious && (lastCount === 0 || lastCount === k)
      const comparable = known && packer.hasEarlier(k)
      lastCount = k
      const all = packer.all(centroids, k)
      packer.forget()
      context.fill(tally, 0, TALLY.bytes)
      if (!known) {
        fill(limits, -Infinity, n)
        fill(distances, UNKNOWN, n)
        await assignRows({ order: undefined, count: n, near: false, lead: LEAD }, all, step)
      } else {
        settleDown(labels, k)
        const moved = comparable ? packer.findMoved(centroids, k, tally + TALLY.moved) : 0
        certify(Math.ceil(n / 32), THREADS, [x, centroids, labels, moved, base, n, k, d, bounds, squares, distances, limits, keys, tally])
        const ask = moved !== 0 && screen !== undefined && (eager || n * k * d >= RULE_FROM)
        const [movedCount, far] = ask ? await context.read(new Int32Array(2), tally + TALLY.moved) : [k, n]
        const work = far * k + (n - far) * movedCount + n * GATHER_COST
        const rule = ask && (eager || work < n * k)
        const ordered = rule || (screen !== undefined && k >= ORDER_FROM && drift > n * DRIFT)
        if (ordered) sortByKey(keys, k, order)
        await assignRows({ order: ordered ? order : undefined, count: rule ? far : n, near: false, lead: 0 }, all, step)
        if (rule && movedCount > 0 && far < n) {
          const near: Rows = { order: order + 4 * far, count: n - far, near: true, lead: 0 }
          await assignRows(near, packer.moved(centroids, movedCount), step)
        }
      }
      packer.remember(centroids, k)
      const counters = await context.read(new BigUint64Array(2), tally)
      lastChanged = hasPrevious ? Number(counters[0]) : n
      drift += lastChanged
      return { changed: lastChanged, rechecked: Number(counters[1]) }
    },
    get bytes(): number {
      return bytes + 8 * keyCounts.k + packer.bytes
    },
    dispose(): void {
      context.endEvent(paused)
      packer.dispose()
      for (const address of held) context.free(address)
      context.free(keyCounts.at)
    },
  }
}
