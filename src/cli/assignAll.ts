/** @file Labels of files of points that need not fit in memory: the library goes through them part by part. */
import { selectBackend } from '../backends/select.js'
import { FastKMeans } from '../fastkmeans.js'
import type { FastKMeansOptions, Progress } from '../options.js'
import { placed } from './input.js'
import type { Inputs } from './input.js'

/** What is wanted of an assignment, and who hears of it. */
export interface AssignAllOptions {
  /** Those of the E-step: device, precision, … */
  options: FastKMeansOptions
  /** Whether squared distances are wanted beside the labels. */
  distances?: boolean
  signal: AbortSignal
  /** Told now and then how many rows are done. */
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
  const { device: asked = 'auto', gpu = true } = options
  const chosen = await selectBackend(where, { device: asked, gpu }, { n, d, k: centroids.length / d, niter: 0 })
  const model = FastKMeans.fromCentroids(centroids, d, { ...options, device: chosen.device })
  const how = { signal, onProgress: ({ share }: Progress) => onRows(Math.round(share * n)) }
  try {
    const found = distances ? await model.assign(input, how) : { labels: await model.predict(input, how) }
    return { ...found, backend: chosen.backend.name, why: chosen.why }
  } catch (error) {
    throw placed(where, error, input)
  }
}
