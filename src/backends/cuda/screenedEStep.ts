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
import { takeTogether } from './memory.js'
import type { Pieces } from './memory.js'
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
const CANDIDATE_BYTES = 8
/** Rows of a block of recheck (kernels/recheck.cu). */
const RECHECK_ROWS = 64
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
/** The more columns, the more it takes to move a row, and the less of the screen is what the order spares: centroids per column that pay it. */
const ORDER_PER_COLUMN = 8
/** Packing anew is done once fewer than this share of the labels changed in an E-step, and again when more than the second did since. */
const SETTLED = 1 / 10
const DRIFT = 1 / 4
/** From so many multiplications on it is worth a wait to learn how many rows are near, once the E-step before was not far from sparing work. */
const RULE_FROM = 1e11
const NEARLY = 5 / 4
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
  const packer = createCentroidPacker(context, { mean, d, together: halves })
  const prepare = context.kernel('prepare', 'preparePoints', 'pppllippp')
  const certify = context.kernel('threshold', 'certify', 'pppppliipppppp')
  const fillFloats = context.kernel('threshold', 'fillFloats', 'pfl')
  const countKeys = context.kernel('rowOrder', 'countKeys', 'plp')
  const startsOfKeys = context.kernel('rowOrder', 'startsOfKeys', 'pi')
  const placeRows = context.kernel('rowOrder', 'placeRows', 'plpp')
  const gatherRows = context.kernel('rowOrder', 'gatherRows', 'pppppiiipppp')
  const recheck = context.kernel('recheck', 'recheck', 'ppppliliiippppppppp')
  const screenPlain = context.kernel('screenPlain', 'screenPlain', 'ppppppliiiiiiipppppp')
  const screen = shape && context.kernel(shape.file, shape.kernel, 'ppiiiiipppp', { sharedBytes: shape.sharedBytes })
  const paused = context.newEvent()

  const kept = takeTogether(
    context,
    {
      bounds: padded * 16,
      squares: padded * 8,
      limits: padded * 4,
      distances: n * 4,
      packed: padded * rowBytes,
      tally: TALLY.bytes,
      keys: n * 4,
      order: n * 4,
      counts: mostRows * halves * 4,
      candidates: mostRows * halves * ROW_SLOTS * CANDIDATE_BYTES,
      listed: mostRows * 4,
    },
    'the points in fp16 and their candidates',
  )
  const { bounds, squares, limits, distances, packed, tally, keys, order, counts, candidates, listed } = kept
  /** What putting rows together needs; taken when it first pays. */
  let gathered: Pieces<'points' | 'bounds' | 'limits' | 'rows'> | undefined
  /** The row of every place, once rows were packed in the order of their labels; 0: a row's place is its number. */
  let base: Pointer = 0
  /** Labels that changed since rows were packed in their order, and in the last E-step. */
  let drift = n
  let lastChanged = n
  /** Pairs that the last E-step would have had to look at with near rows apart. */
  let lastWork = Infinity
  /** Centroids of the last E-step; 0: none yet. */
  let lastCount = 0
  let keyCounts = { at: 0, k: 0 }
  /** Whether a screen has run since the tally was cleared. */
  let screened = false

  pack()
  fill(limits, Infinity, padded)

  function pack(): void {
    prepare(padded / 8, THREADS, [x, mean, base, n, padded, d, packed, bounds, squares])
  }

  function fill(at: Pointer, value: number, count: number): void {
    fillFloats(Math.ceil(count / THREADS), THREADS, [at, value, count])
  }

  /** Pairs to look at where near rows meet only the centroids that moved; putting rows together counts as so many more. */
  function workOf(moved: number, far: number, k: number): number {
    return far * k + (n - far) * moved + n * GATHER_COST
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
    if (!eager && (k < SORT_FROM.k || n * k < SORT_FROM.pairs || k < d * ORDER_PER_COLUMN || lastChanged > n * SETTLED)) return
    if (base === 0) base = context.alloc(n * 4, 'an order of the points')
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
        const sizes = { points: mostRows * rowBytes, bounds: mostRows * 16, limits: mostRows * 4, rows: mostRows * 4 }
        gathered ??= takeTogether(context, sizes, 'gathered points')
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
        const lead = Math.floor((rows.lead * against.tileCount) / halves)
        const pairs = [at.points, against.tiles, blocks, slices, against.tileCount, lead, against.count]
        const launch = { sharedBytes: shape!.sharedBytes }
        screen(Math.min(blocks, threadBlocks), shape!.threads, [...pairs, at.limits, at.bounds, counts, candidates], launch)
        if (screened) context.fill(tally + TALLY.open, 0, 4)
        screened = true
        const found = [x, centroids, against.places, order, first, count, blocks * blockRows, halves, near, d, counts, candidates]
        const met = [against.tiles, at.bounds, at.limits]
        recheck(Math.ceil(count / RECHECK_ROWS), THREADS, [...found, labels, distances, listed, tally, ...met])
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
    async assign(centroids, k, labels, { hasPrevious, signal, launched }) {
      const step = { centroids, k, labels, signal }
      const known = hasPrevious && (lastCount === 0 || lastCount === k)
      lastCount = k
      context.fill(tally, 0, TALLY.bytes)
      screened = false
      const moved = packer.measure(centroids, k, known ? tally + TALLY.moved : 0)
      packer.forget()
      if (!known) {
        fill(limits, -Infinity, n)
        fill(distances, UNKNOWN, n)
        await assignRows({ order: undefined, count: n, near: false, lead: LEAD }, packer.all(centroids, k), step)
      } else {
        settleDown(labels, k)
        const rowState = [base, n, k, d, bounds, squares, distances, limits, keys, tally]
        certify(Math.ceil(n / 32), THREADS, [x, centroids, labels, moved, ...rowState])
        const all = packer.all(centroids, k)
        const ask = moved !== 0 && screen !== undefined && (eager || (n * k * d >= RULE_FROM && lastWork < n * k * NEARLY))
        const [movedCount, far] = ask ? await context.read(new Int32Array(2), tally + TALLY.moved) : [k, n]
        const rule = ask && (eager || workOf(movedCount, far, k) < n * k)
        const ordered = rule || (screen !== undefined && k >= Math.max(ORDER_FROM, d * ORDER_PER_COLUMN) && drift > n * DRIFT)
        if (ordered) sortByKey(keys, k, order)
        await assignRows({ order: ordered ? order : undefined, count: rule ? far : n, near: false, lead: 0 }, all, step)
        if (rule && movedCount > 0 && far < n) {
          const near: Rows = { order: order + 4 * far, count: n - far, near: true, lead: 0 }
          await assignRows(near, packer.moved(centroids, movedCount), step)
        }
      }
      await launched?.()
      packer.remember(centroids, k)
      const counters = await context.read(new BigUint64Array(TALLY.bytes / 8), tally)
      const [movedNow, farNow] = new Int32Array(counters.buffer, TALLY.moved, 2)
      lastWork = moved === 0 ? Infinity : workOf(movedNow, farNow, k)
      lastChanged = hasPrevious ? Number(counters[0]) : n
      drift += lastChanged
      return { changed: lastChanged, rechecked: Number(counters[1]) }
    },
    reserve: (k) => packer.reserve(k),
    get bytes(): number {
      return kept.bytes + (gathered?.bytes ?? 0) + (base === 0 ? 0 : n * 4) + 8 * keyCounts.k + packer.bytes
    },
    dispose(): void {
      context.endEvent(paused)
      packer.dispose()
      for (const address of [kept.held, gathered?.held ?? 0, base, keyCounts.at]) context.free(address)
    },
  }
}
