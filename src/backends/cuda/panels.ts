/**
 * @file The points as kernels meet them. Where they fit, all rows lie on the device; where they do not (the memory that is free, or
 * memoryBudget), they pass through two slots in panels of whole blocks of 4,096 rows: one is computed with while the other is filled. What is
 * kept per row (labels, weights, distances) stays on the device either way, so results are the same to the bit.
 */
import { ROW_BLOCK } from '../../exact.js'
import type { Points } from '../../points.js'
import type { Plan } from '../backend.js'
import type { Pointer } from './api.js'
import type { CudaContext } from './context.js'
import { readable } from './driver.js'
import { uploadRows } from './staging.js'

/** Rows [first, first + rows) and the device address of their points. */
export interface Panel {
  readonly first: number
  readonly rows: number
  readonly x: Pointer
}

export interface Panels {
  /** Whether all rows stay on the device: one panel, the same at every pass. */
  readonly resident: boolean
  /** Calls `visit` for every panel in order. Work given to the stream by it is complete before the panel's memory is used again. */
  each(visit: (panel: Panel) => void | Promise<void>, signal?: AbortSignal): Promise<void>
}

/** Bytes beside the points, per row: two labels, the summed label, its place in their order, weight, distance, closest distance. */
const ROW_BYTES = 40
/** Bytes per centroid and column: three copies, two limbs. */
const CENTROID_BYTES = 28
/** What the E-step holds beside the points it works on, as a share of them; and whatever else. */
const E_STEP_SHARE = 0.6
const SPARE_BYTES = 2 ** 26
/** Rows of a panel at most: kernels count them as int32. */
const MOST_ROWS = 2 ** 30
/** Share of the free memory that is taken. */
const FREE_SHARE = 0.9

/**
 * Plans the rows of one panel and the memory for it.
 * @throws Error where not even one block of rows fits
 */
export function openPanels(context: CudaContext, points: Points, { k, memoryBudget = Infinity }: Plan): Panels {
  const { n, d } = points
  const rowBytes = 4 * d * (1 + E_STEP_SHARE)
  const fixed = n * ROW_BYTES + k * d * CENTROID_BYTES + SPARE_BYTES
  const room = Math.min(memoryBudget, FREE_SHARE * context.freeBytes())
  if (n <= MOST_ROWS && (fixed + n * rowBytes <= room || n <= ROW_BLOCK)) return residentPanel(context, points)
  const blocks = Math.floor((room - fixed) / ((4 * d + rowBytes) * ROW_BLOCK))
  if (blocks < 1)
    throw new RangeError(
      `cuda: expected memory for ${n} × ${d} points in blocks and ${k} centroids, at least ${readable(fixed + (4 * d + rowBytes) * ROW_BLOCK)}, ` +
        `got ${readable(room)}; raise memoryBudget, free the device's memory or take 'cpu'`,
    )
  return streamedPanels(context, points, Math.min(blocks * ROW_BLOCK, MOST_ROWS))
}

function residentPanel(context: CudaContext, points: Points): Panels {
  const { n, d } = points
  const x = context.alloc(n * d * 4, 'the points')
  let there = false
  return {
    resident: true,
    async each(visit, signal) {
      signal?.throwIfAborted()
      if (!there) await uploadRows(context, points, { first: 0, rows: n }, x, signal)
      there = true
      await visit({ first: 0, rows: n, x })
    },
  }
}

function streamedPanels(context: CudaContext, points: Points, rows: number): Panels {
  const { n, d } = points
  const slots = [0, 1].map(() => context.alloc(rows * d * 4, 'a block of the points'))
  const panel = (index: number): Panel => ({ first: index * rows, rows: Math.min(rows, n - index * rows), x: slots[index % 2] })
  const count = Math.ceil(n / rows)
  return {
    resident: false,
    async each(visit, signal) {
      const upload = (index: number): Promise<void> => {
        const { x, ...range } = panel(index)
        return uploadRows(context, points, range, x, signal)
      }
      await upload(0)
      for (let index = 0; index < count; index++) {
        const work = async (): Promise<void> => {
          await visit(panel(index))
          await context.finished()
        }
        const results = await Promise.allSettled([work(), index + 1 < count ? upload(index + 1) : undefined])
        for (const result of results) if (result.status === 'rejected') throw result.reason
      }
    },
  }
}
