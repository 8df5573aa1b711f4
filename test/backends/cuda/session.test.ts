/**
 * @file The CUDA session over the fake driver: the same bits as the reference, whole, in blocks and on several devices; nothing left
 * behind.
 */
import { describe, expect, test } from 'vitest'
import { reference } from '../../../src/backends/reference.js'
import { uniformPoints, fakeBackend, history, PLAN, prepare } from './helpers.js'

const SHAPES: readonly [n: number, d: number, k: number][] = [
  [1, 1, 1],
  [65, 3, 7],
  [9001, 5, 6],
  [13_000, 40, 3],
]
const weightsOf = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.fround(1 + (i % 5) / 7) * Number(i % 9 > 0) || 0)

describe('a session on the device', () => {
  test.each(SHAPES)('says what the reference says, n = %i, d = %i, k = %i', async (n, d, k) => {
    const points = uniformPoints(n, d)
    for (const weights of [undefined, ...(n > 1 ? [weightsOf(n)] : [])]) {
      const { backend, fake } = await fakeBackend()
      const session = await backend.open(points, { ...PLAN, k })
      expect(await history(session, points, k, weights)).toStrictEqual(
        await history(await reference.open(points, { ...PLAN, k }), points, k, weights),
      )
      session.dispose()
      session.dispose()
      expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
    }
  })

  test.each(['memoryBudget', 'free memory'])('does so in blocks where the points do not fit the %s', async (limit) => {
    const [n, d, k] = [30_000, 130, 4]
    const points = uniformPoints(n, d)
    const room = 3e7
    const { backend, fake } = await fakeBackend(limit === 'memoryBudget' ? {} : { totalBytes: Math.floor(room / 0.9) })
    const session = await backend.open(points, { ...PLAN, k, ...(limit === 'memoryBudget' && { memoryBudget: room }) })
    const expected = await history(await reference.open(points, { ...PLAN, k }), points, k)
    expect(await history(session, points, k)).toStrictEqual(expected)
    expect(session.deviceBytes).toBeLessThan(room)
    expect(session.deviceBytes).toBeLessThan(n * d * 4)
    session.dispose()
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })

  test('sends points that stream once an iteration, and not those that the pass before ended with', async () => {
    const [n, d, k] = [30_000, 130, 4]
    const points = uniformPoints(n, d)
    let copied = 0
    const { backend, fake } = await fakeBackend()
    const { memcpyHtoDAsync } = fake
    fake.memcpyHtoDAsync = (to, from, bytes, stream) => {
      copied += bytes
      return memcpyHtoDAsync(to, from, bytes, stream)
    }
    const session = await backend.open(points, { ...PLAN, k, memoryBudget: 3e7 })
    await prepare(session, points)
    await session.setCentroids(points.blocks[0].slice(0, k * d))
    await session.step()
    copied = 0
    for (let i = 0; i < 4; i++) await session.step()
    expect(copied / 4).toBeLessThan(0.9 * n * d * 4)
    expect(copied / 4).toBeGreaterThan(0.5 * n * d * 4)
    session.dispose()
  })

  test('does so on several devices, each with its share of the rows', async () => {
    const [n, d, k] = [13_000, 5, 6]
    const points = uniformPoints(n, d)
    const expected = await history(await reference.open(points, { ...PLAN, k }), points, k)
    for (const devices of [2, 3, 8]) {
      const { backend, fake } = await fakeBackend({ devices }, 'all')
      const session = await backend.open(points, { ...PLAN, k })
      expect(await history(session, points, k)).toStrictEqual(expected)
      expect(backend.name).toBe('cuda:all')
      session.dispose()
      expect(fake.held().bytes).toBe(0)
    }
  })

  test('gives the device a whole iteration before it waits for anything, also where all labels are new', async () => {
    const [n, d, k] = [3000, 5, 6]
    const points = uniformPoints(n, d)
    const said: string[] = []
    const { backend, fake } = await fakeBackend({ onLaunch: (kernel) => said.push(kernel) })
    const query = fake.eventQuery
    fake.eventQuery = (event) => {
      said.push('wait')
      return query(event)
    }
    const sessions = [await backend.open(points, { ...PLAN, k }), await reference.open(points, { ...PLAN, k })]
    for (const session of sessions) await prepare(session, points)
    for (const from of [0, 100]) {
      const ids = Uint32Array.from({ length: k }, (_, j) => from + j)
      for (const session of sessions) await session.setCentroids(await session.rows(ids))
      for (let i = 0; i < 3; i++) {
        said.length = 0
        const [{ counts, shifts, terms, changed }, expected] = await Promise.all(sessions.map((session) => session.step()))
        expect(said.indexOf('update_centroids')).toBeGreaterThan(-1)
        expect(said.indexOf('update_centroids')).toBeLessThan(said.indexOf('wait'))
        expect({ counts, shifts, terms, changed }).toStrictEqual({
          counts: expected.counts,
          shifts: expected.shifts,
          terms: expected.terms,
          changed: expected.changed,
        })
      }
    }
  })

  test('two models share one device and do not disturb each other', async () => {
    const { backend, fake } = await fakeBackend()
    const points = [uniformPoints(500, 4, 1), uniformPoints(700, 6, 2)]
    const sessions = await Promise.all(points.map((p) => backend.open(p, PLAN)))
    const seen = await Promise.all(sessions.map((session, i) => history(session, points[i], 7)))
    for (const [i, p] of points.entries()) expect(seen[i]).toStrictEqual(await history(await reference.open(p, PLAN), p, 7))
    sessions[0].dispose()
    expect(await sessions[1].labels()).toHaveLength(700)
    sessions[1].dispose()
    expect(fake.calls.filter((call) => call === 'devicePrimaryCtxRetain')).toHaveLength(1)
  })

  test('counts the points of each cluster by the labels', async () => {
    const [n, d, k] = [9001, 5, 6]
    const points = uniformPoints(n, d)
    const { backend } = await fakeBackend()
    const session = await backend.open(points, { ...PLAN, k })
    await prepare(session, points)
    await expect(session.labelCounts!()).rejects.toThrow('expected an E-step (assign) before')
    await session.setCentroids(await session.rows(Uint32Array.from([0, 10, 20, 30, 40, 40])))
    await session.assign()
    const labels = (await session.labels())!
    expect(await session.labelCounts!()).toStrictEqual(Uint32Array.from({ length: k }, (_, j) => labels.filter((l) => l === j).length))
    session.dispose()
  })

  test('takes the memory of a small training at once, and does without where there is not as much', async () => {
    const [n, d, k] = [9001, 5, 6]
    const points = uniformPoints(n, d)
    const expected = await history(await reference.open(points, { ...PLAN, k }), points, k)
    const allocations: number[] = []
    for (const options of [{}, { fail: { call: 'memAlloc', nth: 0, code: 2 } }] as const) {
      const { backend, fake } = await fakeBackend(options)
      const session = await backend.open(points, { ...PLAN, k })
      expect(await history(session, points, k)).toStrictEqual(expected)
      allocations.push(fake.calls.filter((call) => call === 'memAlloc').length)
      session.dispose()
      expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
    }
    expect(allocations[0]).toBe(1)
    expect(allocations[1]).toBeGreaterThan(10)
  })

  test('pins a few buffers, and uses them again for the next points', async () => {
    const { backend, fake } = await fakeBackend()
    const counts: number[] = []
    for (let i = 0; i < 3; i++) {
      const session = await backend.open(uniformPoints(40_000, 32), PLAN)
      await session.columnStats()
      session.dispose()
      counts.push(fake.pinned())
    }
    expect(counts).toStrictEqual([counts[0], counts[0], counts[0]])
    expect(counts[0]).toBeLessThanOrEqual(6)
  })

  test('finds the first value that is not finite', async () => {
    const points = uniformPoints(9000, 3)
    points.blocks[1][12_000] = NaN
    points.blocks[1][11_999] = -Infinity
    const { backend } = await fakeBackend()
    for (const b of [backend, (await fakeBackend({ devices: 2 }, 'all')).backend]) {
      const session = await b.open(points, PLAN)
      expect((await session.columnStats()).nonFinite).toStrictEqual({ row: 6999, column: 2, value: -Infinity })
      session.dispose()
    }
  })
})
