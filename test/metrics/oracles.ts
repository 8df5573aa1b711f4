/**
 * @file Every score once more, straight from its definition and as slowly as that is: over pairs of points, over permutations, over the
 * matrix of distances. Nothing here is shared with src/metrics.
 */

import { hash32 } from './golden.js'

type Labels = ArrayLike<number | string>

/** Seeded labelings of n points in at most k clusters; different salts are independent. */
export function randomLabels(n: number, k: number, salt: number): number[] {
  return Array.from({ length: n }, (_, i) => hash32(i, salt) % k)
}

/** Seeded points in [0, 1), n×d, multiples of 2^-16 (so float32 holds them). */
export function randomPoints(n: number, d: number, salt: number): Float32Array {
  return Float32Array.from({ length: n * d }, (_, at) => (hash32(at, salt) >>> 16) / 65536)
}

/** [[TN, FP], [FN, TP]] over all ordered pairs of different points. */
export function pairsByCounting(t: Labels, p: Labels): [[number, number], [number, number]] {
  const pairs: [[number, number], [number, number]] = [
    [0, 0],
    [0, 0],
  ]
  for (let i = 0; i < t.length; i++) for (let j = 0; j < t.length; j++) if (i !== j) pairs[t[i] === t[j] ? 1 : 0][p[i] === p[j] ? 1 : 0]++
  return pairs
}

/** How many points have the label a in t and b in p, by label. */
function shared(t: Labels, p: Labels): { a: number | string; b: number | string; both: number; inA: number; inB: number }[] {
  const cells = []
  for (const a of new Set(Array.from(t)))
    for (const b of new Set(Array.from(p))) {
      let both = 0
      let inA = 0
      let inB = 0
      for (let i = 0; i < t.length; i++) {
        if (t[i] === a) inA++
        if (p[i] === b) inB++
        if (t[i] === a && p[i] === b) both++
      }
      cells.push({ a, b, both, inA, inB })
    }
  return cells
}

/** Mutual information in nats: the sum over all cells of p(a, b) · log(p(a, b) / (p(a)·p(b))). */
export function mutualInfoByDefinition(t: Labels, p: Labels): number {
  const n = t.length
  let sum = 0
  for (const { both, inA, inB } of shared(t, p))
    if (both > 0) sum += (both / n) * (Math.log(both / n) - Math.log(inA / n) - Math.log(inB / n))
  return sum
}

/** The entropy of a labeling in nats: its mutual information with itself. */
export const entropyByDefinition = (t: Labels): number => mutualInfoByDefinition(t, t)

/** The mean mutual information of t with every arrangement of p: n! of them, so n ≤ 7. */
export function expectedMutualInfoByPermutation(t: Labels, p: readonly number[]): number {
  let sum = 0
  let arrangements = 0
  const visit = (taken: number[], left: readonly number[]): void => {
    if (left.length === 0) {
      sum += mutualInfoByDefinition(t, taken)
      arrangements++
    }
    for (let i = 0; i < left.length; i++) visit([...taken, left[i]], [...left.slice(0, i), ...left.slice(i + 1)])
  }
  visit([], p)
  return sum / arrangements
}

/** The share of points that belong to the most frequent class of their cluster. */
export function purityByDefinition(t: Labels, p: Labels): number {
  const best = new Map<number | string, number>()
  for (const { b, both } of shared(t, p)) best.set(b, Math.max(best.get(b) ?? 0, both))
  return [...best.values()].reduce((sum, points) => sum + points, 0) / t.length
}

export function distance(x: ArrayLike<number>, d: number, i: number, j: number): number {
  let sum = 0
  for (let t = 0; t < d; t++) sum += (x[i * d + t] - x[j * d + t]) ** 2
  return Math.sqrt(sum)
}

/** The silhouette of every point, from the mean distance to every cluster. */
export function silhouettesByDefinition(x: ArrayLike<number>, d: number, labels: Labels): number[] {
  const n = labels.length
  const clusters = new Set(Array.from(labels))
  return Array.from({ length: n }, (_, i) => {
    let a = 0
    let b = Infinity
    for (const cluster of clusters) {
      const others = Array.from({ length: n }, (_, j) => j).filter((j) => labels[j] === cluster && j !== i)
      const mean = others.reduce((sum, j) => sum + distance(x, d, i, j), 0) / others.length
      if (cluster !== labels[i]) b = Math.min(b, mean)
      else if (others.length === 0) return 0
      else a = mean
    }
    return Math.max(a, b) === 0 ? 0 : (b - a) / Math.max(a, b)
  })
}

/** The mean of every cluster, in the order in which the clusters first occur, and the numbers of its points. */
export function clustersByDefinition(x: ArrayLike<number>, d: number, labels: Labels): { mean: number[]; ids: number[] }[] {
  return [...new Set(Array.from(labels))].map((cluster) => {
    const ids = Array.from({ length: labels.length }, (_, i) => i).filter((i) => labels[i] === cluster)
    return { ids, mean: Array.from({ length: d }, (_, t) => ids.reduce((sum, i) => sum + x[i * d + t], 0) / ids.length) }
  })
}

const norm = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, t) => value - b[t]))

export function daviesBouldinByDefinition(x: ArrayLike<number>, d: number, labels: Labels): number {
  const clusters = clustersByDefinition(x, d, labels).map(({ mean, ids }) => ({
    mean,
    spread:
      ids.reduce(
        (sum, i) =>
          sum +
          norm(
            Array.from({ length: d }, (_, t) => x[i * d + t]),
            mean,
          ),
        0,
      ) / ids.length,
  }))
  const worst = clusters.map((a) => Math.max(...clusters.filter((b) => b !== a).map((b) => (a.spread + b.spread) / norm(a.mean, b.mean))))
  return worst.reduce((sum, value) => sum + value, 0) / worst.length
}

export function calinskiHarabaszByDefinition(x: ArrayLike<number>, d: number, labels: Labels): number {
  const n = labels.length
  const [whole] = clustersByDefinition(x, d, new Array<number>(n).fill(0))
  const clusters = clustersByDefinition(x, d, labels)
  let between = 0
  let within = 0
  for (const { mean, ids } of clusters) {
    between += ids.length * norm(mean, whole.mean) ** 2
    for (const i of ids)
      within +=
        norm(
          Array.from({ length: d }, (_, t) => x[i * d + t]),
          mean,
        ) ** 2
  }
  return (between * (n - clusters.length)) / (within * (clusters.length - 1))
}
