/** @file What the demo clusters. bench/reference/exportDatasets.ts writes the same values as files for scikit-learn and faiss. */
import { loadDigits, loadIris, loadMnist, loadWine, makeBlobs, makeMoons } from '../../datasets/index.js'
import type { Dataset } from '../../datasets/index.js'
import { rowsOf } from '../../points.js'
import type { Points } from '../../points.js'

/** One row of the demo's table. */
export interface DemoCase {
  /** As `--only` takes it, and as datasets/quality-reference.json lists it. */
  name: string
  /** Of the data set; cases of one set share its bytes. */
  dataset: string
  k: number
  /** Share of the whole demo's time, about. */
  cost: number
}

/** In the order shown: the short ones first, so that there is something to read soon. */
export const CASES: readonly DemoCase[] = [
  { name: 'iris', dataset: 'iris', k: 3, cost: 0.001 },
  { name: 'wine', dataset: 'wine', k: 3, cost: 0.001 },
  { name: 'moons', dataset: 'moons', k: 2, cost: 0.001 },
  { name: 'blobs', dataset: 'blobs', k: 12, cost: 0.001 },
  { name: 'digits', dataset: 'digits', k: 10, cost: 0.01 },
  { name: 'mnist-10', dataset: 'mnist', k: 10, cost: 0.18 },
  { name: 'mnist-100', dataset: 'mnist', k: 100, cost: 0.8 },
]

const LOADERS: Record<string, () => Dataset | Promise<Dataset>> = {
  iris: loadIris,
  wine: async () => {
    const wine = await loadWine()
    return { ...wine, x: standardized(wine.x) }
  },
  moons: () => makeMoons({ n: 1000, noise: 0.08, seed: 0 }),
  blobs: () => makeBlobs({ n: 3000, d: 8, centers: 12, clusterStd: 3, seed: 0 }),
  digits: loadDigits,
  mnist: loadMnist,
}

/** The data set of a case. Wine's columns, of very different scale, are standardised; all others are as they come. */
export async function loadCase({ dataset }: DemoCase): Promise<Dataset> {
  return LOADERS[dataset]()
}

/** Each column with mean 0 and variance 1, as scikit-learn's StandardScaler; float64 until the one rounding. */
function standardized(points: Points): Points {
  const { n, d } = points
  const x = rowsOf(points, 0, n)
  const scaled = new Float32Array(n * d)
  for (let t = 0; t < d; t++) {
    let mean = 0
    for (let i = 0; i < n; i++) mean += x[i * d + t] / n
    let variance = 0
    for (let i = 0; i < n; i++) variance += (x[i * d + t] - mean) ** 2 / n
    const scale = variance > 0 ? Math.sqrt(variance) : 1
    for (let i = 0; i < n; i++) scaled[i * d + t] = (x[i * d + t] - mean) / scale
  }
  return { blocks: [scaled], n, d }
}
