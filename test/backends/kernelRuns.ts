/** @file What a session of the C kernels returns over a whole run, to be compared with the reference's, bit for bit. */
import type { Backend, Plan, Session } from '../../src/backends/backend.js'
import { reference } from '../../src/backends/reference.js'
import { limbScales, sampledMean } from '../../src/exact.js'
import type { Points } from '../../src/points.js'
import type { Case } from '../conformance/cases.js'

/** Below any (k − 8)·d. */
export const SCREEN_ALL = -1e9
export const PLAN: Omit<Plan, 'k'> = { precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 }

async function prepared(backend: Backend, c: Case, points: Points = { blocks: [c.x], n: c.n, d: c.d }): Promise<[Session, ...unknown[]]> {
  const session = await backend.open(points, { ...PLAN, k: c.k })
  const stats = await session.columnStats(c.weights)
  const mean = sampledMean(points)
  const spherical = c.spherical ?? false
  const blocks = await session.prepare({ scales: limbScales(stats.max, c.n), mean, weights: c.weights, spherical })
  return [session, stats, blocks]
}

/** Everything that a session returns over a few iterations. */
export async function run(backend: Backend, c: Case, points?: Points): Promise<unknown[]> {
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

const expected = new Map<Case, Promise<unknown[]>>()

/** What `run` gives on the reference; found once. */
export function expectedRun(c: Case): Promise<unknown[]> {
  const seen = expected.get(c) ?? run(reference, c)
  expected.set(c, seen)
  return seen
}

/** The passes of k-means++. */
export async function seeds(backend: Backend, c: Case): Promise<unknown[]> {
  const [session] = await prepared(backend, c)
  const largest = await session.seedWith(c.x.slice(0, 2 * c.d), { anew: true })
  const exponent = -Math.floor(Math.log2(largest || 1)) + 20
  const potentials = await session.potentials(c.x.slice(2 * c.d, 5 * c.d), exponent)
  const seen = [largest, potentials, await session.pick(Float64Array.of(0.999999, 0, 0.3), exponent)]
  session.dispose()
  return seen
}
