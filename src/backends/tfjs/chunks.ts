/** @file How large the chunks of the tfjs backend are: limited by the plan, by memory, and by the time that one call may take. */
import type { Plan } from '../backend.js'
import { GROUP } from './scores.js'
import type { TfjsRuntime } from './runtime.js'

/** Floats of one chunk of scores: 64 MB. */
const SCORES = 16e6
/** Floats of one chunk of points or of centroids: 16 MB, packed in a few milliseconds. */
const PACKED = 4e6
/**
 * Floats of a unit where tensors lie in JavaScript's memory. Taking some rows out of a unit copies all of it there, and that is needed
 * again and again when products take longer than expected, as on a busy machine. Measured on MNIST, k = 10, two processes on two cores:
 * 1.5 s of processor time for a fit, against 4.1 s with units as large as PACKED.
 */
const HOST_UNIT = 1e6
/** Seconds that one call should take. 30 ms are the limit, and calls vary. */
const CALL = 0.015
/** Where centroids are cut into chunks, a product should have at least this many rows: with fewer, packing the centroids costs as much. */
const FEW_ROWS = 32
/** Share of the memory budget for a chunk of scores (up to three exist at a time), for a chunk of points, and for one of centroids. */
const SHARE = 1 / 16

/** How the points and the scores of one session are cut. */
export interface Chunks {
  /** Number of rows that lie on the device as one tensor: if possible those of one product, since cutting a tensor on wasm copies it. */
  unit: number
  /** Number of units that stay on the device between passes. */
  resident: number
  /** Number of centroids of a chunk, of k in all. */
  columns(k: number): number
  /** Number of rows of the next product with `columns` centroids. */
  rows(columns: number): number
  /** Takes in how long a product took, so that the next one comes nearer to the time that a call should take. */
  timed(rows: number, columns: number, milliseconds: number): void
}

const atLeastOne = (x: number): number => Math.max(1, Math.floor(x))

/** The chunk sizes of a session of n points. Tensors stay within plan.memoryBudget wherever a row and a centroid fit into it. */
export function chunksOf(n: number, d: number, plan: Plan, runtime: TfjsRuntime): Chunks {
  const budget = plan.memoryBudget ?? runtime.memory
  const width = d + 4
  const floats = budget / 4
  const packed = Math.min(PACKED, floats * SHARE)
  const scores = Math.min(SCORES, floats * SHARE)
  const left = floats - 3 * scores - 2 * packed
  let { rate } = runtime
  const slowest = rate / 16
  const columnsOf = (k: number): number => {
    const affordable = Math.min(packed / width, scores, (CALL * rate) / (2 * width * FEW_ROWS))
    const most = atLeastOne(Math.min(plan.chunkSizeCentroids, Math.max(affordable, Math.min(GROUP, packed / width))))
    if (k <= most) return k
    const even = Math.ceil(k / Math.ceil(k / most))
    return even > 2 * GROUP ? Math.min(Math.ceil(even / GROUP) * GROUP, most - (most % GROUP)) : even
  }
  const rowsOf = (columns: number): number => atLeastOne(Math.min(scores / columns, (CALL * rate) / (2 * width * columns)))
  const held = runtime.hostMemory ? Math.min(packed, HOST_UNIT) : packed
  const unit = atLeastOne(Math.min(n, plan.chunkSizeData, held / width, rowsOf(columnsOf(plan.k))))

  return {
    unit,
    resident: Math.max(0, Math.floor(left / (unit * width))),
    columns: columnsOf,
    rows: (columns) => Math.min(unit, rowsOf(columns)),
    timed(rows, columns, milliseconds) {
      const measured = (2 * rows * columns * width * 1000) / Math.max(milliseconds, 0.01)
      rate = Math.max(slowest, Math.min(rate * 2, Math.max(rate / 2, measured)))
    },
  }
}
