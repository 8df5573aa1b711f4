/** @file Several sessions add up to one: rows shared between two sessions of a device give the bits of the reference over all of them. */
import { describe, expect, test } from 'vitest'
import type { Backend, Plan } from '../../src/backends/backend.js'
import { reference } from '../../src/backends/reference.js'
import { openShards } from '../../src/backends/shards.js'
import { history, PLAN, prepare, uniformPoints } from '../backends/cuda/helpers.js'
import { backendOf, REQUIRED } from './backends.js'

const [N, D, K] = [13_000, 6, 5]
const POINTS = uniformPoints(N, D)
/** Some of 0, and some so light that their second limb counts. */
const WEIGHTS = Float64Array.from({ length: N }, (_, i) => Math.fround(1 + (i % 11) / 17) * [0, 1, 1, 2 ** -40][i % 4])
const plan: Plan = { ...PLAN, k: K }
const openOn = (backend: Backend) => (points: typeof POINTS, part: Plan) => backend.open(points, part)

const refused = (): Promise<never> => Promise.reject(new Error('no device'))

describe.each(REQUIRED)('device %s', (device) => {
  test.each([
    ['', undefined],
    [' with weights', WEIGHTS],
  ])('two sessions say what the reference says of all rows%s', async (_, weights) => {
    const { backend } = await backendOf(device)
    const session = await openShards(POINTS, plan, [openOn(backend), openOn(backend)])
    const whole = await reference.open(POINTS, plan)
    expect(await history(session, POINTS, K, weights)).toStrictEqual(await history(whole, POINTS, K, weights))
    session.dispose()
  })
})

/** Its E-steps begin when their signal is aborted. */
const waiting: Backend = {
  name: 'waiting',
  async open(points, part) {
    const session = await reference.open(points, part)
    const assign = session.assign.bind(session)
    session.assign = async (options) => {
      if (options?.signal !== undefined) await new Promise((resolve) => options.signal!.addEventListener('abort', resolve))
      return assign(options)
    }
    return session
  },
}

describe('shards', () => {
  test('an abort that only some heed in time is too late: all finish the E-step', async () => {
    const controller = new AbortController()
    const deaf: Backend = {
      name: 'deaf',
      async open(points, part) {
        const session = await reference.open(points, part)
        const assign = session.assign.bind(session)
        session.assign = (options) => assign({ ...options, signal: undefined }).finally(() => controller.abort(new Error('stop')))
        return session
      },
    }
    const session = await openShards(POINTS, plan, [openOn(deaf), openOn(waiting)])
    const whole = await reference.open(POINTS, plan)
    for (const s of [session, whole]) {
      await prepare(s, POINTS)
      await s.setCentroids(POINTS.blocks[0].slice(0, K * D))
    }
    expect(await session.step({ signal: controller.signal })).toStrictEqual(await whole.step())
    expect(await session.labels()).toStrictEqual(await whole.labels())
    await expect(session.step({ signal: controller.signal })).rejects.toThrow('stop')
    expect(await session.labels()).toStrictEqual(await whole.labels())
    session.dispose()
  })

  test('an abort that all heed ends the E-step, and the next one goes on from the labels before', async () => {
    const session = await openShards(POINTS, plan, [openOn(waiting), openOn(waiting)])
    await prepare(session, POINTS)
    await session.setCentroids(POINTS.blocks[0].slice(0, K * D))
    await session.step()
    const before = await session.labels()
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('stop')), 1)
    await expect(session.assign({ signal: controller.signal })).rejects.toThrow('stop')
    expect(await session.labels()).toStrictEqual(before)
    expect((await session.assign()).changed).toBeGreaterThan(0)
    session.dispose()
  })

  test('the first non-finite value is told by its row among all', async () => {
    const x = Float32Array.of(...POINTS.blocks[0], ...POINTS.blocks[1])
    x[9000 * D + 2] = NaN
    x[12_000 * D] = Infinity
    const session = await openShards({ ...POINTS, blocks: [x] }, plan, [openOn(reference), openOn(reference), openOn(reference)])
    expect((await session.columnStats()).nonFinite).toEqual({ row: 9000, column: 2, value: NaN })
    session.dispose()
  })

  test('the memoryBudget is shared among them', async () => {
    const budgets: (number | undefined)[] = []
    const open = (points: typeof POINTS, part: Plan) => {
      budgets.push(part.memoryBudget)
      return reference.open(points, part)
    }
    const session = await openShards(POINTS, { ...plan, memoryBudget: 9e6 }, [open, open, open])
    expect(budgets).toEqual([3e6, 3e6, 3e6])
    session.dispose()
  })

  test('pick reaches a target that u times the potential, rounded, falls short of', async () => {
    const x = new Float32Array(2 * 4096)
    x.fill(1, 4096, 4096 + 49) // ⌊(1 / 49) · 49⌋ = 0 in float64
    const points = { blocks: [x], n: x.length, d: 1 }
    const picked: Uint32Array[] = []
    for (const session of [await openShards(points, plan, [openOn(reference), openOn(reference)]), await reference.open(points, plan)]) {
      await prepare(session, points)
      await session.seedWith(Float32Array.of(0), { anew: true })
      picked.push(await session.pick(Float64Array.of(1.5 / 49), 0))
      session.dispose()
    }
    expect(picked).toEqual([Uint32Array.of(4097), Uint32Array.of(4097)])
  })

  test('labels are forgotten with other centroids, unless they are to stay', async () => {
    const session = await openShards(POINTS, plan, [openOn(reference), openOn(reference)])
    await prepare(session, POINTS)
    await session.setCentroids(POINTS.blocks[0].slice(0, K * D))
    await session.assign()
    const labels = await session.labels()
    await session.setCentroids(POINTS.blocks[0].slice(D, (K + 1) * D), { keepLabels: true })
    expect(await session.labels()).toStrictEqual(labels)
    await session.setCentroids(POINTS.blocks[0].slice(0, K * D))
    expect(await session.labels()).toBeNull()
    session.dispose()
  })

  test('a fault in one leaves nothing to go on from', async () => {
    const faulty: Backend = {
      name: 'faulty',
      async open(points, part) {
        const session = await reference.open(points, part)
        session.assign = () => Promise.reject(new Error('out of memory'))
        return session
      },
    }
    const session = await openShards(POINTS, plan, [openOn(reference), openOn(faulty)])
    await prepare(session, POINTS)
    await session.setCentroids(POINTS.blocks[0].slice(0, K * D))
    await expect(session.assign()).rejects.toThrow('out of memory')
    await expect(session.labels()).resolves.toBeNull()
    await expect(session.centroids()).rejects.toThrow('out of memory')
    session.dispose()
  })

  test('where one cannot be opened, the others are closed', async () => {
    let closed = 0
    const counted: Backend = {
      name: 'counted',
      async open(points, part) {
        const session = await reference.open(points, part)
        session.dispose = () => void closed++
        return session
      },
    }
    await expect(openShards(POINTS, plan, [openOn(counted), refused, openOn(counted)])).rejects.toThrow('no device')
    expect(closed).toBe(2)
  })
})
