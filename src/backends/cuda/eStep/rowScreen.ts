/**
 * @file Rows against packed centroids, a panel at a time: as they are packed, put together before, or, where int8 left them open, packed in
 * fp16.
 */
import type { AssignOptions } from '../../backend.js'
import type { CudaContext } from '../context/context.js'
import { takeTogether } from '../context/memory.js'
import type { Pieces } from '../context/memory.js'
import { createPauses } from '../context/pauses.js'
import type { Pointer } from '../driver/api.js'
import { TALLY } from '../screen/candidates.js'
import type { PackedCentroids } from '../screen/packedCentroids.js'
import { paddedTo } from '../screen/packedPoints.js'
import type { PackedPoints, PartRoom } from '../screen/packedPoints.js'
import type { ScreenPass, Step } from '../screen/screenPass.js'
import { SLICE_BYTES, slicesOf } from '../screen/screenShape.js'
import type { EStepPoints } from './eStepTypes.js'
import type { LabelOrder } from './labelOrder.js'
import type { Limits } from './limits.js'

/** Multiplications of a panel at most: some 40 ms on an H100. */
const PANEL_WORK = 1.5e13
/** Share of the tiles that rows without a label before meet twice, the first time only to raise their limits. */
const LEAD = 1 / 8
const THREADS = 256

/** Rows to screen against centroids: all in their order, or a stretch of `order`. */
export interface Rows {
  order: Pointer | undefined
  count: number
  near: boolean
  /** Whether they have a label before, and so a limit. */
  known: boolean
}

/** Packed rows in device memory, with what the screen needs of each; and their numbers, 0: in order. */
interface PlacedRows {
  points: Pointer
  bounds: Pointer
  limits: Pointer
  rows: Pointer
}

/** What rows are screened with. */
export interface RowScreenParts {
  packed: PackedPoints
  /** float32 of all places. */
  limits: Pointer
  /** Struct Tally. */
  tally: Pointer
  certified: Limits
  pass: ScreenPass
  byLabel: LabelOrder
}

/** Takes room for rows that are put together, or packed anew for another format, when it is first needed; and holds it until dispose(). */
export function createRowScreen(
  context: CudaContext,
  { d }: EStepPoints,
  { packed, limits, tally, certified, pass, byLabel }: RowScreenParts,
) {
  const { mostRows, round } = pass
  const gatherRows = context.kernel('rowOrder', 'gatherRows', 'pppppiiipppp')
  const pauses = createPauses(context)
  let gathered: Pieces<'points' | 'bounds' | 'squares' | 'limits' | 'rows'> | undefined
  /** A struct Tally that nobody reads. */
  let uncounted: Pointer = 0
  /** Pairs of rows and centroids that the E-step has screened, and those that it is about to, but for rows that int8 leaves open. */
  let pairs = 0
  let expected = 0

  function roomToGather(): NonNullable<typeof gathered> {
    const room = paddedTo(mostRows)
    const points = room * slicesOf(d, 'fp16') * SLICE_BYTES
    const rest = { bounds: room * 16, squares: room * 8, limits: room * 4, rows: room * 4 }
    gathered ??= takeTogether(context, { points, ...rest }, 'gathered points')
    return gathered
  }

  /**
   * `count` rows, packed from the points themselves; those with a label before get their limits anew.
   * @param counts struct Tally, for rows far
   */
  function packAnew(
    order: Pointer,
    count: number,
    known: boolean,
    { centroids, k, labels }: Step,
    counts: Pointer,
  ): NonNullable<typeof gathered> {
    const to = roomToGather()
    packed.packTo(to, 'fp16', order, count)
    certified.fill(to.limits, Infinity, paddedTo(count))
    const own = { ...to, keys: to.rows, tally: counts }
    if (known) certified.certify(centroids, k, { before: labels, after: labels, order }, 0, count, own)
    else certified.fill(to.limits, -Infinity, count)
    return to
  }

  /** So many rows of `order` that are not kept packed. What certify finds far among them is counted already. */
  function packPart(order: Pointer, count: number, step: Step): PlacedRows {
    if (uncounted === 0) {
      uncounted = context.alloc(TALLY.bytes, 'a tally')
      context.fill(uncounted, 0, TALLY.bytes)
    }
    return { ...packAnew(order, count, true, step, uncounted), rows: order }
  }

  /** Rows [first, first + count) of `order`, put together; and which they are. */
  function gather(order: Pointer, first: number, count: number, step: Step): PlacedRows {
    const { format, rowBytes } = packed
    if (!packed.keeps(format)) return packPart(order + 4 * first, count, step)
    const to = roomToGather()
    const all = pass.padded(count)
    const from = [packed.points, packed.bounds, limits, order + 4 * first, byLabel.base, count, all, slicesOf(d, format)]
    gatherRows(Math.ceil((all * rowBytes) / 16 / THREADS), THREADS, [...from, to.points, to.bounds, to.limits, to.rows])
    return to
  }

  /** The same of all rows, where they lie. */
  function inPlace(first: number, count: number): PlacedRows {
    const { bounds } = packed
    const rows = byLabel.base && byLabel.base + 4 * first
    return { points: packed.part(first, count, partRoom), bounds: bounds + first * 16, limits: limits + first * 4, rows }
  }

  const partRoom: PartRoom = { rows: mostRows, take: roomToGather }
  const pause = (work: number, options: AssignOptions): Promise<void> => pauses.after(work, pairs / expected, options)

  return {
    /** For rows that are not kept packed. */
    room: partRoom,
    /** Before an E-step. */
    begin(): void {
      pairs = 0
      pauses.begin()
    },
    /** So many pairs are to be screened. */
    expect(count: number): void {
      expected = count
    },
    /** Pairs screened so far. */
    get pairs() {
      return pairs
    },
    /** Screens rows against centroids packed in the same format, and settles them. */
    async assign({ order, count: all, near, known }: Rows, against: PackedCentroids, step: Step): Promise<void> {
      const work = against.count * d
      const most = Math.max(round, Math.min(mostRows, Math.floor(PANEL_WORK / work / round) * round))
      for (let first = 0; first < all; first += most) {
        const count = Math.min(most, all - first)
        const its = order === undefined ? inPlace(first, count) : gather(order, first, count, step)
        const { format } = packed
        pass.screen({ ...its, order: its.rows, format, first, count, near, lead: known ? 0 : LEAD }, against, step)
        pairs += count * against.count
        await pause(count * work, step)
      }
    },
    /** The `count` rows that int8 left open, packed in fp16 and screened again, against all centroids in fp16. @param open their numbers */
    async assignOpen(open: Pointer, count: number, known: boolean, all: PackedCentroids, step: Step): Promise<void> {
      for (let first = 0; first < count; first += mostRows) {
        const rows = Math.min(mostRows, count - first)
        const order = open + 4 * first
        const part = packAnew(order, rows, known, step, tally)
        pass.screen({ ...part, format: 'fp16', order, first: 0, count: rows, near: false, lead: known ? 0 : LEAD }, all, step)
        await pause(rows * step.k * d, step)
      }
    },
    /** Bytes of device memory held. */
    get bytes(): number {
      return (gathered?.bytes ?? 0) + (uncounted === 0 ? 0 : TALLY.bytes)
    },
    dispose(): void {
      pauses.dispose()
      for (const address of [gathered?.held ?? 0, uncounted]) context.free(address)
    },
  }
}
