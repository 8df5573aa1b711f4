/**
 * @file What rows know before they are screened (kernels/threshold.cu): the certified score of their label before, their limit; and who is
 * near.
 */
import type { CudaContext } from '../context/context.js'
import type { Pointer } from '../driver/api.js'
import type { Packed } from '../screen/packedPoints.js'
import type { EStepPoints } from './eStepTypes.js'

const THREADS = 256
/** Rows of a block of certify. */
const ROWS = 32
/** In place of a distance (kernels/settle.cuh). */
const UNKNOWN = -1

/** Places of rows: their bounds and squares, and what is written for them. */
export interface Certified extends Omit<Packed, 'points'> {
  /** float32 each. */
  limits: Pointer
  /** int32 each: the label before, + k for near rows. */
  keys: Pointer
  /** Struct Tally: where those that are not near are counted. */
  tally: Pointer
}

/** Labels before, which become those after until the screen finds others; and the row of each place, or 0: its number. */
export interface Known {
  before: Pointer
  after: Pointer
  order: Pointer
}

/** Takes no memory. @param distances float32, of all rows to their labels */
export function createLimits(context: CudaContext, { x, d }: EStepPoints, distances: Pointer) {
  const certifyRows = context.kernel('threshold', 'certify', 'ppppppliipppppp')
  const fillFloats = context.kernel('threshold', 'fillFloats', 'pfl')
  /** The same limit for so many. */
  const fill = (at: Pointer, value: number, count: number): void => fillFloats(Math.ceil(count / THREADS), THREADS, [at, value, count])
  return {
    fill,
    /** `count` rows without a label before: every centroid may be theirs. */
    unknown(limits: Pointer, count: number): void {
      fill(limits, -Infinity, count)
      fill(distances, UNKNOWN, count)
    },
    /** Limits and keys of `count` places from their labels before. @param moved a byte for each of the k centroids, or 0: no row is near */
    certify(centroids: Pointer, k: number, { before, after, order }: Known, moved: Pointer, count: number, to: Certified): void {
      const own = [to.bounds, to.squares, distances, to.limits, to.keys, to.tally]
      certifyRows(Math.ceil(count / ROWS), THREADS, [x, centroids, before, after, moved, order, count, k, d, ...own])
    },
  }
}

/** Certifies the rows of one set of points. */
export type Limits = ReturnType<typeof createLimits>
