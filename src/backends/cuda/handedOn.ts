/**
 * @file What E-steps over points that pass in panels hand on to the next: the centroids that they met, and how far each row was from its own. With
 * it, rows whose distance did not grow meet only the centroids that moved, as they do where all points stay on the device.
 */
import type { Pointer } from './api.js'
import type { CudaContext } from './context.js'
import type { CentroidPacker } from './packedCentroids.js'

/** What is the same for all panels. */
export interface ScreenMemory {
  /** Made by the first screen that there is. */
  packer: CentroidPacker | undefined
  /** Whether a screen has measured the centroids of this E-step. */
  measured: boolean
  /** Pairs that the last E-step over a panel had to look at with near rows apart, per pair of all. */
  share: number
}

/** For one panel. */
export interface HandedOn {
  readonly memory: ScreenMemory
  /** float32 for each row of the panel. */
  readonly distances: Pointer
}

export interface PassingRows {
  /** Before the panels of an E-step. */
  begin(): void
  of(panel: { first: number }): HandedOn
  /** After all panels of an E-step for k centroids. */
  end(centroids: Pointer, k: number): void
  dispose(): void
}

/** For n rows; memory is held until dispose(). */
export function passingRows(context: CudaContext, n: number): PassingRows {
  const distances = context.alloc(4 * n, 'distances')
  const memory: ScreenMemory = { packer: undefined, measured: false, share: Infinity }
  let complete = true
  return {
    begin() {
      // Of an E-step that was cut off, some distances are those of labels that were dropped.
      if (!complete) memory.packer?.forget()
      complete = memory.measured = false
    },
    of: ({ first }) => ({ memory, distances: distances + 4 * first }),
    end(centroids, k) {
      if (memory.measured) memory.packer?.remember(centroids, k)
      else memory.packer?.forget()
      complete = true
    },
    dispose() {
      memory.packer?.dispose()
      context.free(distances)
    },
  }
}
