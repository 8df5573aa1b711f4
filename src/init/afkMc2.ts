/**
 * @file AFK-MC² (Bachem, Lucic, Hassani and Krause, "Fast and provably good seedings for k-means", NIPS 2016): k-means++'s draws
 * approximated by Markov chains, so that only one pass over all points is needed. Chains of 50 as in faiss.
 */
import { distanceBelow, pow2, rint } from '../exact.js'
import { pace } from '../pace.js'
import { drawFromSums, drawRow, integerExponent, maxOf, prefixSums, streamOf, weightedSqDistances } from './context.js'
import type { Start } from './context.js'

const CHAIN = 50

/** k·d values. */
export async function afkMc2(start: Start): Promise<Float32Array> {
  const { session, n, d, k, signal } = start
  const { weights } = start.preparation
  const centroids = new Float32Array(k * d)
  const chain = streamOf(start, 'chain')
  const accept = streamOf(start, 'accept')
  const first = drawRow(streamOf(start, 'init').uniform(0), n, weights)
  centroids.set(await session.rows(Uint32Array.of(first)))
  const distances = await weightedSqDistances(start, centroids.slice(0, d))
  const max = maxOf(distances)
  const scale = max === 0 ? 1 : pow2(integerExponent(max, n))
  const sums = prefixSums(distances, scale)
  const total = sums[n - 1]
  const clock = pace(signal)

  for (let j = 1; j < k; j++) {
    const proposals = Uint32Array.from({ length: CHAIN }, (_, i) => {
      const at = 2 * (j * CHAIN + i)
      const u = chain.uniform(at + 1)
      return total > 0 && chain.uniform(at) < 0.5 ? drawFromSums(sums, u) : Math.floor(u * n)
    })
    const x = await session.rows(proposals)
    let at = 0
    let atMass = -1
    let atDistance = 0
    for (let i = 0; i < CHAIN; i++) {
      if (clock.due()) await clock.rest()
      const row = proposals[i]
      let distance = Infinity
      for (let c = 0; c < j; c++) distance = distanceBelow(distance, x, i * d, centroids, c * d, d)
      if (weights !== undefined) distance *= weights[row]
      // The proposal's probability times 2·n·total: half from D to the first centroid, half uniform.
      const mass = rint(distances[row] * scale) * n + total
      if (atMass < 0 || atDistance === 0 || distance * atMass > accept.uniform(j * CHAIN + i) * (atDistance * mass)) {
        at = i
        atMass = mass
        atDistance = distance
      }
    }
    centroids.set(x.subarray(at * d, (at + 1) * d), j * d)
  }
  return centroids
}
