#!/usr/bin/env node
/**
 * @file Sends every kernel of the CUDA backend over small points, by every path that leads to one, and compares with the reference, bit for
 * bit. Fails where one differs or where a kernel of the package was not launched.
 *
 * usage: node .ci/gpuKernels.mjs [brief] (brief: fewer and smaller points, for compute-sanitizer; needs a built package and a Hopper
 * device, which runs the kernels of all the others too)
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CudaContext } from '../dist/backends/cuda/context/context.js'
import { openCuda, updateShards } from '../dist/backends/cuda/cuda.js'
import { openDevice, startDriver } from '../dist/backends/cuda/driver/driver.js'
import { PTX } from '../dist/backends/cuda/driver/ptx.js'
import { reference } from '../dist/backends/reference.js'
import { openShards } from '../dist/backends/shards.js'
import { limbScales, sampledMean } from '../dist/exact.js'
import { random } from '../dist/random.js'

const brief = process.argv[2] === 'brief'

/** Kernels that were launched. */
const launched = new Set()
const { kernel } = CudaContext.prototype
CudaContext.prototype.kernel = function (file, name, ...rest) {
  const launch = kernel.call(this, file, name, ...rest)
  return (...args) => {
    launched.add(name)
    return launch(...args)
  }
}

const driver = await startDriver()
const { major, minor, name } = driver.devices[0]
assert.equal(`${major}.${minor}`, '9.0', `expected a Hopper device (compute capability 9.0), got ${name} (${major}.${minor})`)

const device = await openDevice(driver, 0)
/** The first device, taken for one of another compute capability. */
function deviceAs(major, minor) {
  const info = { ...device.info, major, minor }
  return openCuda('0', async () => ({ ...driver, opened: new Map([[0, Promise.resolve({ ...device, info })]]) }))
}
const hopper = await openCuda()
const ampere = await deviceAs(8, 0)
const turing = await deviceAs(7, 5)

const FILLS = {
  uniform: (u, i) => u(i) * 2 - 1,
  clusters: (u, i, d) => Math.floor(u(1e6 + Math.floor(i / d)) * 40) + u(i) / 4,
  ties: (u, i) => Math.floor(u(i) * 2),
  'a huge column': (u, i, d) => (u(i) - 0.5) * (i % d === 0 ? 1e6 : 1),
  'three huge columns': (u, i, d) => (u(i) - 0.5) * (i % d < 3 ? 1e6 : 1),
}

function pointsOf(kind, n, d) {
  const { uniform } = random(n + d, 80)
  const x = Float32Array.from({ length: n * d }, (_, i) => FILLS[kind](uniform, i, d))
  const cut = Math.floor(n / 3) * d
  return { blocks: [x.subarray(0, cut), x.subarray(cut)], n, d }
}

/** Everything that a session says over some iterations, and what k-means++ asks of it. */
async function history(open, points, k, { weights, spherical = false, iterations = 5 } = {}) {
  const { n } = points
  const plan = { k, precision: 'exact', chunkSizeData: Infinity, chunkSizeCentroids: Infinity }
  const session = await open(points, plan)
  const { max, nonFinite } = await session.columnStats(weights)
  const seen = [max, nonFinite]
  seen.push(await session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), weights, spherical }))
  const largest = await session.seedWith(await session.rows(Uint32Array.of(0, n - 1)), { anew: true })
  const exponent = 20 - Math.floor(Math.log2(largest || 1))
  seen.push(largest, await session.potentials(await session.rows(Uint32Array.of(n >> 1, 0, n - 1)), exponent))
  seen.push(await session.pick(Float64Array.of(0.999999, 0, 0.3), exponent))
  await session.setCentroids(await session.rows(Uint32Array.from({ length: k }, (_, j) => Math.floor((j * n) / k))))
  for (let i = 0; i < iterations; i++) {
    const { counts, shifts, terms, changed } = await session.step()
    seen.push({ counts, shifts, terms, changed }, await session.labels())
    if (i === 1) await session.replace(Uint32Array.of(k - 1), await session.rows(Uint32Array.of(1)))
  }
  const { hi, lo, counts, countsLow } = await session.sums()
  seen.push(hi.slice(), lo.slice(), counts.slice(), countsLow.slice())
  seen.push(await session.update({ hi, lo, counts, countsLow }), await session.centroids())
  seen.push(await session.sqDistances(), await session.blockInertia(), await session.farthest(3))
  session.dispose()
  return seen
}

async function expectLikeReference(what, open, points, k, options) {
  const [own, expected] = [await history(open, points, k, options), await history(reference.open, points, k, options)]
  assert.deepStrictEqual(own, expected, what)
  console.log(`as the reference: ${what}`)
}

/** Environment for some sessions: which screen is taken, and from how many multiplications on. */
async function withScreen(format, from, use) {
  const set = (name, value) => (value === undefined ? delete process.env[name] : (process.env[name] = value))
  set('FASTKMEANS_CUDA_SCREEN', format)
  set('FASTKMEANS_CUDA_SCREEN_FROM', from)
  await use()
  set('FASTKMEANS_CUDA_SCREEN')
  set('FASTKMEANS_CUDA_SCREEN_FROM')
}

const open = (backend) => (points, plan) => backend.open(points, plan)

/** With hardly more memory than will do. */
async function openStreamed(points, plan) {
  for (let memoryBudget = 1e7; ; memoryBudget *= 1.05)
    try {
      return await hopper.open(points, { ...plan, memoryBudget })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
}

/** All of these columns have a screen of their own on Hopper, in fp16 or in int8. */
const COLUMNS = [3, 19, 40, 64, 77, 128, 150, 200, 256, 300, 450, 700]

/** Rows, centroids and iterations. */
const { n, k, iterations } = brief ? { n: 300, k: 150, iterations: 2 } : { n: 700, k: 260, iterations: 5 }
const weights = Float64Array.from({ length: n }, (_, i) => Math.fround(1 + (i % 5) / 7) * Number(i % 9 > 0) || 0)

await expectLikeReference('by the definition', open(hopper), pointsOf('clusters', n, 20), 30, { weights })
for (const format of ['fp16', 'int8'])
  await withScreen(format, '0', async () => {
    for (const d of COLUMNS)
      await expectLikeReference(`${format}, d = ${d}`, open(hopper), pointsOf('clusters', n, d), 70, { iterations: brief ? 1 : 3 })
    for (const kind of brief ? ['a huge column', 'three huge columns'] : Object.keys(FILLS))
      await expectLikeReference(`${format}, ${kind}`, open(hopper), pointsOf(kind, n, 33), k, { weights, iterations })
    await expectLikeReference(`${format}, more candidates than slots`, open(hopper), pointsOf('ties', n, 2), k, { iterations })
    if (!brief) await expectLikeReference(`${format}, spherical`, open(hopper), pointsOf('uniform', n, 9), 40, { spherical: true })
  })
await withScreen(undefined, '0', async () => {
  for (const [capability, backend] of Object.entries({ Hopper: hopper, Ampere: ampere, Turing: turing }))
    for (const [kind, d] of [
      ['clusters', 50],
      ['ties', 2],
      ['uniform', 600],
    ])
      await expectLikeReference(`${capability}, ${kind}, d = ${d}`, open(backend), pointsOf(kind, n, d), 150, { iterations: brief ? 2 : 3 })
  const long = pointsOf('clusters', brief ? 9000 : 20_000, brief ? 7 : 70)
  await expectLikeReference('in blocks that pass through the device', openStreamed, long, 12, { iterations: 3 })
  const shared = (points, plan) => openShards(points, plan, [open(hopper), open(hopper)], updateShards)
  await expectLikeReference('two sessions that add up on the device', shared, long, 12, { iterations: 2 })
})

const all = readdirSync(PTX).flatMap((file) =>
  Array.from(readFileSync(join(PTX, file), 'utf8').matchAll(/^\.visible \.entry (\w+)/gm), ([, kernel]) => kernel),
)
const missed = all.filter((kernel) => !launched.has(kernel))
assert.deepStrictEqual(missed, [], `expected every kernel to be launched, these were not: ${missed.join(', ')}`)
console.log(`all ${all.length} kernels were launched`)
