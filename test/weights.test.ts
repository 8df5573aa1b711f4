import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import { checkWeights, scaleWeights, smallWeights } from '../src/weights.js'

const N = 1000

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

/** One point of weight 1 far away, and a cluster of weight `least`. @returns the cluster's centroid beside its mean */
async function trainBeside(least: number): Promise<{ km: FastKMeans; error: number }> {
  const x = Float32Array.from({ length: N }, (_, i) => (i === 0 ? 4 : 0.3 + i / (3 * N)))
  const sampleWeight = new Float32Array(N).fill(least)
  sampleWeight[0] = 1
  const options = { device: 'reference', init: Float32Array.of(4, 0.5), maxPointsPerCentroid: null, minPointsPerCentroid: 0 } as const
  const km = await new FastKMeans(1, 2, options).fit(x, { sampleWeight })
  const mean = x.subarray(1).reduce((sum, value) => sum + value, 0) / (N - 1)
  return { km, error: Math.abs(km.centroids[1] - mean) / mean }
}

describe('sample weights', () => {
  it('give centroids right to float32 without a warning, and a warning where they are too small for that', async () => {
    const fine = await trainBeside(2 ** -57)
    expect(fine.km.stats.warnings).toEqual([])
    expect(fine.error).toBeLessThan(2 ** -23)
    const lost = await trainBeside(2 ** -84)
    expect(lost.km.stats.warnings).toEqual([
      'the least sample weight is 5.2e-26 of the largest; clusters of points below 3.5e-18 of it alone get inexact centroids: ' +
        'give such points the weight 0, or more',
    ])
    expect(lost.error).toBeGreaterThan(2 ** -23)
  })

  it('of 0 are none of the small ones', () => {
    const weights = scaleWeights('f', checkWeights('f', [0, 1e-30, 2e-30], 3), null)!
    expect(smallWeights(weights)).toBeUndefined()
  })
})
