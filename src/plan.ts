/** @file What a backend is told when a session is opened, taken from the options. */
import type { Plan } from './backends/backend.js'
import type { Options } from './options.js'

/** The plan for k centroids. */
export function planOf({ precision, chunkSizeData, chunkSizeCentroids, memoryBudget }: Options, k: number): Plan {
  return { k, precision, chunkSizeData: bound(chunkSizeData), chunkSizeCentroids: bound(chunkSizeCentroids), memoryBudget }
}

/** 'auto' leaves the backend's own bound as the only one. */
const bound = (size: number | 'auto'): number => (size === 'auto' ? Infinity : size)
