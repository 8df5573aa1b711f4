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
export interface PackedPoints extends Packed {
  /** Of the packing there is. */
  readonly format: Format
  /** Bytes of a packed row. */
  readonly rowBytes: number
  /** Rows with the padding. */
  readonly padded: number
  /** Packs all rows. @param base the row of every place, or 0 where a row's place is its number */
  pack(format: Format, base: Pointer): void
  /** Packs `count` rows, those of these places, elsewhere. */
  packTo(to: Packed, format: Format, base: Pointer, count: number): void
  /** Bytes of device memory held. */
  readonly bytes: number
  dispose(): void
}

/** Takes memory; it holds nothing before pack(). @param skip a byte a column, 1 where it is left out, or 0: none is */
export function packedPoints(context: CudaContext, { x, n, d, mean }: EStepPoints, skip: Pointer = 0): PackedPoints {
  const padded = paddedTo(n)
  const kept = takeTogether(context, { bounds: padded * 16, squares: padded * 8 }, 'bounds of the points')
  const { bounds, squares } = kept
  const preparing = (which: Format): Kernel => context.kernel('prepare', FORMATS[which].prepare, 'ppppllippp')
  const prepare = { fp16: preparing('fp16'), int8: preparing('int8') }
  let format: Format = 'fp16'
  let points: Pointer = 0
  const packTo = (to: Packed, which: Format, base: Pointer, count: number): void => {
    const all = paddedTo(count)
    prepare[which](all / 8, THREADS, [x, mean, skip, base, count, all, d, to.points, to.bounds, to.squares])
  }
  const bytesOf = (which: Format): number => padded * slicesOf(d, which) * SLICE_BYTES
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
    get points() {
      return points
    },
    pack(next, base) {
      if (points === 0 || next !== format) {
        context.free(points)
        points = 0
        points = context.alloc(bytesOf(next), `the points in ${next}`)
        format = next
      }
      packTo({ points, bounds, squares }, format, base, n)
    },
    packTo,
    get bytes() {
      return kept.bytes + (points === 0 ? 0 : bytesOf(format))
    },
    dispose() {
      for (const address of [kept.held, points]) context.free(address)
    },
  }
}
