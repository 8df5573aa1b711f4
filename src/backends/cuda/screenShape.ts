/** @file Which screen a device runs for points of d columns, and the sizes that its kernels were made for (kernels/screen*.cu). */
import type { DeviceInfo } from './driver.js'

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

/** Columns of one slice (kernels/layout.cuh). */
export const SLICE_COLUMNS = 64
/** Centroids of one tile. */
export const TILE_CENTROIDS = 128
/** Columns that the bounds hold for (kernels/bound.cuh). */
export const MAX_COLUMNS = 4096
/** Steps of 16 columns that Hopper's kernel is there for; more columns are streamed in slices. */
const HOPPER_STEPS = [1, 2, 4, 6, 8, 12, 16] as const
const HOPPER = { file: 'screenHopper', threads: 640, sharedBytes: 232_448, resident: 1 } as const
const AMPERE = {
  file: 'screenAmpere',
  kernel: 'screenAmpere',
  threads: 256,
  sharedBytes: 65_536,
  resident: 2,
  blockRows: 128,
  halves: 1,
} as const

/** The screen by tensor cores; undefined where there is none for the device. */
export function screenShape({ major, minor, sharedBytes }: DeviceInfo, d: number): ScreenShape | undefined {
  // wgmma is Hopper's alone: later devices have other instructions, and run what Ampere runs.
  if (major !== 9 || minor !== 0 || sharedBytes < HOPPER.sharedBytes) return major >= 8 ? AMPERE : undefined
  const steps = HOPPER_STEPS.find((steps) => 16 * steps >= d)
  return steps === undefined
    ? { ...HOPPER, kernel: 'screen0', blockRows: 128, halves: 2 }
    : { ...HOPPER, kernel: `screen${steps}`, blockRows: 256, halves: 1 }
}
