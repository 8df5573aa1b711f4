/** @file Labels of files of points that need not fit in memory: block by block, each with an E-step of its own. */
import { selectBackend } from '../backends/select.js'
import { FastKMeans } from '../fastkmeans.js'
import type { FastKMeansOptions } from '../options.js'
import { placed } from './input.js'
import type { Inputs } from './input.js'

/** What is wanted of an assignment, and who hears of it. */
export interface AssignAllOptions {
  /** Those of the E-step: device, precision, … */
  options: FastKMeansOptions
  /** Whether squared distances are wanted beside the labels. */
  distances?: boolean
  signal: AbortSignal
  /** Told after every block how many rows are done. */
  onRows(rows: number): void
}

/** Labels of every row, squared distances where they are wanted, and the backend that found them. */
export async function assignAll(
  where: string,
  centroids: Float32Array,
  input: Inputs,
  { options, distances = false, signal, onRows }: AssignAllOptions,
): Promise<{ labels: Int32Array; sqDistances?: Float64Array; backend: string; why: string }> {
  const { n, d } = input
  // Chosen once, for all blocks.
  const { device: asked = 'auto', gpu = true } = options
  const chosen = await selectBackend(where, { device: asked, gpu }, { n, d, k: centroids.length / d, niter: 0 })
  const model = FastKMeans.fromCentroids(centroids, d, { ...options, device: chosen.device })
  const labels = new Int32Array(n)
  const sqDistances = distances ? new Float64Array(n) : undefined
  let start = 0
  for await (const rows of input.blocks()) {
    try {
      if (sqDistances) {
        const assigned = await model.assign(rows, { signal })
        labels.set(assigned.labels, start)
        sqDistances.set(assigned.sqDistances, start)
      } else labels.set(await model.predict(rows, { signal }), start)
    } catch (error) {
      throw placed(where, error, input, start)
    }
    start += rows.length / d
    onRows(start)
  }
  return { labels, ...(sqDistances && { sqDistances }), backend: chosen.backend.name, why: chosen.why }
}
