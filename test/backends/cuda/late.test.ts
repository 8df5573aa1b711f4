/** @file Sessions over streams that work late, in any order that streams and events leave open: they say what the reference says. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { reference } from '../../../src/backends/reference.js'
import type { FakeOptions } from './fake/fakeCuda.js'
import { fakeBackend, history, lateBy, PLAN, uniformPoints } from './helpers.js'

afterEach(() => vi.unstubAllEnvs())

/** Weights for some. */
const weightsOf = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.fround(1 + (i % 5) / 7))

const WAYS: readonly [how: string, shape: [n: number, d: number, k: number], options: FakeOptions, which: string, memoryBudget?: number][] =
  [
    ['by the definition', [500, 5, 6], {}, '0'],
    ['by a screen', [700, 3, 9], {}, '0'],
    ['by a screen in int8', [700, 3, 9], { sharedBytes: 232_448 }, '0'],
    ['by leads', [700, 8, 9], {}, '0'],
    ['on two devices', [13_000, 5, 6], { devices: 2 }, 'all'],
    ['on three devices', [13_000, 5, 6], { devices: 3 }, 'all'],
    ['in panels', [30_000, 130, 3], {}, '0', 4.5e7],
    ['in panels, by a screen', [17_000, 2, 20], {}, '0', 17_000 * 44 + 2 ** 24 + 5e6],
  ]

describe.each(WAYS)('%s', (how, [n, d, k], options, which, memoryBudget) => {
  test('whatever the order of the work', async () => {
    if (/screen|leads/.test(how)) vi.stubEnv('FASTKMEANS_CUDA_SCREEN_FROM', '0')
    if (/int8/.test(how)) vi.stubEnv('FASTKMEANS_CUDA_SCREEN', 'int8')
    const points = uniformPoints(n, d)
    if (/leads/.test(how)) for (const block of points.blocks) for (let at = 1; at < block.length; at += d) block[at] *= 1000
    for (const weights of [undefined, weightsOf(n)]) {
      const expected = await history(await reference.open(points, { ...PLAN, k }), points, k, weights)
      for (let seed = 0; seed < (n > 10_000 ? 1 : 10); seed++) {
        const { backend, fake } = await fakeBackend({ ...options, late: lateBy(seed) }, which)
        const session = await backend.open(points, { ...PLAN, k, memoryBudget })
        expect(await history(session, points, k, weights), `seed ${seed}`).toStrictEqual(expected)
        session.dispose()
        expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
      }
    }
  })
})
