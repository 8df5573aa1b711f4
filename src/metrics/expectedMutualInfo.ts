/**
 * @file The mean of the mutual information over all labelings with the same cluster sizes (Vinh, Epps and Bailey, JMLR 2010). The number of
 * points that a class of a and a cluster of b share is hypergeometric; scikit-learn takes each probability as exp of eight log-gammas,
 * which loses a digit for every tenfold n. Here the probabilities grow from the mode outwards by their ratio and are normalised by their
 * sum: no factorial at all, and only the few standard deviations that matter are visited.
 */

import { orderedSum } from './sum.js'

/** A probability this small beside the sum so far ends the walk: far below 2^−53, and the tail falls faster than geometrically. */
const NEGLIGIBLE = 1e-20

/**
 * E[MI] in nats of two labelings with clusters of the sizes `rowSums` and `columnSums`, each adding up to n. Equal sizes are taken
 * together: there are at most √(2n) different ones, so that n singletons cost no more than one.
 */
export function expectedMutualInfo(rowSums: Float64Array, columnSums: Float64Array, n: number): number {
  const rows = multiplicities(rowSums)
  const columns = multiplicities(columnSums)
  const terms = new Float64Array(rows.size * columns.size)
  let at = 0
  for (const [a, times] of rows) for (const [b, timesB] of columns) terms[at++] = times * timesB * expectedTerm(a, b, n)
  return orderedSum(terms)
}

function multiplicities(sizes: Float64Array): Map<number, number> {
  const times = new Map<number, number>()
  for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1)
  return times
}

/** The mean of m/n · log(n·m / (a·b)), where m of the a points of a class fall into a cluster of b. */
function expectedTerm(a: number, b: number, n: number): number {
  const low = Math.max(0, a + b - n)
  const high = Math.min(a, b)
  const mode = Math.min(high, Math.max(low, Math.floor(((a + 1) * (b + 1)) / (n + 2))))
  const information = (m: number): number => (m === 0 ? 0 : (m / n) * Math.log((m * n) / (a * b)))
  let total = 1
  let sum = information(mode)
  // The part of the mean that comes from m: where the mode is 0 all of it lies above, however small its probability.
  let moment = mode
  let p = 1
  for (let m = mode; m < high; m++) {
    p *= ((a - m) * (b - m)) / ((m + 1) * (n - a - b + m + 1))
    total += p
    moment += p * (m + 1)
    sum += p * information(m + 1)
    if (p < NEGLIGIBLE * total && p * (m + 1) < NEGLIGIBLE * moment) break
  }
  p = 1
  for (let m = mode; m > low; m--) {
    p *= (m * (n - a - b + m)) / ((a - m + 1) * (b - m + 1))
    total += p
    sum += p * information(m - 1)
    if (p < NEGLIGIBLE * total) break
  }
  return sum / total
}
