/**
 * @file What a screen by tensor cores leaves of a panel of rows: candidates, a few each; the labels from them (kernels/recheck.cu); and
 * those of rows that have too many (kernels/screenDirect.cu).
 */
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import type { EStepPoints } from '../eStep/eStepTypes.js'
import { takeTogether } from '../context/memory.js'
import type { PackedCentroids } from './packedCentroids.js'
import type { PanelRows, Step } from './screenPass.js'
import { slicesOf } from './screenShape.js'

/** Struct Tally of kernels/settle.cuh. */
export const TALLY = { bytes: 40, candidates: 16, open: 24, moved: 28 } as const
/** Candidate slots of a row and half (kernels/layout.cuh). */
const ROW_SLOTS = 32
const CANDIDATE_BYTES = 8
/** Rows of a block of recheck (kernels/recheck.cu). */
const ROWS = 32
const THREADS = 256

/** Takes the memory for so many rows, which meet so many tiles at a time at most. `distances`: float32, of all rows. */
export function createCandidates(
  context: CudaContext,
  { x, d }: EStepPoints,
  { mostRows, halves, tally, distances }: { mostRows: number; halves: number; tally: Pointer; distances: Pointer },
) {
  const recheck = context.kernel('recheck', 'recheck', 'ppppliliiiiippppppppp')
  const screenDirect = context.kernel('screenDirect', 'screenDirect', 'ppppliiippppp')
  const sizes = { counts: mostRows * halves * 4, candidates: mostRows * halves * ROW_SLOTS * CANDIDATE_BYTES, listed: mostRows * 4 }
  const { counts, candidates, listed, held, bytes } = takeTogether(context, sizes, 'candidates')
  return {
    /** Where the screen writes them. */
    counts,
    candidates,
    /** Places, in the panel, of tally.open rows that had more candidates than slots. */
    listed,
    /** Forgets the open rows of the panel before. */
    clear(): void {
      context.fill(tally + TALLY.open, 0, 4)
    },
    /** Writes the panel's labels. @param openRows if not 0, open rows are listed there, by their number, behind those that are */
    settle(
      rows: Omit<PanelRows, 'lead'> & { padded: number; halves: number },
      against: PackedCentroids,
      { centroids, labels }: Step,
      openRows: Pointer,
    ): void {
      const { order, first, count, near, format } = rows
      const which = [order, first, count, rows.padded, rows.halves, Number(near), d, slicesOf(d, format), Number(openRows !== 0)]
      const results = [labels, distances, openRows || listed, tally]
      const met = [against.tiles, rows.bounds, rows.limits]
      recheck(Math.ceil(count / ROWS), THREADS, [x, centroids, against.places, ...which, counts, candidates, ...results, ...met])
    },
    /** Writes the labels of the panel's open rows. @param ranges of the tiles that its rows meet (kernels/leads.cu), or 0: all */
    settleOpen(rows: PanelRows, against: PackedCentroids, { centroids, labels }: Step, ranges: Pointer): void {
      const { order, first, near } = rows
      const which = [against.places, order, first, against.count, Number(near), d, ranges, listed]
      screenDirect(2 * context.info.multiprocessors, THREADS, [x, centroids, ...which, labels, distances, tally])
    },
    bytes,
    dispose(): void {
      context.free(held)
    },
  }
}
