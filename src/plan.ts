/** @file From options to what a backend is told when a session is opened. */
import type { Plan } from './backends/backend.js'
import type { Options } from './options.js'

/** The plan for k centroids. */
export function planOf({ precision, chunkSizeData, chunkSizeCentroids, memoryBudget }: Options, k: number): Plan {
  return { k, precision, chunkSizeData: bound(chunkSizeData), chunkSizeCentroids: bound(chunkSizeCentroids), memoryBudget }
}

/** 'auto' sets no bound beside the backend's own. */
const bound = (size: number | 'auto'): number => (size === 'auto' ? Infinity : size)
