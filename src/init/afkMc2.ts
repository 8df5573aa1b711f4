/**
 * @file AFK-MC² (Bachem, Lucic, Hassani and Krause, "Fast and provably good seedings for k-means", NIPS 2016): k-means++'s draws
 * approximated by Markov chains, so that only one pass over all points is needed. Chains of 50 as in faiss.
 */
import { distanceBelow, pow2, rint } from '../exact.js'
import { formatCount } from '../numberText.js'
import { pace } from '../pace.js'
import { drawFromSums, drawRow, integerExponent, maxOf, prefixSums, sqDistancesTo, streamOf, weightedSqDistances } from './context.js'
import type { Start } from './context.js'
import { inTime } from './unfinished.js'

const CHAIN = 50
/**
 * Centers whose chains share one E-step of their proposals to the centers before; those among themselves are taken in here. More would be
 * more work here, fewer more calls.
 */
const BATCH = 32

/** k·d values. */
export function afkMc2(start: Start): Promise<Float32Array> {
  return inTime(start, (chosen) => chooseEach(start, chosen))
}

async function chooseEach(start: Start, chosen: number[]): Promise<Float32Array> {
  const { session, n, d, k, signal, tell } = start
  const { weights } = start.preparation
  const centroids = new Float32Array(k * d)
  const chain = streamOf(start, 'chain')
  const accept = streamOf(start, 'accept')
  const first = drawRow(streamOf(start, 'init').uniform(0), n, weights)
  chosen.push(first)
  centroids.set(await session.rows(Uint32Array.of(first)))
  const distances = await weightedSqDistances(start, centroids.slice(0, d))
  const max = maxOf(distances)
  const scale = max === 0 ? 1 : pow2(integerExponent(max, n))
  const sums = prefixSums(distances, scale)
  const total = sums[n - 1]
  const clock = pace(signal)

  for (let first = 1; first < k; first += BATCH) {
    const last = Math.min(k, first + BATCH)
    const proposals = Uint32Array.from({ length: (last - first) * CHAIN }, (_, i) => {
      const at = 2 * (first * CHAIN + i)
      const u = chain.uniform(at + 1)
      return total > 0 && chain.uniform(at) < 0.5 ? drawFromSums(sums, u) : Math.floor(u * n)
    })
    const x = await session.rows(proposals)
    const closest = await closestOf(start, x, centroids.slice(0, first * d))
    for (let j = first; j < last; j++) {
      let at = 0
      let atMass = -1
      let atDistance = 0
      for (let step = 0; step < CHAIN; step++) {
        if (clock.due()) await clock.rest()
        const i = (j - first) * CHAIN + step
        let distance = closest[i]
        for (let c = first; c < j; c++) distance = distanceBelow(distance, x, i * d, centroids, c * d, d)
        if (weights !== undefined) distance *= weights[proposals[i]]
        // The proposal's probability times 2·n·total: half from D to the first centroid, half uniform.
        const mass = rint(distances[proposals[i]] * scale) * n + total
        if (atMass < 0 || atDistance === 0 || distance * atMass > accept.uniform(first * CHAIN + i) * (atDistance * mass)) {
          at = i
          atMass = mass
          atDistance = distance
        }
      }
      chosen.push(proposals[at])
      centroids.set(x.subarray(at * d, (at + 1) * d), j * d)
      tell?.((j + 1) / k, () => `${formatCount(j + 1)} of ${formatCount(k)} centroids`)
    }
  }
  return centroids
}

/** D of each of these rows to the nearest of `centers`. */
async function closestOf({ d, preparation, signal, open }: Start, rows: Float32Array, centers: Float32Array): Promise<Float64Array> {
  const session = await open({ blocks: [rows], n: rows.length / d, d }, centers.length / d)
  try {
    await session.prepare({ ...preparation, weights: undefined })
    return await sqDistancesTo(session, centers, { signal })
  } finally {
    session.dispose()
  }
}
