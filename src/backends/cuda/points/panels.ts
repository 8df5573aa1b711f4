/**
 * @file The points as kernels meet them. Where they fit, all rows lie on the device; where they do not (the memory that is free, or
 * memoryBudget), they pass through two slots in panels of whole blocks of 4,096 rows: one is computed with while the other is filled. What
 * is kept per row (labels, weights, distances) stays on the device either way, so results are the same to the bit.
 */
import { ROW_BLOCK } from '../../../exact.js'
import type { Points } from '../../../points.js'
import type { Plan } from '../../backend.js'
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import { readable } from '../driver/errors.js'
import { uploadRows } from './staging.js'

/** Rows [first, first + rows) and the device address of their points. */
export interface Panel {
  readonly first: number
  readonly rows: number
  readonly x: Pointer
}

/** All rows, as kernels meet them. Their memory is freed with the context. */
export interface Panels {
  /** Whether all rows stay on the device: one panel, the same at every pass. */
  readonly resident: boolean
  /** Whether E-steps pack the rows of a panel in fp16 a part at a time, since all of them would take too much memory. */
  readonly inParts: boolean
  /**
   * Calls `visit` for every panel, in order or backwards. Work given to the stream by it is complete before the panel's memory is used
   * again.
   */
  each(visit: (panel: Panel) => void | Promise<void>, signal?: AbortSignal): Promise<void>
}

/**
 * Bytes beside the points, per row: two labels, the summed label, its place in their order, weight, distance, closest distance, what is
 * handed on.
 */
const ROW_BYTES = 44
/** Whatever else. */
const SPARE_BYTES = 2 ** 24
/** Rows of a panel at most: kernels count them as int32. */
const MOST_ROWS = 2 ** 30
/** Step of the search for the largest panel that fits. */
const SHRINK = 31 / 32
/** Bytes up to which a session takes its memory in one allocation: beyond, the driver's time for several is nothing beside the work. */
const SLAB_BYTES = 2 ** 29
/** Bytes of the candidates of a row, and rows by which the E-step's blocks may go beyond the last. */
const CANDIDATE_BYTES = 268
const BEYOND_ROWS = 2 ** 16
/**
 * Rows packed in fp16 are kept from one E-step to the next up to so many bytes; beyond, with as many centroids, every E-step packs them
 * anew, part by part. At d = 128 that moves some 1.5 KB a row more, 0.5 ns by the bandwidth of an H100 (not timed), where to meet so many
 * centroids takes it 40.
 */
const KEPT_BYTES = 2 ** 32
const PARTS_FROM = 131_072
/** Share of the free memory that is taken. */
const FREE_SHARE = 0.9

/**
 * Bytes of k centroids: three copies, limbs, what an update finds; in the E-step two packings, an earlier copy, and what orders and leads
 * take.
 */
function centroidBytes(k: number, d: number): number {
  return k * (32 * d + 2 * packedBytes(d) + 128)
}

/** Bytes of a vector that is packed in fp16, and in int8. */
const packedBytes = (d: number, format: 'fp16' | 'int8' = 'fp16'): number => 128 * Math.ceil(d / (format === 'fp16' ? 64 : 128))

/** Whether rows of a panel are packed in fp16 a part at a time. */
const packsInParts = (rows: number, d: number, k: number): boolean => k >= PARTS_FROM && rows * packedBytes(d) > KEPT_BYTES

/**
 * Bytes that the E-step holds for so many rows, at most (screenedEStep.ts, leadEStep.ts): points as they are kept packed, bounds;
 * candidates and gathered rows of a part.
 */
function eStepBytes(rows: number, d: number, k: number): number {
  const packed = packedBytes(d)
  const kept = packedBytes(d, packsInParts(rows, d, k) ? 'int8' : 'fp16')
  return rows * (kept + 60) + Math.min(rows * 524, 2.7e8) + Math.min(rows * packed, 2 ** 28)
}

/** Bytes that a training on resident points usually takes. */
function slabBytes({ n, d }: Points, k: number): number {
  return n * (4 * d + packedBytes(d) + 44 + ROW_BYTES) + (n + Math.min(n, BEYOND_ROWS)) * CANDIDATE_BYTES + centroidBytes(k, d)
}

/**
 * Plans the rows of one panel and takes the memory for its points.
 * @throws Error where not even one block of rows fits
 */
export function openPanels(context: CudaContext, points: Points, { k, memoryBudget = Infinity }: Plan): Panels {
  const { n, d } = points
  const fixed = n * ROW_BYTES + centroidBytes(k, d) + SPARE_BYTES
  const room = Math.min(memoryBudget, FREE_SHARE * context.freeBytes())
  const whole = fixed + 4 * n * d + eStepBytes(n, d, k)
  if (n <= MOST_ROWS && (whole <= room || n <= ROW_BLOCK)) {
    const slab = Math.min(whole, slabBytes(points, k))
    if (slab <= SLAB_BYTES) context.reserve(slab)
    return residentPanel(context, points, packsInParts(n, d, k))
  }
  const needed = (rows: number): number => fixed + 2 * 4 * rows * d + eStepBytes(rows, d, k)
  if (needed(ROW_BLOCK) > room)
    throw new RangeError(
      `cuda: expected memory for ${n} × ${d} points in blocks and ${k} centroids, at least ${readable(needed(ROW_BLOCK))}, ` +
        `got ${readable(room)}; raise memoryBudget, free the device's memory or take 'cpu'`,
    )
  let blocks = Math.floor(Math.min(MOST_ROWS, n) / ROW_BLOCK)
  while (needed(blocks * ROW_BLOCK) > room) blocks = Math.max(1, Math.floor(blocks * SHRINK))
  return streamedPanels(context, points, blocks * ROW_BLOCK, packsInParts(blocks * ROW_BLOCK, d, k))
}

function residentPanel(context: CudaContext, points: Points, inParts: boolean): Panels {
  const { n, d } = points
  const x = context.alloc(n * d * 4, 'the points')
  let uploaded: Promise<void> | undefined
  return {
    resident: true,
    inParts,
    async each(visit, signal) {
      signal?.throwIfAborted()
      uploaded ??= uploadRows(context, points, { first: 0, rows: n }, x, signal).catch((error: unknown) => {
        uploaded = undefined
        throw error
      })
      await uploaded
      await visit({ first: 0, rows: n, x })
    },
  }
}

function streamedPanels(context: CudaContext, points: Points, rows: number, inParts: boolean): Panels {
  const { n, d } = points
  /** `there`: the panel that it holds, complete. */
  const slots = [0, 1].map(() => ({ x: context.alloc(rows * d * 4, 'a block of the points'), there: -1 }))
  const panel = (index: number): Panel => ({ first: index * rows, rows: Math.min(rows, n - index * rows), x: slots[index % 2].x })
  const count = Math.ceil(n / rows)
  /** Passes go to and fro: the panels that the last one ended with are on the device. */
  let backwards = true
  return {
    resident: false,
    inParts,
    async each(visit, signal) {
      const upload = async (index: number): Promise<void> => {
        const slot = slots[index % 2]
        if (slot.there === index) return
        const { x, ...range } = panel(index)
        slot.there = -1
        await uploadRows(context, points, range, x, signal)
        slot.there = index
      }
      backwards = !backwards
      const turn = backwards ? -1 : 1
      let index = backwards ? count - 1 : 0
      signal?.throwIfAborted()
      await upload(index)
      for (; panelExists(index, count); index += turn) {
        const work = async (): Promise<void> => {
          await visit(panel(index))
          await context.finished()
        }
        const next = index + turn
        const results = await Promise.allSettled([work(), panelExists(next, count) ? upload(next) : undefined])
        for (const result of results) if (result.status === 'rejected') throw result.reason
      }
    },
  }
}

const panelExists = (index: number, count: number): boolean => index >= 0 && index < count
