/** @file Shared by the tests of the tfjs backend: which tf backends are under test, and sessions made ready. */
import type { Backend, Plan, Session } from '../../../src/backends/backend.js'
import { limbScales, nearest, sampledMean } from '../../../src/exact.js'
import { random } from '../../../src/random.js'

const REQUIRED = (process.env.KMEANS_REQUIRE ?? 'tfjs:cpu,tfjs:wasm').split(',')

/** The tf backends that this run must cover (KMEANS_REQUIRE, as in test/conformance). */
export const TF_BACKENDS = REQUIRED.filter((device) => device.startsWith('tfjs:')).map((device) => device.slice('tfjs:'.length))
for (const name of ['cpu', 'wasm', 'tensorflow'])
  if (!TF_BACKENDS.includes(name)) console.log(`not required, hence not run: tfjs:${name} (KMEANS_REQUIRE)`)

/** Values in [-1, 1), the stream `stream` of the library's generator. */
export function uniform(length: number, stream: number): Float32Array {
  const draw = random(5, 1000 + stream)
  return Float32Array.from({ length }, (_, i) => draw.uniform(i) * 2 - 1)
}

/** A session over x with these centroids set. */
export async function ready(
  backend: Backend,
  x: Float32Array,
  centroids: Float32Array,
  d: number,
  plan: Partial<Plan> = {},
): Promise<Session> {
  const n = x.length / d
  const points = { blocks: [x], n, d }
  const k = centroids.length / d
  const session = await backend.open(points, { k, precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240, ...plan })
  const { max } = await session.columnStats()
  await session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), spherical: false })
  await session.setCentroids(centroids)
  return session
}

/** The labels by the definition. */
export function labelsByDefinition(x: Float32Array, centroids: Float32Array, d: number): Int32Array {
  return Int32Array.from({ length: x.length / d }, (_, i) => nearest(x, i * d, centroids, centroids.length / d, d))
}
