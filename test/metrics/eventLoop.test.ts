import { describe, expect, test } from 'vitest'
import { calinskiHarabaszScore, daviesBouldinScore, silhouetteSamples, silhouetteScore } from '../../src/metrics/index.js'
import { randomLabels, randomPoints } from './oracles.js'

/** Work of some hundred milliseconds each. */
const LONG = {
  silhouetteScore: (signal?: AbortSignal) => silhouetteScore(randomPoints(5000, 16, 1), randomLabels(5000, 20, 2), { d: 16, signal }),
  'silhouetteSamples, wide rows': (signal?: AbortSignal) =>
    silhouetteSamples(randomPoints(250, 20_000, 1), randomLabels(250, 3, 2), { d: 20_000, signal }),
  'silhouetteSamples, clusters of two': (signal?: AbortSignal) =>
    silhouetteSamples(randomPoints(8000, 1, 1), randomLabels(8000, 4000, 2), { d: 1, signal }),
  daviesBouldinScore: (signal?: AbortSignal) =>
    daviesBouldinScore(randomPoints(20_000, 16, 1), randomLabels(20_000, 5000, 2), { d: 16, signal }),
  calinskiHarabaszScore: (signal?: AbortSignal) =>
    calinskiHarabaszScore(randomPoints(200_000, 16, 1), randomLabels(200_000, 50, 2), { d: 16, signal }),
}

describe.each(Object.entries(LONG))('%s', (_, work) => {
  test('lets timers run all along', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    clearInterval(timer)
    // A turn lasts 10 ms and a little; making the input takes its part. The processor's time, since a busy machine takes any other.
    expect(ticks).toBeGreaterThanOrEqual(Math.floor((user + system) / 1000 / 100))
    expect(ticks).toBeGreaterThan(0)
  })

  test('ends with the reason of its signal, soon after', async () => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const result = work(controller.signal)
    setTimeout(() => controller.abort(reason), 5)
    await expect(result).rejects.toBe(reason)
  })
})
