#!/usr/bin/env node
/**
 * @file What is cut off on 'cuda': a long E-step that is aborted ends within a fifth of a second, and says before how far it is; a process
 * that ends in a training ends at once, with the code that it was given, whatever threads and kernels are at work.
 *
 * usage: node .ci/gpuCutOff.mjs   (needs a built package and an NVIDIA device with 6 GB to spare)
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { openCuda } from '../dist/backends/cuda/cuda.js'
import { limbScales, sampledMean } from '../dist/exact.js'

/** Noise: of points on a curve the screen would leave every row open, and an E-step would take seconds. */
function noise(length) {
  let state = 7
  return new Float32Array(length).map(() => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) / 2 ** 31)
}

const backend = await openCuda()
const [n, d, k] = [1_638_400, 128, 262_144]
const x = noise(n * d)
const points = { blocks: [x], n, d }
const session = await backend.open(points, { k, precision: 'exact', chunkSizeData: Infinity, chunkSizeCentroids: Infinity })
const { max } = await session.columnStats()
await session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), spherical: false })
await session.setCentroids(x.slice(0, k * d))
const started = performance.now()
const shares = []
await session.assign({ onProgress: (share) => shares.push(share) })
const whole = performance.now() - started
assert.ok(shares.length > 4 && shares.at(-1) === 1, `expected an E-step of ${whole} ms to say how far it is, got ${shares}`)
assert.ok(
  shares.every((share, i) => share >= (shares[i - 1] ?? 0)),
  `expected shares that rise, got ${shares}`,
)
const labels = await session.labels()
const controller = new AbortController()
let told = 0
const abort = () => {
  told = performance.now()
  controller.abort(new Error('enough'))
}
await session.setCentroids(x.slice(k * d, 2 * k * d), { keepLabels: true })
await assert.rejects(session.assign({ signal: controller.signal, onProgress: (share) => share > 0.2 && told === 0 && abort() }), /enough/)
const heeded = performance.now() - told
assert.ok(heeded < 200, `expected an abort within 200 ms, got ${heeded}`)
assert.deepStrictEqual(await session.labels(), labels)
session.dispose()
console.log(`an E-step of ${whole.toFixed(0)} ms said ${shares.length} times how far it is, and was aborted in ${heeded.toFixed(0)} ms`)

const library = new URL('../dist/index.js', import.meta.url).href
const endings = {
  'in an iteration': [`onIteration: () => process.exit(7)`, '', 7],
  'while points are copied': ['', 'setTimeout(() => process.exit(7), 5)', 7],
  'by an error': ['', `setTimeout(() => { throw new Error('nobody catches this') }, 300)`, 1],
}
for (const [when, [option, after, expected]] of Object.entries(endings)) {
  const script = `
    import { FastKMeans } from '${library}'
    const [n, d] = [400_000, 128]
    const x = (${noise})(n * d)
    await new FastKMeans(d, 10, { device: 'cuda', niter: 1 }).train(x.subarray(0, 100 * d))
    const km = new FastKMeans(d, 4096, { device: 'cuda', niter: 100_000, tol: -1, maxPointsPerCentroid: null, ${option} })
    const training = km.train(x)
    ${after}
    await training`
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 })
  assert.deepStrictEqual({ status, signal }, { status: expected, signal: null }, when)
  console.log(`a process ended as it was told ${when}`)
}
