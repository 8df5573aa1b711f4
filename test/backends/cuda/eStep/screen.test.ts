/** @file The screened E-step over the fake driver: which rows meet which centroids; and the shapes of its kernels. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reference } from '../../../../src/backends/reference.js'
import { screenShape } from '../../../../src/backends/cuda/screen/screenShape.js'
import { fakeBackend, history, PLAN, prepare, uniformPoints } from '../helpers.js'

const capabilities: readonly [major: number, minor: number][] = [
  [7, 5],
  [8, 6],
  [9, 0],
  [12, 0],
]

describe('the screened E-step', () => {
  beforeEach(() => {
    process.env.FASTKMEANS_CUDA_SCREEN_FROM = '0'
  })
  afterEach(() => {
    delete process.env.FASTKMEANS_CUDA_SCREEN_FROM
    delete process.env.FASTKMEANS_CUDA_SCREEN
  })

  test.each(capabilities)('says what the reference says on a device of capability %i.%i', async (...capability) => {
    for (const [n, d, k] of [
      [1, 1, 1],
      [700, 3, 9],
      [900, 300, 5],
      [600, 700, 4],
    ]) {
      const points = uniformPoints(n, d)
      const { backend, fake } = await fakeBackend({ capability })
      const session = await backend.open(points, { ...PLAN, k })
      expect(await history(session, points, k)).toStrictEqual(await history(await reference.open(points, { ...PLAN, k }), points, k))
      session.dispose()
      expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
    }
  })

  test.each(['int8', 'fp16', undefined])('says what the reference says on Hopper with a screen in %s', async (format) => {
    if (format !== undefined) process.env.FASTKMEANS_CUDA_SCREEN = format
    for (const [n, d, k] of [
      [700, 3, 9],
      [1500, 128, 30],
      [900, 300, 5],
      [600, 700, 4],
    ]) {
      const points = uniformPoints(n, d)
      const launches = new Set<string>()
      const { backend, fake } = await fakeBackend({ sharedBytes: 232_448, onLaunch: (kernel) => launches.add(kernel) })
      const session = await backend.open(points, { ...PLAN, k })
      expect(await history(session, points, k)).toStrictEqual(await history(await reference.open(points, { ...PLAN, k }), points, k))
      session.dispose()
      expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
      // Rows that int8 leaves open are screened in fp16.
      const used = [...launches]
        .filter((kernel) => /^screen(Int8x)?\d+$/.test(kernel))
        .map((kernel) => (/Int8/.test(kernel) ? 'int8' : 'fp16'))
      expect(used).toStrictEqual(format === 'fp16' ? ['fp16'] : ['int8', 'fp16'])
    }
  })

  test.each([
    [1, undefined],
    [1, 2.15e7],
    [2, undefined],
  ])('goes by the leads of badly scaled points, %i of them, with a memoryBudget of %s', async (leads, memoryBudget) => {
    const [n, d, k] = [9001, 8, 30]
    const points = uniformPoints(n, d)
    for (const block of points.blocks) for (let at = 0; at < block.length; at++) if (at % d < leads) block[at] *= 1000
    const launches = new Set<string>()
    const { backend, fake } = await fakeBackend({ onLaunch: (kernel) => launches.add(kernel) })
    const session = await backend.open(points, { ...PLAN, k, memoryBudget })
    expect(await history(session, points, k)).toStrictEqual(await history(await reference.open(points, { ...PLAN, k }), points, k))
    session.dispose()
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
    expect([...launches].filter((kernel) => kernel.startsWith('screenN'))).toStrictEqual([leads === 1 ? 'screenNear1' : 'screenNear4'])
  })

  test.each([
    ['stay', 3000, 31],
    ['pass in panels', 17_000, 230],
  ])('lets near rows of points that %s meet only the centroids that moved, and finds the same labels', async (how, n, screens) => {
    const [d, k] = [2, 40]
    const points = uniformPoints(n, d)
    const launches: string[] = []
    let controller: AbortController | undefined
    const onLaunch = (kernel: string): void => {
      launches.push(kernel)
      if (kernel === 'screenAmpere') controller?.abort(new Error('stop'))
    }
    const { backend, fake } = await fakeBackend({ onLaunch })
    const memoryBudget = how === 'stay' ? undefined : n * 44 + 2 ** 24 + 5e6
    const sessions = [await backend.open(points, { ...PLAN, k, memoryBudget }), await reference.open(points, { ...PLAN, k })]
    for (const session of sessions) {
      await prepare(session, points)
      await session.setCentroids(await session.rows(Uint32Array.from({ length: k }, (_, j) => j)))
    }
    for (let i = 0; i < 30; i++) {
      // One that is cut off between two panels leaves labels and distances that are not of one E-step.
      if (how !== 'stay' && i % 10 === 5) {
        controller = new AbortController()
        await expect(sessions[0].step({ signal: controller.signal })).rejects.toThrow('stop')
        controller = undefined
      }
      const [own, expected] = await Promise.all(sessions.map((session) => session.step()))
      expect(own.changed).toBe(expected.changed)
      expect(await sessions[0].labels()).toStrictEqual(await sessions[1].labels())
      // A replaced centroid is a moved one.
      if (i % 7 === 6)
        for (const session of sessions) await session.replace(Uint32Array.of(i % k), await session.rows(Uint32Array.of(10 * i)))
    }
    expect(launches.filter((kernel) => kernel === 'screenAmpere').length).toBeGreaterThan(screens)
    sessions[0].dispose()
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })
})

test('every d has a screen on Hopper that is there, and rows of a block fill its warpgroups', () => {
  const info = { ordinal: 0, name: '', multiprocessors: 132, sharedBytes: 232_448, totalBytes: 8e10 }
  expect([1, 16, 17, 64, 65, 96, 100, 128, 129, 256].map((d) => screenShape({ ...info, major: 9, minor: 0 }, d)?.kernel)).toStrictEqual([
    'screen1',
    'screen1',
    'screen2',
    'screen4',
    'screen6',
    'screen6',
    'screen8',
    'screen8',
    'screen12',
    'screen16',
  ])
  const int8 = [1, 32, 65, 128, 129, 256, 257, 512, 513].map((d) => screenShape({ ...info, major: 9, minor: 0 }, d, 'int8')?.kernel)
  expect(int8).toStrictEqual([
    'screenInt8x1',
    'screenInt8x1',
    'screenInt8x3',
    'screenInt8x4',
    'screenInt8x6',
    'screenInt8x8',
    'screenInt8x12',
    'screenInt8x16',
    'screenInt8x0',
  ])
  expect(screenShape({ ...info, major: 10, minor: 0 }, 128, 'int8')).toBeUndefined()
  expect(screenShape({ ...info, major: 9, minor: 0 }, 257)).toMatchObject({ kernel: 'screen0', halves: 2, blockRows: 128 })
  expect(screenShape({ ...info, major: 10, minor: 0 }, 257)?.file).toBe('screenAmpere')
  expect(screenShape({ ...info, major: 7, minor: 5 }, 257)).toBeUndefined()
})
