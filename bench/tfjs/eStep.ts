/**
 * The E-step of the tfjs backend beside the bare chunked ops that it cannot do without (matMul, add, argMin), in the same run.
 *
 *   npx tsx bench/tfjs/eStep.ts [cpu | wasm | tensorflow] [--smoke] [--n=102400] [--d=128] [--k=1024] [--runs=9] [--iid]
 *
 * Gate: labels equal to the definition's on a sample of rows (all of them with --smoke). Then the two take turns, a run each; the figures
 * are medians, the range, and the ratio of the medians. Blobs, or with --iid one cloud without clusters. 'tensorflow' needs tfjs-node, or
 * FASTKMEANS_TFJS_NODE to name its folder.
 */
import { parseArgs } from 'node:util'
import { openTfjs } from '../../src/backends/tfjs/tfjs.js'
import { openRuntime } from '../../src/backends/tfjs/runtime.js'
import type { TfjsRuntime } from '../../src/backends/tfjs/runtime.js'
import { limbScales, nearest, sampledMean } from '../../src/exact.js'
import { random } from '../../src/random.js'

/** Rows of a chunk of the bare ops: the best of 2048, 4096, 8192 and 16384 for 1024 columns, where all were tried. */
const BARE_ROWS = { tensorflow: 4096, wasm: 2048, cpu: 512 } as Record<string, number>

/** Rounds that do not count: the backend adapts its chunks. */
const WARM_UP = 3

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean', default: false },
    iid: { type: 'boolean', default: false },
    n: { type: 'string' },
    d: { type: 'string' },
    k: { type: 'string' },
    runs: { type: 'string' },
  },
})
const name = positionals[0] ?? 'wasm'
const small = values.smoke || name === 'cpu'
const n = Number(values.n ?? (small ? 8192 : 102_400))
const d = Number(values.d ?? 128)
const k = Number(values.k ?? (small ? 256 : 1024))
const runs = Number(values.runs ?? (values.smoke ? 3 : 9))

/** Rows around k centres; sums of four uniform numbers are near enough to a normal distribution. */
function blobs(): Float32Array {
  const { uniform } = random(0, 7)
  const noise = (i: number): number => uniform(i) + uniform(i + 2 ** 40) - 1
  const spread = values.iid ? 0 : 1
  const centres = Float32Array.from({ length: k * d }, (_, i) => noise(2 ** 45 + i) * 2 * spread)
  return Float32Array.from({ length: n * d }, (_, i) => {
    const centre = Math.floor(uniform(2 ** 46 + Math.floor(i / d)) * k)
    return centres[centre * d + (i % d)] + noise(i)
  })
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1]
}

function report(what: string, times: number[]): void {
  const flops = 2 * n * k * d
  const gf = (flops / median(times) / 1e6).toFixed(0)
  console.log(
    `${what.padEnd(28)} ${median(times).toFixed(1)} ms (${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}), ${gf} GF/s`,
  )
}

/** The ops alone: points and centroids lie on the device, labels come back. */
function bareOps({ tf, run }: TfjsRuntime, x: Float32Array, centroids: Float32Array): { eStep(): Promise<Int32Array>; dispose(): void } {
  const chunk = Math.min(n, BARE_ROWS[name] ?? 8192)
  const points = run(() =>
    Array.from({ length: Math.ceil(n / chunk) }, (_, i) => {
      const part = x.slice(i * chunk * d, Math.min(n, (i + 1) * chunk) * d)
      return tf.tensor2d(part, [part.length / d, d])
    }),
  )
  const columns = run(() => tf.transpose(tf.tensor2d(centroids, [k, d])))
  const half = run(() => tf.mul(tf.sum(tf.square(columns), 0), 0.5))
  return {
    async eStep() {
      const labels = new Int32Array(n)
      for (const [i, part] of points.entries()) {
        const chunkLabels = run(() => tf.argMin(tf.sub(half, tf.matMul(part, columns)), 1))
        labels.set((await chunkLabels.data()) as Int32Array, i * chunk)
        chunkLabels.dispose()
      }
      return labels
    },
    dispose() {
      for (const tensor of [...points, columns, half]) tensor.dispose()
    },
  }
}

const x = blobs()
const points = { blocks: [x], n, d }
const backend = await openTfjs(name)
const session = await backend.open(points, { k, precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 })
const { max } = await session.columnStats()
await session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), spherical: false })
await session.setCentroids(x.slice(0, k * d))
await session.step()
const centroids = await session.centroids()

const { rechecked } = await session.assign()
const labels = (await session.labels())!
const stride = values.smoke ? 1 : 37
let checked = 0
for (let i = 0; i < n; i += stride, checked++) {
  const expected = nearest(x, i * d, centroids, k, d)
  if (labels[i] !== expected) throw new Error(`bench/tfjs: expected label ${expected} for row ${i}, got ${labels[i]}`)
}
console.log(`${backend.name}, n=${n} d=${d} k=${k}: ${checked} labels checked, all right; ${rechecked} rows finished by the definition`)

const runtime = await openRuntime(name)
const bare = bareOps(runtime, x, centroids)
const wrong = (await bare.eStep()).reduce((sum, label, i) => sum + (label === labels[i] ? 0 : 1), 0)
const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
for (let i = -WARM_UP; i < runs; i++) {
  let began = performance.now()
  await session.assign()
  const ours = performance.now() - began
  began = performance.now()
  await bare.eStep()
  const alone = performance.now() - began
  if (i < 0) continue
  times.ours.push(ours)
  times.bare.push(alone)
}
report('E-step, exact', times.ours)
report(`bare ops (${wrong} labels wrong)`, times.bare)
console.log(`ratio ${(median(times.bare) / median(times.ours)).toFixed(2)} of the bare ops' rate, medians of ${runs} runs each`)
bare.dispose()
session.dispose()
