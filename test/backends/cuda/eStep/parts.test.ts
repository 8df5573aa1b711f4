/** @file Rows that are packed in fp16 a part at a time, in every E-step: labels, and what is held, as where all rows stay packed. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { reference } from '../../../../src/backends/reference.js'
import type * as panels from '../../../../src/backends/cuda/points/panels.js'
import type * as choices from '../../../../src/backends/cuda/screen/screenChoice.js'
import type { FakeOptions } from '../fake/fakeCuda.js'
import { fakeBackend, history, lateBy, PLAN, prepare, uniformPoints } from '../helpers.js'

// Points as large as it takes are out of reach of a fake.
vi.mock('../../../../src/backends/cuda/points/panels.js', async (original) => {
  const { openPanels, ...rest } = await original<typeof panels>()
  return { ...rest, openPanels: (...given: Parameters<typeof openPanels>) => ({ ...openPanels(...given), inParts: true }) }
})

/** The format of the next screens, in place of what is chosen by what the last ones left. */
const chosen = vi.hoisted(() => ({ format: undefined as 'fp16' | 'int8' | undefined }))
vi.mock('../../../../src/backends/cuda/screen/screenChoice.js', async (original) => {
  const { screenChoice, ...rest } = await original<typeof choices>()
  return {
    ...rest,
    screenChoice(...given: Parameters<typeof screenChoice>) {
      const { formatFor, done } = screenChoice(...given)
      return { done, formatFor: (...asked: Parameters<typeof formatFor>) => chosen.format ?? formatFor(...asked) }
    },
  }
})

/** More rows than a panel of the fake device has, and no whole number of blocks. */
const N = 17_001

const WAYS: readonly [how: string, format: string | undefined, options: FakeOptions, memoryBudget?: number][] = [
  ['on Hopper', 'fp16', { sharedBytes: 232_448 }],
  ['on Hopper, in int8 until that does not pay', undefined, { sharedBytes: 232_448 }],
  ['on Ampere', undefined, { capability: [8, 6] }],
  ['without tensor cores', undefined, { capability: [7, 5] }],
  ['on streams that work late', 'fp16', { sharedBytes: 232_448, late: lateBy(3) }],
  ['while they pass in panels', 'fp16', { sharedBytes: 232_448 }, N * 44 + 2 ** 24 + 5e6],
]

beforeEach(() => {
  vi.stubEnv('FASTKMEANS_CUDA_SCREEN_FROM', '0')
})
afterEach(() => {
  vi.unstubAllEnvs()
  chosen.format = undefined
})

describe.each(WAYS)('packed in parts, %s', (_, format, options, memoryBudget) => {
  test.each([
    ['by a screen', 3],
    ['by leads', 8],
  ])('a session says what the reference says, %s', async (how, d) => {
    vi.stubEnv('FASTKMEANS_CUDA_SCREEN', format)
    const k = 9
    const points = uniformPoints(N, d)
    if (how === 'by leads') for (const block of points.blocks) for (let at = 1; at < block.length; at += d) block[at] *= 1000
    const { backend, fake } = await fakeBackend(options)
    const session = await backend.open(points, { ...PLAN, k, memoryBudget })
    expect(await history(session, points, k)).toStrictEqual(await history(await reference.open(points, { ...PLAN, k }), points, k))
    session.dispose()
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })

  test('near rows meet only the centroids that moved, and find the same labels', async () => {
    vi.stubEnv('FASTKMEANS_CUDA_SCREEN', format)
    const k = 12
    const points = uniformPoints(N, 2)
    const { backend } = await fakeBackend(options)
    const sessions = [await backend.open(points, { ...PLAN, k, memoryBudget }), await reference.open(points, { ...PLAN, k })]
    for (const session of sessions) {
      await prepare(session, points)
      await session.setCentroids(await session.rows(Uint32Array.from({ length: k }, (_, j) => j)))
    }
    for (let i = 0; i < 12; i++) {
      const [own, expected] = await Promise.all(sessions.map((session) => session.step()))
      expect(own.changed).toBe(expected.changed)
      expect(await sessions[0].labels(), `iteration ${i}`).toStrictEqual(await sessions[1].labels())
      if (i % 5 === 4)
        for (const session of sessions) await session.replace(Uint32Array.of(i % k), await session.rows(Uint32Array.of(10 * i)))
    }
    sessions[0].dispose()
  })
})

test('rows in fp16 are packed part by part in every E-step', async () => {
  vi.stubEnv('FASTKMEANS_CUDA_SCREEN', 'fp16')
  let count = 0
  const onLaunch = (kernel: string): void => void (count += Number(kernel === 'preparePoints'))
  const points = uniformPoints(N, 3)
  const { backend } = await fakeBackend({ sharedBytes: 232_448, onLaunch })
  const session = await backend.open(points, { ...PLAN, k: 9 })
  await prepare(session, points)
  await session.setCentroids(await session.rows(Uint32Array.from({ length: 9 }, (_, j) => j)))
  // Of 17,001 rows, a panel has 16,384 at most.
  for (let i = 0; i < 3; i++) {
    const before = count
    await session.step()
    expect(count - before).toBeGreaterThanOrEqual(2)
  }
  session.dispose()
})

test('rows that int8 had in the order of their labels are packed in fp16 in another, and come back', async () => {
  const points = uniformPoints(N, 1)
  const { backend } = await fakeBackend({ sharedBytes: 232_448 })
  const sessions = [await backend.open(points, { ...PLAN, k: 30 }), await reference.open(points, { ...PLAN, k: 30 })]
  for (const session of sessions) {
    await prepare(session, points)
    await session.setCentroids(await session.rows(Uint32Array.from({ length: 30 }, (_, j) => j)))
  }
  for (let i = 0; i < 30; i++) {
    chosen.format = i % 10 < 5 ? 'int8' : 'fp16'
    // One centroid moves: its rows alone are far, and go to others that stayed.
    for (const session of sessions) {
      await session.assign()
      await session.replace(Uint32Array.of(i), await session.rows(Uint32Array.of(10 * i + 30)))
    }
    expect(await sessions[0].labels(), `iteration ${i}`).toStrictEqual(await sessions[1].labels())
  }
  sessions[0].dispose()
})
