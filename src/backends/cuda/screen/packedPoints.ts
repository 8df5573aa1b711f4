/** @file Points as the screen meets them (kernels/prepare.cu): packed in one format at a time, with what the bounds need. */
import type { Pointer } from '../driver/api.js'
import type { CudaContext, Kernel } from '../context/context.js'
import type { EStepPoints } from '../eStep/eStepTypes.js'
import { takeTogether } from '../context/memory.js'
import { FORMATS, SLICE_BYTES, slicesOf } from './screenShape.js'
import type { Format } from './screenShape.js'

const THREADS = 256
/** Rows are padded to a multiple of this: the largest block of a screen. */
const PADDING = 256

/** So many rows with the padding. */
export function paddedTo(rows: number): number {
  return Math.ceil(rows / PADDING) * PADDING
}

/** Packed rows, and of each: struct RowBound, ‖x − μ‖² in float64. */
export interface Packed {
  readonly points: Pointer
  readonly bounds: Pointer
  readonly squares: Pointer
}

/** All n rows, packed. */
/** Room for so many rows, with the padding, that are packed for the moment; taken when it is first needed. */
export interface PartRoom {
  readonly rows: number
  take(): Packed
}

export interface PackedPoints extends Omit<Packed, 'points'> {
  /** What pack() packed in last. */
  readonly format: Format
  /** Bytes of a packed row. */
  readonly rowBytes: number
  /** All rows packed, where they are kept. */
  readonly points: Pointer
  /** Rows with the padding. */
  readonly padded: number
  /**
   * Whether rows that are packed in this format stay so from one E-step to the next; those that do not are packed a part at a time, by
   * part().
   */
  keeps(format: Format): boolean
  /** Whether pack() packed in this format last. */
  holds(format: Format): boolean
  /**
   * Packs all rows, of which those that are not kept leave bounds and squares.
   * @param base the row of every place, or 0 where a row's place is its number
   */
  pack(format: Format, base: Pointer, room: PartRoom): void
  /** Packed rows of the places from `first` on, `count` of them, as pack() had them: where they are kept, or in the room. */
  part(first: number, count: number, room: PartRoom): Pointer
  /** Packs `count` rows, those of these places, elsewhere. */
  packTo(to: Packed, format: Format, base: Pointer, count: number): void
  /** Bytes of device memory held. */
  readonly bytes: number
  dispose(): void
}

/** Takes memory; it holds nothing before pack(). @param skip a byte a column, 1 where it is left out, or 0: none is */
export function packedPoints(context: CudaContext, { x, n, d, mean, inParts }: EStepPoints, skip: Pointer = 0): PackedPoints {
  const padded = paddedTo(n)
  const kept = takeTogether(context, { bounds: padded * 16, squares: padded * 8 }, 'bounds of the points')
  const { bounds, squares } = kept
  const preparing = (which: Format): Kernel => context.kernel('prepare', FORMATS[which].prepare, 'ppppllippp')
  const prepare = { fp16: preparing('fp16'), int8: preparing('int8') }
  let format: Format = 'fp16'
  let packed = false
  let points: Pointer = 0
  /** The row of every place, or 0. */
  let order: Pointer = 0
  const prepareRows = (rows: Pointer, to: Packed, which: Format, base: Pointer, count: number): void => {
    const all = paddedTo(count)
    prepare[which](all / 8, THREADS, [rows, mean, skip, base, count, all, d, to.points, to.bounds, to.squares])
  }
  /** Places from `first` on. */
  const packPart = (to: Packed, first: number, count: number): void =>
    order === 0 ? prepareRows(x + 4 * d * first, to, format, 0, count) : prepareRows(x, to, format, order + 4 * first, count)
  const bytesOf = (which: Format): number => padded * slicesOf(d, which) * SLICE_BYTES
  // In int8 they take half the memory, and the screen half the time, of which packing would be the greater share.
  const keeps = (which: Format): boolean => which === 'int8' || !inParts
  const free = (): void => {
    context.free(points)
    points = 0
  }
  return {
    bounds,
    squares,
    padded,
    get format() {
      return format
    },
    get rowBytes() {
      return slicesOf(d, format) * SLICE_BYTES
    },
    keeps,
    holds: (which) => packed && which === format,
    pack(next, base, room) {
      if (!packed || next !== format) free()
      format = next
      order = base
      if (keeps(next)) {
        points ||= context.alloc(bytesOf(next), `the points in ${next}`)
        prepareRows(x, { points, bounds, squares }, next, base, n)
      } else {
        const { points: passing } = room.take()
        // Whole multiples of the padding: what is written behind a part belongs to the next.
        const rows = Math.max(PADDING, Math.floor(room.rows / PADDING) * PADDING)
        for (let first = 0; first < n; first += rows)
          packPart({ points: passing, bounds: bounds + 16 * first, squares: squares + 8 * first }, first, Math.min(rows, n - first))
      }
      packed = true
    },
    part(first, count, room) {
      if (keeps(format)) return points + slicesOf(d, format) * SLICE_BYTES * first
      const to = room.take()
      packPart(to, first, count)
      return to.points
    },
    packTo: (to, which, base, count) => prepareRows(x, to, which, base, count),
    get points() {
      return points
    },
    get bytes() {
      return kept.bytes + (points === 0 ? 0 : bytesOf(format))
    },
    dispose() {
      for (const address of [kept.held, points]) context.free(address)
    },
  }
}
