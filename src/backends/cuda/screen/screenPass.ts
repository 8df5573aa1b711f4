/**
 * @file One pass of the screen over a panel of rows: tensor cores drop centroids, recheck settles what they leave. Rows with more
 * candidates than slots: of fp16, and of devices without tensor cores, they are screened by differences at once; of int8 they are listed
 * for fp16.
 */
import type { AssignOptions } from '../../backend.js'
import type { Pointer } from '../driver/api.js'
import { createCandidates, TALLY } from './candidates.js'
import type { CudaContext, Kernel } from '../context/context.js'
import type { EStepPoints } from '../eStep/eStepTypes.js'
import type { PackedCentroids } from './packedCentroids.js'
import { screenShape, SLICE_BYTES, slicesOf } from './screenShape.js'
import type { Format, ScreenShape } from './screenShape.js'

/** Packed rows of a panel. */
export interface PanelRows {
  format: Format
  points: Pointer
  bounds: Pointer
  limits: Pointer
  /** The row of each place; 0: first, first + 1, … */
  order: Pointer
  first: number
  count: number
  /** Whether their label before is one candidate more (kernels/threshold.cu). */
  near: boolean
  /** Share of the tiles to be looked at beforehand. */
  lead: number
}

/** Centroids, and labels to be written. */
export interface Step extends AssignOptions {
  centroids: Pointer
  k: number
  labels: Pointer
}

/** Rounds of blocks over all multiprocessors in a panel, at most; and the bytes of rows gathered in fp16 that it stays below. */
const PANEL = { rounds: 16, bytes: 2 ** 28 } as const
const THREADS = 256
/** Rows of a block of the screen in float32. */
const PLAIN_ROWS = 64

/**
 * @param where struct Tally; float32 distances of all rows; `openRows`: room for the rows that int8 leaves open
 */
export function createScreenPass(
  context: CudaContext,
  points: EStepPoints,
  where: { tally: Pointer; distances: Pointer; openRows: Pointer },
) {
  const { x, n, d, mean } = points
  const { tally, distances, openRows } = where
  const shapes = { fp16: screenShape(context.info, d), int8: screenShape(context.info, d, 'int8') }
  const { resident } = shapes.fp16 ?? { resident: 2 }
  const halves = Math.max(shapes.fp16?.halves ?? 1, shapes.int8?.halves ?? 1)
  const blockRows = Math.max(shapes.fp16?.blockRows ?? PLAIN_ROWS, shapes.int8?.blockRows ?? 0)
  const threadBlocks = context.info.multiprocessors * resident
  const round = threadBlocks * blockRows
  const gatheredBytes = round * slicesOf(d, 'fp16') * SLICE_BYTES
  const mostRows = round * Math.max(1, Math.min(PANEL.rounds, Math.floor(PANEL.bytes / gatheredBytes), Math.ceil(n / round)))
  const screenPlain = context.kernel('screenPlain', 'screenPlain', 'ppppppliiiiiiipppppp')
  const screening = (format: Format): Kernel | undefined => {
    const its = shapes[format]
    return its && context.kernel(its.file, its.kernel, 'ppiiiiipppp', { sharedBytes: its.sharedBytes })
  }
  const screens = { fp16: screening('fp16'), int8: screening('int8') }
  const left = createCandidates(context, points, { mostRows, halves, tally, distances })
  /** Whether a screen has run since the tally was cleared. */
  let used = false

  function plain(rows: PanelRows, against: PackedCentroids, { centroids, labels }: Step): void {
    const { order, first, count, near } = rows
    const lead = Math.floor(rows.lead * against.tileCount)
    const pairs = [x, mean, centroids, against.tiles, against.places, order, first, count, against.count, Number(near), d]
    const rest = [slicesOf(d, rows.format), against.tileCount, lead, rows.bounds, rows.limits, left.listed, labels, distances, tally]
    screenPlain(2 * context.info.multiprocessors, THREADS, [...pairs, ...rest])
  }

  function byTensorCores(screen: Kernel, shape: ScreenShape, rows: PanelRows, against: PackedCentroids, step: Step): void {
    const blocks = Math.ceil(rows.count / shape.blockRows)
    const lead = Math.floor((rows.lead * against.tileCount) / shape.halves)
    const pairs = [rows.points, against.tiles, blocks, slicesOf(d, rows.format), against.tileCount, lead, against.count]
    const launch = { sharedBytes: shape.sharedBytes }
    screen(Math.min(blocks, threadBlocks), shape.threads, [...pairs, rows.limits, rows.bounds, left.counts, left.candidates], launch)
    const padded = blocks * shape.blockRows
    left.settle({ ...rows, padded, halves: shape.halves }, against, step, rows.format === 'int8' ? openRows : 0)
  }

  return {
    /** Tiles that a screen looks at as one, at most. */
    halves,
    /** Rows that all multiprocessors take at a time, and of a panel at most. */
    round,
    mostRows,
    /** Whether there are tensor cores to be used, and in int8. */
    tensor: shapes.fp16 !== undefined,
    hasInt8: screens.int8 !== undefined,
    /** Rows of a whole number of blocks, of either format. */
    padded: (count: number): number => Math.ceil(count / blockRows) * blockRows,
    /** Clears the tally, for an E-step. */
    begin(): void {
      context.fill(tally, 0, TALLY.bytes)
      used = false
    },
    /** Labels of at most mostRows rows, against centroids packed in the same format. */
    screen(rows: PanelRows, against: PackedCentroids, step: Step): void {
      const [screen, shape] = [screens[rows.format], shapes[rows.format]]
      const int8 = rows.format === 'int8'
      if (!int8 && used) left.clear()
      used = true
      if (screen === undefined || shape === undefined) plain(rows, against, step)
      else byTensorCores(screen, shape, rows, against, step)
      if (!int8) left.settleOpen(rows, against, step, 0)
    },
    /** Bytes of device memory held. */
    bytes: left.bytes,
    dispose(): void {
      left.dispose()
    },
  }
}

/** Screens panels of one set of points, one after the other. */
export type ScreenPass = ReturnType<typeof createScreenPass>
