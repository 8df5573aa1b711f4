/** @file ml-kmeans, plain JavaScript over arrays of arrays, in a process of its own; fetched into the cache by npm. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { JS_FOLDER, JS_PACKAGES } from '../rivals/install.js'
import { serve } from './serve.js'

/** What is used of it. */
interface MlKmeans {
  kmeans(
    data: number[][],
    k: number,
    options: { initialization: number[][]; maxIterations: number; tolerance: number },
  ): { centroids: number[][]; iterations: number; nearest(data: number[][]): number[] }
}

const { kmeans } = (await import(pathToFileURL(join(JS_FOLDER, 'node_modules/ml-kmeans/lib/index.js')).href)) as MlKmeans

const rows = (flat: Float32Array, d: number): number[][] =>
  Array.from({ length: flat.length / d }, (_, i) => Array.from(flat.subarray(i * d, (i + 1) * d)))

await serve(`ml-kmeans ${JS_PACKAGES['ml-kmeans']}`, async ({ blocks, start, d, k, niter }) => {
  const data = blocks.flatMap((block) => rows(block, d))
  // ml-kmeans stops once no centroid moves by more than the tolerance. With 0 that is when nothing moves any more.
  const found = kmeans(data, k, { initialization: rows(start, d), maxIterations: niter, tolerance: 0 })
  return {
    iterations: found.iterations,
    centroids: Float32Array.from(found.centroids.flat()),
    predict: () => Int32Array.from(found.nearest(data)),
  }
})
