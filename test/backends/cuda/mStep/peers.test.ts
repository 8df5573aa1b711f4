/** @file Devices that add up among themselves: by direct ways that were tried, or without. */
import { describe, expect, test } from 'vitest'
import { openCuda } from '../../../../src/backends/cuda/cuda.js'
import { initialise } from '../../../../src/backends/cuda/driver/driver.js'
import { reference } from '../../../../src/backends/reference.js'
import { fakeCuda } from '../fake/fakeCuda.js'
import type { FakeCuda } from '../fake/fakeCuda.js'
import { history, PLAN, uniformPoints } from '../helpers.js'

const POINTS = uniformPoints(13_000, 5)
const openAll = async (fake: FakeCuda) => openCuda('all', async () => initialise(() => fake))
const times = (fake: FakeCuda, call: string): number => fake.calls.filter((name) => name === call).length

describe('several devices', () => {
  test('are connected with the first, both ways, and their sums stay off the host', async () => {
    const fake = fakeCuda({ devices: 3 })
    const session = await (await openAll(fake)).open(POINTS, PLAN)
    expect(times(fake, 'ctxEnablePeerAccess')).toBe(4)
    expect(times(fake, 'ctxDisablePeerAccess')).toBe(0)
    session.sums = () => Promise.reject(new Error('sums on the host'))
    expect(await session.columnStats()).toBeDefined()
    session.dispose()
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })

  test.each<[string, number]>([
    ['there is no direct way', 217],
    ['the way is there already', 704],
    ['a device has too many', 711],
  ])('say what the reference says where %s', async (_, code) => {
    const fake = fakeCuda({ devices: 2 })
    fake.ctxEnablePeerAccess = () => code
    const session = await (await openAll(fake)).open(POINTS, PLAN)
    expect(await history(session, POINTS, 7)).toStrictEqual(await history(await reference.open(POINTS, PLAN), POINTS, 7))
    session.dispose()
  })

  test('do without a direct way by which a copy arrives altered', async () => {
    const fake = fakeCuda({ devices: 2 })
    const { memcpyPeerAsync } = fake
    fake.memcpyPeerAsync = (to, toContext, from, fromContext, bytes, stream) =>
      memcpyPeerAsync(to, toContext, from, fromContext, bytes, stream) || fake.memsetD8Async(to + bytes - 1, 0x55, 1, stream)
    await openAll(fake)
    expect(times(fake, 'ctxEnablePeerAccess')).toBe(2)
    expect(times(fake, 'ctxDisablePeerAccess')).toBe(2)
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })

  test.each(['ctxEnablePeerAccess', 'memcpyPeerAsync', 'streamWaitEvent'] as const)('name a fault of %s', async (call) => {
    const fake = fakeCuda({ devices: 2, fail: { call, code: 1 } })
    await expect(openAll(fake)).rejects.toThrow(/cuda:\d .*cuda:\d, got CUDA_ERROR_INVALID_VALUE/)
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })

  test('a copy that fails in an M-step leaves nothing to go on from', async () => {
    const fake = fakeCuda({ devices: 2, fail: { call: 'memcpyPeerAsync', nth: 3, code: 1 } })
    const session = await (await openAll(fake)).open(POINTS, PLAN)
    await expect(history(session, POINTS, 7)).rejects.toThrow('CUDA_ERROR_INVALID_VALUE')
    await expect(session.centroids()).rejects.toThrow('CUDA_ERROR_INVALID_VALUE')
    session.dispose()
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })
})
