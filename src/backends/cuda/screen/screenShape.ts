/** @file Which screen a device runs for points of d columns, and the sizes that its kernels were made for (kernels/screen*.cu). */
import type { DeviceInfo } from '../driver/driver.js'

/** How points and centroids are packed for the tensor cores (kernels/packing.cuh). */
export type Format = 'fp16' | 'int8'

/** One of the screens by tensor cores: its kernel, and the sizes that it was made for. */
export interface ScreenShape {
  /** File and kernel. */
  file: string
  kernel: string
  threads: number
  sharedBytes: number
  /** Blocks of threads that a multiprocessor may have at a time. */
  resident: number
  /** Rows of one block; points are padded to a multiple of them. */
  blockRows: number
  /** Tiles of 128 centroids that a block looks at together; each has candidates of its own. */
  halves: 1 | 2
}

/** Bytes of one slice of columns (kernels/layout.cuh). */
export const SLICE_BYTES = 128
/** Centroids of one tile. */
export const TILE_CENTROIDS = 128
/** Columns that the bounds hold for (kernels/bound.cuh). */
export const MAX_COLUMNS = 4096
/** Bytes of one value, and the kernels that pack. */
export const FORMATS = {
  fp16: { bytes: 2, prepare: 'preparePoints', pack: 'packCentroids' },
  int8: { bytes: 1, prepare: 'preparePointsInt8', pack: 'packCentroidsInt8' },
} as const
/** Steps of 32 bytes that Hopper's kernels are there for where rows stay in shared memory; more are streamed in slices. */
const HOPPER = {
  fp16: { file: 'screenHopper', kernel: 'screen', steps: [1, 2, 4, 6, 8, 12, 16] },
  int8: { file: 'screenHopperInt8', kernel: 'screenInt8x', steps: [1, 2, 3, 4, 6, 8, 12, 16] },
} as const
const HOPPER_BLOCK = { threads: 640, sharedBytes: 232_448, resident: 1 } as const
const HOPPER_ROWS = { resident: { blockRows: 256, halves: 1 }, streamed: { blockRows: 128, halves: 2 } } as const
const AMPERE = {
  file: 'screenAmpere',
  kernel: 'screenAmpere',
  threads: 256,
  sharedBytes: 65_536,
  resident: 2,
  blockRows: 128,
  halves: 1,
} as const

/** Slices of a packed vector. */
export function slicesOf(d: number, format: Format): number {
  return Math.ceil((d * FORMATS[format].bytes) / SLICE_BYTES)
}

/** The screen by tensor cores; undefined where there is none for the device. int8 is Hopper's alone. */
export function screenShape({ major, minor, sharedBytes }: DeviceInfo, d: number, format: Format = 'fp16'): ScreenShape | undefined {
  // wgmma is Hopper's alone: later devices have other instructions, and run what Ampere runs.
  if (major !== 9 || minor !== 0 || sharedBytes < HOPPER_BLOCK.sharedBytes) return major >= 8 && format === 'fp16' ? AMPERE : undefined
  const { file, kernel, steps } = HOPPER[format]
  const its = steps.find((count) => (32 * count) / FORMATS[format].bytes >= d)
  const rows = its === undefined ? HOPPER_ROWS.streamed : HOPPER_ROWS.resident
  return { ...HOPPER_BLOCK, ...rows, file, kernel: `${kernel}${its ?? 0}` }
}

/**
 * The screen of points with so many leads, which come beside them (kernels/leads.cuh), where a device has one: the same for all of them.
 */
export function nearScreenShape({ major }: DeviceInfo, leads: number): ScreenShape | undefined {
  return major >= 8 ? { ...AMPERE, kernel: `screenNear${leads === 1 ? 1 : 4}` } : undefined
}
