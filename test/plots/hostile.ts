/** @file Figures of what nobody plans for: one cluster, 200 of them, an empty one, names of a paragraph. Drawn by .ci/testCharts.mjs. */
import * as plots from '../../src/plots/index.js'
import type { Figure } from '../../src/plots/index.js'

const LONG =
  'a name <b>with tags</b> & of more letters than any legend, axis or title has room for, and thenoneverylongwordwithoutanyspaceinit'
const many = 200
const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => ((i * 7919) % 1013) / 10)
const names = (length: number): string[] => Array.from({ length }, (_, i) => `${i} ${LONG}`)
const modulo = (n: number, k: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i % k)
const counts = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (__, c) => (c === 1 ? 0 : r === c ? 90_000 : (r * c) % 7)))

/** Figures by what is hostile in them. */
export const hostile = async (): Promise<Record<string, Figure>> => ({
  'scatter, k = 1': await plots.scatter([[1, 1]], [0], { centroids: [[1, 1]] }),
  'scatter, 200 clusters': await plots.scatter(numbers(4000), modulo(2000, many), { d: 2, centroids: numbers(400) }),
  'scatter, long names': await plots.scatter(numbers(60), names(30).map((name) => name.slice(0, 90)), { d: 2, names: names(30), title: LONG }), // prettier-ignore
  'scatter, all points equal': await plots.scatter(new Float32Array(300), modulo(100, 3), { d: 3 }),
  'clusterSizes, k = 1': plots.clusterSizes([7]),
  'clusterSizes, empty ones': plots.clusterSizes([0, 5, 0]),
  'clusterSizes, all empty': plots.clusterSizes([0, 0]),
  'clusterSizes, 200': plots.clusterSizes(numbers(many).map(Math.floor), { title: LONG }),
  'confusion, k = 1': plots.confusion([[5]]),
  'confusion, an empty cluster': plots.confusion(counts(3, 3)),
  'confusion, 200 clusters': plots.confusion(counts(10, many)),
  'confusion, long names': plots.confusion(counts(6, 6), { classNames: names(6), clusterNames: names(6), title: LONG }),
  'contingency, 200 clusters': plots.contingency(counts(many, many)),
  'contingency, long names': plots.contingency(counts(4, 5), { rowNames: names(4), columnNames: names(5), title: LONG }),
  'convergence, one iteration': plots.convergence([{ name: 'run', values: [5] }]),
  'convergence, forty runs with long names': plots.convergence(
    names(40).map((name, i) => ({ name, values: numbers(12).map((value) => value + i) })),
    { title: LONG },
  ),
  'kSweep, one k': plots.kSweep([{ k: 1, inertia: 3 }]),
  'kSweep, large k and long names': plots.kSweep(
    [2, 3, 4, 5, 100, 1000, 100_000].map((k) => ({ k, inertia: 1e12 / k, scores: { [LONG]: k, silhouette: -1 / k } })),
    { title: LONG },
  ),
  'silhouette, k = 1': plots.silhouette([0.5, 0.4], [0, 0]),
  'silhouette, 200 clusters': plots.silhouette(
    numbers(2000).map((value) => value / 60 - 0.7),
    modulo(2000, many),
  ),
  'silhouette, long names': plots.silhouette(
    numbers(90).map((value) => value / 102),
    modulo(90, 3),
    { names: names(3), title: LONG },
  ),
  'centroidImages, k = 1': plots.centroidImages([0, 0, 0, 0], [2, 2]),
  'centroidImages, 200': plots.centroidImages(numbers(many * 64), [8, 8]),
  'centroidImages, long names': plots.centroidImages(numbers(12 * 64), [8, 8], { names: names(12), title: LONG }),
  'scoreBars, long names': plots.scoreBars(
    names(8).flatMap((dataset) => names(5).map((name, i) => ({ dataset, name, mean: -i / 5, min: -1, max: 1, reference: i > 2 }))),
    { title: LONG, xTitle: LONG, yTitle: LONG },
  ),
  'times, one point': plots.times([{ name: LONG, points: [{ x: 10, seconds: 1e-6 }] }]),
  'memory, long names': plots.memory(
    names(5).map((name, i) => ({ name, parts: { [`points ${LONG}`]: 10 ** (3 + 2 * i), rest: 0 } })),
    { title: LONG, limits: { [LONG]: 80e9 } },
  ),
})
