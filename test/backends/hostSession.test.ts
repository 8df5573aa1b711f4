/** @file Aborts of the passes in JavaScript that are neither E-steps nor seeding, as the reference and tfjs have them. */
import { afterEach, expect, test, vi } from 'vitest'
import type { Session } from '../../src/backends/backend.js'
import { reference } from '../../src/backends/reference.js'
import { limbScales } from '../../src/exact.js'
import { makePoints } from '../oracles.js'
import { PLAN } from './sessionRuns.js'

const [n, d, k] = [20_000, 8, 5]
const x = makePoints(9, n, d, 'uniform')
const preparation = { scales: limbScales(new Float64Array(d).fill(1), n), mean: x.slice(0, d), spherical: false }

type Pass = (session: Session, options: { signal: AbortSignal }) => Promise<unknown>
const PASSES: Record<string, Pass> = {
  columnStats: (session, options) => session.columnStats(undefined, options),
  prepare: (session, options) => session.prepare(preparation, options),
  sums: (session, options) => session.sums(options),
  update: (session, options) => session.update(undefined, options),
  sqDistances: (session, options) => session.sqDistances(options),
  blockInertia: (session, options) => session.blockInertia(options),
}

/** Goes on where it was left, since pace.ts remembers. */
let now = 0
afterEach(() => void vi.restoreAllMocks())

test.each(Object.entries(PASSES))('%s ends by a signal that comes while it runs', async (_, pass) => {
  const session = await reference.open({ blocks: [x], n, d }, { ...PLAN, k })
  await session.prepare(preparation)
  await session.setCentroids(x.slice(0, k * d))
  await session.assign()
  now = Math.max(now, performance.now())
  // So that the pass lets the event loop run at each of its looks at the clock.
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 20))
  const controller = new AbortController()
  const work = pass(session, { signal: controller.signal })
  setImmediate(() => controller.abort(new Error('stopped')))
  await expect(work).rejects.toThrow('stopped')
  session.dispose()
})
