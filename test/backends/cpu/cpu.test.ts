/** @file The native CPU backend beside the reference: every instruction set that this processor has, 1, 2 and 5 threads. */
import { describe, expect, test } from 'vitest'
import type { Backend, Plan, Session } from '../../../src/backends/backend.js'
import { openCpu } from '../../../src/backends/cpu/cpu.js'
import { reference } from '../../../src/backends/reference.js'
import { limbScales, sampledMean } from '../../../src/exact.js'
import type { Points } from '../../../src/points.js'
import { CASES, LONG_CASE } from '../../conformance/cases.js'
import type { Case } from '../../conformance/cases.js'
import { isas } from './helpers.js'

/** Below any (k − 8)·d. */
const SCREEN_ALL = -1e9
const PLAN: Omit<Plan, 'k'> = { precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 }

async function prepared(backend: Backend, c: Case, points: Points = { blocks: [c.x], n: c.n, d: c.d }): Promise<[Session, ...unknown[]]> {
  const session = await backend.open(points, { ...PLAN, k: c.k })
  const stats = await session.columnStats(c.weights)
  const mean = sampledMean(points)
  const spherical = c.spherical ?? false
  const blocks = await session.prepare({ scales: limbScales(stats.max, c.n), mean, weights: c.weights, spherical })
  return [session, stats, blocks]
}

/** Everything that a session returns over a few iterations. */
async function run(backend: Backend, c: Case, points?: Points): Promise<unknown[]> {
  const [session, ...seen] = await prepared(backend, c, points)
  await session.setCentroids(c.start)
  for (let i = 0; i < 3; i++) {
    const { counts, shifts, terms, changed } = await session.step()
    seen.push({ counts, shifts, terms, changed }, await session.labels(), await session.centroids(), await session.centroids('labelled'))
  }
  const { hi, lo, counts, countsLow } = await session.sums()
  seen.push(hi.slice(), lo.slice(), counts.slice(), countsLow.slice())
  seen.push(await session.sqDistances(), await session.blockInertia(), await session.farthest(Math.min(5, c.n)))
  await session.replace(Uint32Array.of(0), await session.rows(Uint32Array.of(c.n - 1)))
  await session.assign()
  seen.push(await session.labels(), await session.centroids())
  session.dispose()
  return seen
}

async function seeds(backend: Backend, c: Case): Promise<unknown[]> {
  const [session] = await prepared(backend, c)
  const largest = await session.seedWith(c.x.slice(0, 2 * c.d), { anew: true })
  const exponent = -Math.floor(Math.log2(largest || 1)) + 20
  const potentials = await session.potentials(c.x.slice(2 * c.d, 5 * c.d), exponent)
  const seen = [largest, potentials, await session.pick(Float64Array.of(0.999999, 0, 0.3), exponent)]
  session.dispose()
  return seen
}

describe.skipIf(isas.length === 0).each(isas.length === 0 ? ['none'] : isas)('cpu:%s', (isa) => {
  test.each([1, 2, 5])('equals the reference bit for bit on %i threads, everything screened', async (threads) => {
    const backend = await openCpu({ isa, threads, screenFrom: SCREEN_ALL })
    for (const c of [...CASES, LONG_CASE]) expect(await run(backend, c), c.name).toStrictEqual(await run(reference, c))
  })

  test('does so where small problems are not screened', async () => {
    const backend = await openCpu({ isa, threads: 2 })
    for (const c of CASES) expect(await run(backend, c), c.name).toStrictEqual(await run(reference, c))
  })

  test('k-means++ passes give the same integers', async () => {
    const backend = await openCpu({ isa, threads: 3 })
    for (const c of [...CASES, LONG_CASE].filter(({ n, name }) => n > 100 && !name.includes('e37')))
      expect(await seeds(backend, c), c.name).toStrictEqual(await seeds(reference, c))
  })
})
