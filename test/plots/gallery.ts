/** @file One figure of each kind, of small fixed data: what the snapshots hold, and what the browser draws in .ci/testCharts.mjs. */
import * as plots from '../../src/plots/index.js'
import type { Figure } from '../../src/plots/index.js'

const table = { rows: 3, columns: 3, counts: [9, 1, 0, 2, 0, 7, 0, 8, 1], rowLabels: ['cat', 'dog', 'owl'], columnLabels: [0, 1, 2] }
const square = [[0, 0], [0, 1], [5, 5], [5, 6]] // prettier-ignore
const sizes = [12_800, 51_200, 204_800, 3_276_800]
const series = (name: string, rate: number, reference = false): plots.TimeSeries => ({
  name,
  reference,
  points: sizes.map((x) => ({ x, seconds: x * rate, min: x * rate * 0.9, max: x * rate * 1.2 })),
})
const sweep = [2, 3, 4, 6, 8].flatMap((k) => [
  { k, inertia: 100 / k + 1, scores: { silhouette: 0.2 + k / 40 } },
  { k, inertia: 100 / k + 2, scores: { silhouette: 0.25 + k / 40 } },
])
const silhouettes = Float64Array.from({ length: 600 }, (_, i) => ((i * 37) % 100) / 110 - 0.05)

/** Figures by the name of their function. */
export const gallery = async (): Promise<Record<string, Figure>> => ({
  centroidImages: plots.centroidImages([1, 2, 3, 4, 5, 6, 7, 8], [2, 2], { names: ['a', 'b'] }),
  clusterSizes: plots.clusterSizes([5, 9, 2]),
  confusion: plots.confusion(table),
  contingency: plots.contingency(table),
  convergence: plots.convergence([
    { name: 'first', values: [9, 5, 4] },
    { name: 'second', values: [8, 6, 5, 4.5] },
  ]),
  kSweep: plots.kSweep(sweep),
  memory: plots.memory(
    [
      { name: 'one card', parts: { points: 13.3e9, centroids: 134e6 } },
      { name: 'two cores', parts: { points: 13.3e9, packed: 3.4e9 } },
    ],
    { limits: { 'the card': 80e9, 'the host': 64e9 } },
  ),
  scatter: await plots.scatter(square, [0, 0, 1, 1], { centroids: [[0, 0.5], [5, 5.5]] }), // prettier-ignore
  scoreBars: plots.scoreBars([
    { dataset: 'iris', name: 'fastkmeans', mean: 0.75, min: 0.7, max: 0.8 },
    { dataset: 'iris', name: 'faiss', mean: 0.74, reference: true },
  ]),
  silhouette: plots.silhouette(
    silhouettes.subarray(0, 30),
    Int32Array.from({ length: 30 }, (_, i) => i % 3),
  ),
  silhouetteOfMany: plots.silhouette(
    silhouettes,
    Int32Array.from(silhouettes, (_, i) => i % 60),
  ),
  times: plots.times([series('fastkmeans', 2.7e-6), series('faiss', 1.4e-5, true)]),
})
