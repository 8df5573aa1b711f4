/**
 * @file The exact E-step by screening. Points are packed once in fp16 or int8; then, every time: centroids are packed, every row gets a certified
 * limit from its label before, tensor cores give scores of all pairs and drop what provably lies below the limit (kernels/bound.cuh), and the few
 * that are left are settled in float64. Rows of which too many are left are screened again: in fp16 after int8, in float32 after fp16.
 *
 * Late E-steps do less: near rows (kernels/threshold.cu) meet only the centroids that moved. And rows are packed in the order of their labels
 * once these have settled, or, with many centroids, gathered in that order before: the screen is faster for it by a fifth and more.
 */
import type { Pointer } from '../driver/api.js'
import { TALLY } from '../screen/candidates.js'
import type { CudaContext } from '../context/context.js'
import type { EStep, EStepPoints } from './eStepTypes.js'
import { newScreenMemory } from './handedOn.js'
import type { HandedOn } from './handedOn.js'
import { takeTogether } from '../context/memory.js'
import type { Pieces } from '../context/memory.js'
import { createCentroidPacker } from '../screen/packedCentroids.js'
import type { PackedCentroids } from '../screen/packedCentroids.js'
import { packedPoints, paddedTo } from '../screen/packedPoints.js'
import { createPauses } from '../context/pauses.js'
import { createRowSort } from '../screen/rowSort.js'
import type { ScreenChoice } from '../screen/screenChoice.js'
import { createScreenPass } from '../screen/screenPass.js'
import type { Step } from '../screen/screenPass.js'
import { SLICE_BYTES, slicesOf } from '../screen/screenShape.js'

/** Rows to screen against centroids: all in their order, or a stretch of `order`. */
interface Rows {
  order: Pointer | undefined
  count: number
  near: boolean
  lead: number
}

/** Multiplications of a panel at most: some 40 ms on an H100. */
const PANEL_WORK = 1.5e13
/** Putting rows together takes about as long as screening them against so many centroids. */
const GATHER_COST = { fp16: 800, int8: 1600 } as const
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
/** In place of a distance (kernels/settle.cuh). */
const UNKNOWN = -1

interface ScreenOptions {
  /** Rows are put together whether it pays or not; for tests. */
  eager?: boolean
  /** Of points that pass in panels: what this E-step has of the one before, and leaves to the next; its owner says when one is complete. */
  handed?: HandedOn
}

/** Packs the points; memory is held until dispose(). */
export function createScreenedEStep(
  context: CudaContext,
  points: EStepPoints,
  choice: ScreenChoice,
  { eager = false, handed }: ScreenOptions = {},
): EStep {
  const { x, n, d, mean } = points
  const packed = packedPoints(context, points)
  const { bounds, squares, padded } = packed
  const kept = takeTogether(
    context,
    { limits: padded * 4, distances: handed ? 0 : n * 4, tally: TALLY.bytes, keys: n * 4, order: n * 4 },
    'limits and orders of the points',
  )
  /** Keys: what rows are ordered by, before they are screened; then the rows that int8 leaves open. */
  const { limits, tally, keys, order } = kept
  const { distances } = handed ?? kept
  const pass = createScreenPass(context, points, { tally, distances, openRows: keys })
  const { mostRows, round } = pass
  const memory = handed?.memory ?? newScreenMemory()
  const packer = (memory.packer ??= createCentroidPacker(context, { mean, d, together: pass.halves }))
  const rowSort = createRowSort(context, n)
  const certify = context.kernel('threshold', 'certify', 'ppppppliipppppp')
  const fillFloats = context.kernel('threshold', 'fillFloats', 'pfl')
  const gatherRows = context.kernel('rowOrder', 'gatherRows', 'pppppiiipppp')
  const pauses = createPauses(context)
  /** Room for rows that are put together, or packed anew for another format; taken when it is first needed. */
  let gathered: Pieces<'points' | 'bounds' | 'squares' | 'limits' | 'rows'> | undefined
  /** The row of every place, once rows were packed in the order of their labels; 0: a row's place is its number. */
  let base: Pointer = 0
  /** Labels that changed since rows were packed in their order, for the how manieth time; and in the last E-step whose counters were read. */
  let drift = n
  let sorts = 0
  let lastChanged = n
  /** E-steps given since, whose counters were not read yet. */
  let unread = 0
  /** Centroids of the last E-step; 0: none yet. */
  let lastCount = 0
  /** Pairs of rows and centroids that the E-step has screened, and those that it is about to, but for rows that int8 leaves open. */
  let pairs = 0
  let expected = 0

  fill(limits, Infinity, padded)

  function fill(at: Pointer, value: number, count: number): void {
    fillFloats(Math.ceil(count / THREADS), THREADS, [at, value, count])
  }

  function roomToGather(): NonNullable<typeof gathered> {
    const room = paddedTo(mostRows)
    const points = room * slicesOf(d, 'fp16') * SLICE_BYTES
    const rest = { bounds: room * 16, squares: room * 8, limits: room * 4, rows: room * 4 }
    gathered ??= takeTogether(context, { points, ...rest }, 'gathered points')
    return gathered
  }

  /** Puts the rows in the order of their labels, where that pays by now. @returns whether they must be packed anew */
  function settleDown(labels: Pointer, k: number): boolean {
    if (!pass.tensor || drift <= n * DRIFT) return false
    // About half as many change from one E-step to the next.
    const changing = lastChanged * 2 ** -unread
    const few = k < Math.max(SORT_FROM.k, SORT_FROM.pairs / n, d * ORDER_PER_COLUMN)
    if (!eager && (few || changing > n * SETTLED)) return false
    if (base === 0) base = context.alloc(n * 4, 'an order of the points')
    rowSort.sort(labels, k, base)
    drift = 0
    sorts++
    return true
  }

  /** Screens rows against packed centroids, and settles them. */
  async function assignRows(rows: Rows, against: PackedCentroids, step: Step): Promise<void> {
    const { format, rowBytes } = packed
    const { near, lead } = rows
    const work = against.count * d
    const most = Math.max(round, Math.min(mostRows, Math.floor(PANEL_WORK / work / round) * round))
    for (let first = 0; first < rows.count; first += most) {
      const count = Math.min(most, rows.count - first)
      const common = { format, count, near, lead }
      if (rows.order === undefined) {
        const at = { points: packed.points + first * rowBytes, bounds: bounds + first * 16, limits: limits + first * 4 }
        pass.screen({ ...common, ...at, order: base && base + 4 * first, first }, against, step)
      } else {
        const to = roomToGather()
        const all = pass.padded(count)
        const from = [packed.points, bounds, limits, rows.order + 4 * first, base, count, all, slicesOf(d, format)]
        gatherRows(Math.ceil((all * rowBytes) / 16 / THREADS), THREADS, [...from, to.points, to.bounds, to.limits, to.rows])
        pass.screen({ ...common, ...to, order: to.rows, first }, against, step)
      }
      pairs += count * against.count
      await pauses.after(count * work, pairs / expected, step)
    }
  }

  /** The rows that int8 left open, packed in fp16 and screened again, a part at a time. */
  async function assignOpenRows(count: number, known: boolean, step: Step): Promise<void> {
    const { centroids, k, labels } = step
    const all = packer.all(centroids, k, 'fp16')
    const part = roomToGather()
    for (let first = 0; first < count; first += mostRows) {
      const rows = Math.min(mostRows, count - first)
      const order = keys + 4 * first
      packed.packTo(part, 'fp16', order, rows)
      fill(part.limits, Infinity, paddedTo(rows))
      const own = [part.bounds, part.squares, distances, part.limits, part.rows, tally]
      if (known) certify(Math.ceil(rows / 32), THREADS, [x, centroids, labels, labels, 0, order, rows, k, d, ...own])
      else fill(part.limits, -Infinity, rows)
      pass.screen({ ...part, format: 'fp16', order, first: 0, count: rows, near: false, lead: known ? 0 : LEAD }, all, step)
      await pauses.after(rows * k * d, pairs / expected, step)
    }
  }

  /** Pairs to look at where near rows meet only the centroids that moved; putting rows together counts as so many more. */
  function workOf(moved: number, far: number, k: number): number {
    return far * k + (n - far) * moved + n * GATHER_COST[packed.format]
  }

  /** Screens what the labels before, if any, leave to be screened. @param moved a byte for each centroid, or 0 @param ahead without a wait */
  async function assignAll(step: Step, before: Pointer, moved: Pointer, ahead: boolean): Promise<void> {
    const { centroids, k, labels } = step
    if (before === 0) {
      fill(limits, -Infinity, n)
      fill(distances, UNKNOWN, n)
      expected = n * k
      await assignRows({ order: undefined, count: n, near: false, lead: LEAD }, packer.all(centroids, k, packed.format), step)
      return
    }
    const own = [bounds, squares, distances, limits, keys, tally]
    certify(Math.ceil(n / 32), THREADS, [x, centroids, before, labels, moved, base, n, k, d, ...own])
    const all = packer.all(centroids, k, packed.format)
    const ask = !ahead && moved !== 0 && pass.tensor && (eager || (n * k * d >= RULE_FROM && memory.share < NEARLY))
    const [movedHere, far] = ask ? await context.read(new Int32Array(2), tally + TALLY.moved) : [k, n]
    const movedCount = ask && memory.measured ? memory.movedCount : movedHere
    const rule = ask && (eager || workOf(movedCount, far, k) < n * k)
    const ordered = rule || (pass.tensor && k >= Math.max(ORDER_FROM, d * ORDER_PER_COLUMN) && drift > n * DRIFT)
    if (ordered) rowSort.sort(keys, k, order)
    expected = rule ? far * k + (n - far) * movedCount : n * k
    await assignRows({ order: ordered ? order : undefined, count: rule ? far : n, near: false, lead: 0 }, all, step)
    if (!rule || movedCount === 0 || far === n) return
    const near: Rows = { order: order + 4 * far, count: n - far, near: true, lead: 0 }
    await assignRows(near, packer.moved(centroids, movedCount, packed.format), step)
  }

  /** Packs the points as the next E-step wants them. @param labels those of the E-step before, if there are */
  function pack(k: number, labels: Pointer | undefined): void {
    const format = choice.formatFor(k, n * k * d, labels !== undefined, pass.hasInt8)
    const stale = labels !== undefined && settleDown(labels, k)
    if (stale || format !== packed.format || packed.points === 0) packed.pack(format, base)
  }

  return {
    async give(centroids, k, { before, after: labels }, { hasPrevious, signal, onProgress, ahead = false }) {
      const step = { centroids, k, labels, signal, onProgress }
      const known = hasPrevious && (lastCount === 0 || lastCount === k)
      lastCount = k
      pairs = 0
      pauses.begin()
      if (hasPrevious && !known) context.copy(labels, before, n * 4)
      pass.begin()
      if (!memory.measured) memory.moved = packer.measure(centroids, k, known ? tally + TALLY.moved : 0)
      const { moved } = memory
      pack(k, known ? before : undefined)
      await assignAll(step, known ? before : 0, moved, ahead)
      const { format } = packed
      // With int8, rows may be open.
      const first = format === 'int8' ? await context.read(new Uint8Array(TALLY.bytes), tally) : undefined
      const open = first === undefined ? 0 : new Uint32Array(first.buffer, TALLY.open, 1)[0]
      if (open > 0) await assignOpenRows(open, known, step)
      if (!handed) packer.remember(k)
      unread++
      const [screened, order] = [pairs, sorts]
      return {
        counters: [tally, TALLY.bytes],
        done(counters) {
          const [changed, rechecked] = new BigUint64Array(counters, 0, 2)
          const all = first?.buffer ?? counters
          const [movedNow, farNow] = new Int32Array(all, TALLY.moved, 2)
          const candidates = Number(new BigUint64Array(all, TALLY.candidates, 1)[0])
          if (!memory.measured) memory.movedCount = movedNow
          memory.measured = handed !== undefined
          memory.share = moved === 0 ? Infinity : workOf(memory.movedCount, farNow, k) / (n * k)
          lastChanged = hasPrevious ? Number(changed) : n
          unread = Math.max(0, unread - 1)
          if (order === sorts) drift += lastChanged
          choice.done({ format, rows: n, pairs: screened, candidates, open, changed: lastChanged })
          return { changed: lastChanged, rechecked: Number(rechecked) }
        },
      }
    },
    // More would be worth a wait, to learn what is near.
    quick: (k) => pass.tensor && n * k * d < RULE_FROM && choice.formatFor(k, n * k * d, true, pass.hasInt8) === 'fp16',
    drop() {
      packer.forget()
      unread = 0
    },
    reserve(k) {
      packer.reserve(k)
      pack(k, undefined)
    },
    get bytes(): number {
      const own = kept.bytes + (gathered?.bytes ?? 0) + (base === 0 ? 0 : n * 4)
      return [rowSort, ...(handed ? [] : [packer]), packed, pass].reduce((sum, part) => sum + part.bytes, own)
    },
    dispose(): void {
      pauses.dispose()
      for (const part of [rowSort, packed, pass]) part.dispose()
      if (!handed) packer.dispose()
      for (const address of [kept.held, gathered?.held ?? 0, base]) context.free(address)
    },
  }
}
