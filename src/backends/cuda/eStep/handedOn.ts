/**
 * @file What E-steps over points that pass in panels hand on to the next: the centroids that they met, and how far each row was from its
 * own. With it, rows whose distance did not grow meet only the centroids that moved, as they do where all points stay on the device.
 */
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import type { CentroidPacker } from '../screen/packedCentroids.js'

/** What is the same for all panels. */
export interface ScreenMemory {
  /** Made by the first screen that there is. */
  packer: CentroidPacker | undefined
  /** Whether a panel before has measured the centroids of this E-step; then, a byte for each, 1 where it moved, or 0; and how many did. */
  measured: boolean
  moved: Pointer
  movedCount: number
  /** Pairs that the last E-step over a panel had to look at with near rows apart, per pair of all. */
  share: number
}

/** Of no E-step yet. */
export function newScreenMemory(): ScreenMemory {
  return { packer: undefined, measured: false, moved: 0, movedCount: 0, share: Infinity }
}

/** For one panel. */
export interface HandedOn {
  readonly memory: ScreenMemory
  /** float32 for each row of the panel. */
  readonly distances: Pointer
}

/** What the E-steps over all panels hand on, from each panel to its next turn. */
export interface PassingRows {
  /** Before the panels of an E-step. */
  begin(): void
  of(panel: { first: number }): HandedOn
  /** After all panels of an E-step for k centroids. */
  complete(k: number): void
  dispose(): void
}

/** For n rows; memory is held until dispose(). */
export function passingRows(context: CudaContext, n: number): PassingRows {
  const distances = context.alloc(4 * n, 'distances')
  const memory = newScreenMemory()
  return {
    begin() {
      memory.measured = false
    },
    of: ({ first }) => ({ memory, distances: distances + 4 * first }),
    complete(k) {
      // To measure centroids is to forget those before: of an E-step that was cut off, nothing is left to compare with.
      if (memory.measured) memory.packer?.remember(k)
      else memory.packer?.forget()
    },
    dispose() {
      memory.packer?.dispose()
      context.free(distances)
    },
  }
}
