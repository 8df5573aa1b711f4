/** @file The native CPU backend's calls of little work, which run on the thread that makes them. */
import { describe, expect, test } from 'vitest'
import { FastKMeans } from '../../../src/index.js'
import { isas } from './helpers.js'

describe.skipIf(isas.length === 0)('many calls of little work', () => {
  test('leave timers their turn', async () => {
    const km = FastKMeans.fromCentroids(Float32Array.of(0, 1), 1, { device: 'cpu' })
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const end = performance.now() + 300
    while (performance.now() < end) await km.predict(Float32Array.of(0.4))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
  })

  test('hear a signal that a timer gives', async () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => Math.imul(i + 1, 2654435761) / 2 ** 31)
    const options = { device: 'cpu', niter: 100_000, tol: -1, minPointsPerCentroid: 1, emptyCluster: 'keep' } as const
    const km = new FastKMeans(1, 3, { ...options, signal: AbortSignal.timeout(100) })
    await km.train(x)
    expect(km.stopReason).toBe('aborted')
  })
})
