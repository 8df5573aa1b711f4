/**
 * @file What a session returns over a whole run, to be compared with the reference's, bit for bit; and the runs that both kinds of C
 * kernels share.
 */
import { expect, test } from 'vitest'
import type { Backend, Plan, Session } from '../../src/backends/backend.js'
import { reference } from '../../src/backends/reference.js'
import { limbScales, sampledMean } from '../../src/exact.js'
import type { Points } from '../../src/points.js'
import { CASES, LEAD_CASES, LONG_CASE } from '../conformance/cases.js'
import type { Case } from '../conformance/cases.js'

/** A `screenFrom` below every number of centroids: everything is screened. */
export const SCREEN_ALL = -1e9
export const PLAN: Omit<Plan, 'k'> = { precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 }

/** Other points than the case's own array, as blocks; other chunks than PLAN's. */
interface RunOptions extends Partial<Omit<Plan, 'k'>> {
  points?: Points
}

async function prepared(backend: Backend, c: Case, { points = pointsOf(c), ...plan }: RunOptions = {}): Promise<[Session, ...unknown[]]> {
  const session = await backend.open(points, { ...PLAN, ...plan, k: c.k })
  const stats = await session.columnStats(c.weights)
  const mean = sampledMean(points)
  const spherical = c.spherical ?? false
  const blocks = await session.prepare({ scales: limbScales(stats.max, c.n), mean, weights: c.weights, spherical })
  return [session, stats, blocks]
}

const pointsOf = ({ x, n, d }: Case): Points => ({ blocks: [x], n, d })

/** Everything that a session returns over a few iterations. */
async function run(backend: Backend, c: Case, options?: RunOptions): Promise<unknown[]> {
  const [session, ...seen] = await prepared(backend, c, options)
  try {
    await session.setCentroids(c.start)
    for (let i = 0; i < 3; i++) {
      const { counts, shifts, terms, changed } = await session.step()
      seen.push({ counts, shifts, terms, changed }, await session.labels(), await session.centroids(), await session.centroids('labelled'))
    }
    const { hi, lo, counts, countsLow } = await session.sums()
    seen.push(hi.slice(), lo.slice(), counts.slice(), countsLow.slice())
    seen.push(await session.sqDistances(), await session.blockInertia(), await session.farthest(Math.min(5, c.n)))
    await session.replace(Uint32Array.of(0), await session.rows(Uint32Array.of(c.n - 1)))
    for (const which of ['current', 'labelled'] as const) seen.push(await session.centroids(which, Uint32Array.of(c.k - 1, 0, c.k - 1)))
    await session.assign()
    seen.push(await session.labels(), await session.centroids())
  } finally {
    session.dispose()
  }
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

/** The table of distances, with other centroids than the E-steps' before, and what is told of its progress. */
async function table(backend: Backend, c: Case, options?: RunOptions): Promise<unknown[]> {
  const [session] = await prepared(backend, c, options)
  await session.setCentroids(c.start)
  await session.assign()
  await session.setCentroids(c.x.slice(c.d * Math.floor(c.n / 3)))
  const shares: number[] = []
  const found = await session.distances!({ onProgress: (share) => void shares.push(share) })
  const labels = await session.labels()
  session.dispose()
  return [found, labels, shares.every((share, i) => share >= (shares[i - 1] ?? 0) && share <= 1)]
}

/** The cases in which k-means++ has something to draw. */
export const seeded = (cases: readonly Case[]): Case[] => cases.filter(({ n, name }) => n > 100 && !name.includes('e37'))

/** The same of the reference, found once a case. */
function once(found: (backend: Backend, c: Case) => Promise<unknown[]>): (c: Case) => Promise<unknown[]> {
  const known = new Map<Case, Promise<unknown[]>>()
  return (c) => {
    const seen = known.get(c) ?? found(reference, c)
    known.set(c, seen)
    return seen
  }
}

/** What `run` gives on the reference. */
const expectedRun = once(run)
/** What `seeds` gives on the reference. */
export const expectedSeeds = once(seeds)

/** What `table` gives on the reference. */
const expectedTable = once(table)

/** Fails unless a backend gives the reference's tables of distances. */
export async function expectTables(backend: Backend, cases: readonly Case[]): Promise<void> {
  for (const c of cases) expect(await table(backend, c), c.name).toStrictEqual(await expectedTable(c))
}

/** Cases whose table of distances is soon found by the reference. */
export const TABLE_CASES = CASES.filter(({ n, d }) => n * n * d < 2e7)

/** Fails unless a backend returns what the reference returns, case by case. */
export async function expectRuns(backend: Backend, cases: readonly Case[], options?: RunOptions): Promise<void> {
  for (const c of cases) expect(await run(backend, c, options), c.name).toStrictEqual(await expectedRun(c))
}

/** The options that 'cpu' and 'wasm' share. */
interface KernelOptions {
  threads: number
  screenFrom?: number
  leads?: 'always' | 'bare' | 'estimated' | 'groups' | 'reduced' | 'scores'
}

/** Registers what holds for the C kernels wherever they run. */
export function testKernels(open: (options: KernelOptions) => Promise<Backend>): void {
  test.each([1, 2, 5])('equals the reference bit for bit on %i threads, everything screened', async (threads) => {
    await expectRuns(await open({ threads, screenFrom: SCREEN_ALL }), [...CASES, LONG_CASE])
  })

  test.each([1, 2, 5])('gives the table of all distances, on %i threads', async (threads) => {
    await expectTables(await open({ threads }), TABLE_CASES)
  })

  test('does so by groups of centroids', async () => {
    await expectRuns(await open({ threads: 2, screenFrom: SCREEN_ALL, leads: 'groups' }), [...CASES, LONG_CASE])
  })

  test.each([1, 2, 5])('does so by scores in float32, on %i threads', async (threads) => {
    await expectRuns(await open({ threads, leads: 'scores' }), [...CASES, ...LEAD_CASES, LONG_CASE])
  })

  test.each([1, 2, 5])('does so by screens of reduced rows, on %i threads', async (threads) => {
    await expectRuns(await open({ threads, screenFrom: SCREEN_ALL, leads: 'reduced' }), [...CASES, ...LEAD_CASES, LONG_CASE])
  })

  test.each([
    ['always', 1],
    ['always', 2],
    ['always', 5],
    ['bare', 2],
    ['estimated', 3],
  ] as const)('does so by the columns of most spread, %s, on %i threads', async (leads, threads) => {
    await expectRuns(await open({ threads, leads }), [...CASES, ...LEAD_CASES, LONG_CASE])
  })
}
