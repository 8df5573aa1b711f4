/** @file The next E-step is given to the device before it is asked for: whatever comes instead, a session says what the reference says. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../../../src/backends/backend.js'
import { reference } from '../../../../src/backends/reference.js'
import type { Points } from '../../../../src/points.js'
import { random } from '../../../../src/random.js'
import { fakeBackend, lateBy, PLAN, prepare, uniformPoints } from '../helpers.js'

const [N, D, K] = [600, 8, 7]
const PLAN_K = { ...PLAN, k: K }

afterEach(() => vi.unstubAllEnvs())

/** One of what may come after an iteration; the same for the same numbers. */
async function act(session: Session, points: Points, which: number, seed: number): Promise<unknown> {
  const { integer } = random(seed, 83)
  const rows = (count: number): Promise<Float32Array> => session.rows(Uint32Array.from({ length: count }, (_, i) => integer(i, points.n)))
  const stopped = (work: (options: { signal: AbortSignal }) => Promise<unknown>): Promise<unknown> =>
    work({ signal: AbortSignal.abort(new Error('stop')) }).catch((error: Error) => error.message)
  const acts: (() => unknown)[] = [
    async () => session.replace(Uint32Array.of(integer(8, K)), await rows(1)),
    async () => session.setCentroids(await rows(K)),
    async () => session.setCentroids(await rows(K), { keepLabels: true }),
    () => session.update(),
    () => session.sums(),
    () => session.sqDistances(),
    () => stopped((options) => session.step(options)),
    () => stopped((options) => session.assign(options)),
    async () => ({ changed: (await session.assign()).changed }),
  ]
  // Most often, nothing comes.
  if (which < acts.length) await acts[which]()
  const labelled = (await session.labels()) !== null
  const { counts, shifts, terms, changed } = await session.step()
  return [labelled, counts, shifts, terms, changed, await session.labels(), await session.centroids(), await session.centroids('labelled')]
}

describe.each(['definition', 'screen', 'leads'])('with E-steps by %s', (how) => {
  test.each([
    ['the device is done at once', { lag: 0 }],
    ['the device is done a little later', { lag: 1 }],
    ['the device works late', { late: lateBy(6) }],
  ] as const)('a session says what the reference says, whatever comes between the iterations, where %s', async (_, options) => {
    if (how !== 'definition') vi.stubEnv('FASTKMEANS_CUDA_SCREEN_FROM', '0')
    const points = uniformPoints(N, D)
    if (how === 'leads') for (const block of points.blocks) for (let i = 3; i < block.length; i += D) block[i] *= 1000
    const { backend, fake } = await fakeBackend(options)
    const sessions = [await backend.open(points, PLAN_K), await reference.open(points, PLAN_K)]
    for (const session of sessions) {
      await prepare(session, points)
      await session.setCentroids(points.blocks[0].slice(0, K * D))
    }
    const { integer } = random(5, 84)
    for (let i = 0; i < 100; i++) {
      const which = integer(i, 20)
      const [seen, expected] = await Promise.all(sessions.map((session) => act(session, points, which, i)))
      expect(seen, `iteration ${i}, ${which}`).toStrictEqual(expected)
    }
    sessions[0].dispose()
    expect(fake.held()).toStrictEqual({ bytes: 0, streams: 0, events: 0 })
  })
})

test('what is withdrawn at once leaves nothing to the E-steps after it', async () => {
  vi.stubEnv('FASTKMEANS_CUDA_SCREEN_FROM', '0')
  const points = uniformPoints(N, D)
  const { backend } = await fakeBackend({ lag: 0 })
  const sessions = [await backend.open(points, PLAN_K), await reference.open(points, PLAN_K)]
  for (const session of sessions) {
    await prepare(session, points)
    await session.setCentroids(points.blocks[0].slice(0, K * D))
  }
  for (let i = 0; i < 12; i++) {
    const rows = await sessions[0].rows(Uint32Array.of(40 * i))
    for (const session of sessions) {
      await session.step()
      if (i % 3 === 2) await session.replace(Uint32Array.of(i % K), rows)
    }
    expect(await sessions[0].labels(), `iteration ${i}`).toStrictEqual(await sessions[1].labels())
  }
})

test('an iteration comes with the E-step of the next, but for one after a replacement', async () => {
  const points = uniformPoints(N, D)
  const said: string[] = []
  const { backend } = await fakeBackend({ onLaunch: (kernel) => said.push(kernel) })
  const session = await backend.open(points, PLAN_K)
  await prepare(session, points)
  await session.setCentroids(points.blocks[0].slice(0, K * D))
  const eSteps: number[] = []
  for (let i = 0; i < 6; i++) {
    said.length = 0
    await session.step()
    eSteps.push(said.filter((kernel) => kernel === 'assign_plain').length)
    if (i === 2 || i === 3) await session.replace(Uint32Array.of(1), await session.rows(Uint32Array.of(i)))
  }
  // The first comes with its own and the next. The fourth has to have its own, and the fifth, each without the next; then nothing is
  // replaced.
  expect(eSteps).toStrictEqual([2, 1, 1, 1, 1, 2])
  session.dispose()
})
