/**
 * @file Greedy k-means++ (Arthur and Vassilvitskii, SODA 2007) as scikit-learn does it: each centroid is the best of 2 + ⌊ln k⌋ points
 * drawn in proportion to w·D. Potentials are sums of integers, hence the same on every device.
 */
import { drawRow, integerExponent, streamOf } from './context.js'
import type { Start } from './context.js'
import { formatCount } from '../numberText.js'
import { inTime } from './unfinished.js'

/** k·d values. Where all points are chosen already, further ones are drawn uniformly. */
export function kMeansPlusPlus(start: Start): Promise<Float32Array> {
  return inTime(start, (chosen) => chooseEach(start, chosen))
}

async function chooseEach(start: Start, chosen: number[]): Promise<Float32Array> {
  const { session, n, d, k, signal, tell } = start
  const { weights } = start.preparation
  const centroids = new Float32Array(k * d)
  const trials = trialsOf(k)
  const draws = streamOf(start, 'trials')
  chosen.push(drawRow(streamOf(start, 'init').uniform(0), n, weights))
  let next = await session.rows(Uint32Array.from(chosen))
  centroids.set(next)
  let max = await session.seedWith(next, { anew: true, signal })
  for (let j = 1; j < k; j++) {
    if (max === 0) {
      chosen.push(draws.integer(j * trials, n))
      next = await session.rows(Uint32Array.of(chosen[j]))
    } else {
      const exponent = integerExponent(max, n)
      const uniforms = Float64Array.from({ length: trials }, (_, trial) => draws.uniform(j * trials + trial))
      const picked = await session.pick(uniforms, exponent)
      const candidates = await session.rows(picked)
      const potentials = await session.potentials(candidates, exponent, { signal })
      const best = potentials.indexOf(potentials.reduce((a, b) => Math.min(a, b)))
      next = candidates.subarray(best * d, (best + 1) * d)
      chosen.push(picked[best])
      max = await session.seedWith(next, { signal })
    }
    centroids.set(next, j * d)
    tell?.((j + 1) / k, () => `${formatCount(j + 1)} of ${formatCount(k)} centroids`)
  }
  return centroids
}

/** 2 + ⌊ln k⌋, without a logarithm whose last bit may differ between platforms. */
export function trialsOf(k: number): number {
  let trials = 2
  for (let power = Math.E; power <= k; power *= Math.E) trials++
  return trials
}
