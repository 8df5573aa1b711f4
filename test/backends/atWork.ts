/**
 * @file What holds for a session of the C kernels while a call is at work, natively or as WebAssembly: progress, aborts, disposal, two at
 * once.
 */
import { describe, expect, test } from 'vitest'
import type { Backend, Session } from '../../src/backends/backend.js'
import { limbScales, sampledMean } from '../../src/exact.js'
import type { Points } from '../../src/points.js'
import { random } from '../../src/random.js'
import { PLAN } from './sessionRuns.js'

const [n, d, k] = [40_000, 64, 4096]
const { uniform } = random(5, 84)

/** Enough for an E-step of many milliseconds. */
const POINTS: Points = { blocks: [Float32Array.from({ length: n * d }, (_, i) => uniform(i) - 0.5)], n, d }

/** The first `count` rows. */
export const firstRows = (count: number): Float32Array => POINTS.blocks[0].slice(0, count * d)

/** A session over POINTS, ready for its first E-step. */
export async function openAtWork(backend: Backend, centroids: Float32Array = firstRows(k)): Promise<Session> {
  const session = await backend.open(POINTS, { ...PLAN, k: centroids.length / d })
  const { max } = await session.columnStats()
  await session.prepare({ scales: limbScales(max, n), mean: sampledMean(POINTS), spherical: false })
  await session.setCentroids(centroids)
  return session
}

/** The cases of one device; `backend`: on two threads. */
export function describeAtWork(backend: () => Promise<Backend>, skip = false): void {
  const open = async (centroids?: Float32Array): Promise<Session> => openAtWork(await backend(), centroids)

  describe.skipIf(skip)('at work', () => {
    test('keeps the event loop alive and reports progress', async () => {
      // Enough centroids for any device to be at work when the first report is due.
      const session = await open(firstRows(4 * k))
      const shares: number[] = []
      let ticks = 0
      const timer = setInterval(() => ticks++, 5)
      await session.assign({ onProgress: (share) => shares.push(share) })
      clearInterval(timer)
      expect(ticks).toBeGreaterThan(2)
      expect(shares.length).toBeGreaterThan(0)
      expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
      session.dispose()
    })

    test('an abort ends the E-step soon, the labels stay, and the next one is exact', async () => {
      const session = await open()
      await session.step()
      const labels = await session.labels()
      const controller = new AbortController()
      let aborted = 0
      setTimeout(() => {
        aborted = performance.now()
        controller.abort(new Error('stop'))
      }, 3)
      await expect(session.assign({ signal: controller.signal })).rejects.toThrow('stop')
      expect(performance.now() - aborted).toBeLessThan(500)
      expect(await session.labels()).toStrictEqual(labels)
      const fresh = await open(await session.centroids())
      await fresh.assign()
      await session.step()
      expect(await session.labels()).toStrictEqual(await fresh.labels())
      session.dispose()
      fresh.dispose()
    })

    test('disposal ends it with an error, at the first call too', async () => {
      const session = await open()
      const work = session.assign()
      session.dispose()
      await expect(work).rejects.toThrow(/disposed/)
      await expect(session.columnStats()).rejects.toThrow(/disposed/)
      const early = await (await backend()).open(POINTS, { ...PLAN, k })
      const stats = early.columnStats()
      early.dispose()
      await expect(stats).rejects.toThrow(/disposed/)
    })

    test('two sessions at once do not disturb each other', async () => {
      const sessions = await Promise.all([open(firstRows(100)), open(firstRows(100))])
      const [a, b] = await Promise.all(sessions.map(async (session) => [await session.step(), await session.labels()]))
      expect(a).toStrictEqual(b)
      for (const session of sessions) session.dispose()
    })
  })
}
