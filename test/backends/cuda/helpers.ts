/** @file Sessions on the fake driver, and the run that is compared with the reference's. */
import type { Backend, Plan, Session } from '../../../src/backends/backend.js'
import { openCuda } from '../../../src/backends/cuda/cuda.js'
import { initialise } from '../../../src/backends/cuda/driver/driver.js'
import { limbScales, sampledMean } from '../../../src/exact.js'
import type { Points } from '../../../src/points.js'
import { random } from '../../../src/random.js'
import { fakeCuda } from './fake/fakeCuda.js'
import type { FakeCuda, FakeOptions } from './fake/fakeCuda.js'

export const PLAN: Plan = { k: 7, precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 }

/** The backend over a fake driver of its own. */
export async function fakeBackend(options: FakeOptions = {}, which = '0'): Promise<{ backend: Backend; fake: FakeCuda }> {
  const fake = fakeCuda(options)
  const driver = await initialise(() => fake)
  return { backend: await openCuda(which, async () => driver), fake }
}

/** n rows of uniform values around 0, in blocks of uneven size. */
export function uniformPoints(n: number, d: number, seed = 1): Points {
  const { uniform } = random(seed, 81)
  const x = Float32Array.from({ length: n * d }, (_, i) => uniform(i) * 2 - 1)
  const cut = Math.floor(n / 3) * d
  return { blocks: n < 3 ? [x] : [x.subarray(0, cut), x.subarray(cut)], n, d }
}

/** A random order of late work, the same for the same seed: an integer below a number. */
export function lateBy(seed: number): (below: number) => number {
  const { integer } = random(seed, 85)
  let count = 0
  return (below) => integer(count++, below)
}

/** The first calls of a session. @returns what they say */
export async function prepare(session: Session, points: Points, weights?: Float64Array): Promise<unknown[]> {
  const { max, nonFinite } = await session.columnStats(weights)
  const preparation = { scales: limbScales(max, points.n), mean: sampledMean(points), weights, spherical: false }
  return [max, nonFinite, await session.prepare(preparation)]
}

/** Everything that a session says over some iterations. */
export async function history(session: Session, points: Points, k: number, weights?: Float64Array): Promise<unknown[]> {
  const { n, d } = points
  const seen: unknown[] = [await prepare(session, points, weights)]
  const largest = await session.seedWith(await session.rows(Uint32Array.of(0, n - 1)), { anew: true })
  const exponent = 20 - Math.floor(Math.log2(largest || 1))
  seen.push(largest, await session.potentials(await session.rows(Uint32Array.of(n >> 1, 0, n - 1)), exponent))
  seen.push(await session.pick(Float64Array.of(0.999999, 0, 0.3, 0.55, 0.3), exponent))
  await session.setCentroids(await session.rows(Uint32Array.from({ length: k }, (_, j) => Math.floor((j * n) / k))))
  for (let i = 0; i < 3; i++) {
    const { counts, shifts, terms, changed } = await session.step()
    seen.push(counts, shifts, terms, changed, await session.labels(), await session.centroids(), await session.centroids('labelled'))
  }
  const { hi, lo, counts, countsLow } = await session.sums()
  seen.push(hi.slice(), lo.slice(), counts.slice(), countsLow.slice(), await session.farthest(5), await session.sqDistances())
  seen.push(await session.blockInertia())
  await session.replace(Uint32Array.of(k - 1), await session.rows(Uint32Array.of(n - 1)))
  seen.push(await session.centroids(), await session.centroids('labelled'))
  seen.push(await session.centroids('current', Uint32Array.of(k - 1, 0, k - 1)), await session.centroids('labelled', Uint32Array.of(0)))
  await session.setCentroids(new Float32Array(3 * d), { keepLabels: false })
  await session.assign()
  seen.push(await session.labels(), d)
  return seen
}
