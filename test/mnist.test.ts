/** @file Real digits, raw 0..255: a scale or an offset must not change what is found. */
import { beforeAll, describe, expect, test } from 'vitest'
import { datasets, FastKMeans, metrics } from '../src/index.js'
import type { FastKMeansOptions } from '../src/index.js'

let raw: Float32Array
let truth: Int32Array
beforeAll(async () => {
  const { x, labels } = await datasets.loadMnist()
  raw = x.blocks[0]
  truth = labels
})

const OPTIONS: FastKMeansOptions = { device: 'tfjs:wasm', maxPointsPerCentroid: null, niter: 60, seed: 1 }

async function fit(x: Float32Array, k = 10): Promise<FastKMeans> {
  return new FastKMeans(784, k, OPTIONS).fit(x)
}
const nmi = (km: FastKMeans): number => metrics.normalizedMutualInfoScore(truth, km.labels)

describe('MNIST, 10,000 digits of 784 columns', () => {
  test.each([10, 100])('divided by 256 has the labels of the raw bytes, bit for bit: k = %i', async (k) => {
    const km = await fit(raw, k)
    const scaled = await fit(
      raw.map((value) => value / 256),
      k,
    )
    expect(scaled.labels).toStrictEqual(km.labels)
    expect(scaled.inertia).toBe(km.inertia / 65_536)
    expect(scaled.centroids.map((value) => value * 256)).toStrictEqual(km.centroids)
  })

  test('divided by 255, or shifted by 1e4, scores the same NMI to 0.002', async () => {
    const expected = nmi(await fit(raw))
    expect(expected).toBeGreaterThan(0.4)
    expect(Math.abs(nmi(await fit(raw.map((value) => value / 255))) - expected)).toBeLessThan(0.002)
    expect(Math.abs(nmi(await fit(raw.map((value) => value + 1e4))) - expected)).toBeLessThan(0.002)
  })
})
