/**
 * @file E-steps of a session on 'cuda' for points of many kinds, beside those of blobs of the same shape: badly scaled columns, heavy rows,
 * offsets, noise. Of each kind a few rows' labels are compared with the definition. Milliseconds.
 * Usage: npx tsx bench/cuda/kinds.ts [n=819200] [k=8192] [d=128] [iterations=10] [kinds, by commas]
 */
import { openCuda } from '../../src/backends/cuda/cuda.js'
import { limbScales, sampledMean, sqDistance } from '../../src/exact.js'
import { spreadOf } from '../timing.js'
import { blobs } from './blobs.js'

const [n, k, d, iterations] = [819_200, 8192, 128, 10].map((value, i) => Number(process.argv[2 + i] ?? value))
/** Rows whose labels are looked at. */
const CHECKED = 64

/** Noise of one size for all columns, made once. */
const noise: Float32Array = new Float32Array(n * d)

const ones = (): number => 1

/** The noise, its columns and rows multiplied, and shifted. */
function scaled(column: (t: number) => number, row: (i: number) => number = ones, plus: (i: number) => number = () => 0): Float32Array {
  if (noise[0] === 0) {
    let state = 7
    const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) / 2 ** 31
    for (let i = 0; i < n * d; i++) noise[i] = next() + next() + next()
  }
  const x = new Float32Array(n * d)
  const columns = Float64Array.from({ length: d }, (_, t) => column(t))
  for (let i = 0; i < n; i++) {
    const its = row(i)
    const shift = plus(i)
    for (let t = 0; t < d; t++) x[i * d + t] = noise[i * d + t] * columns[t] * its + shift
  }
  return x
}
const first = (columns: number, times: number) => (t: number) => (t < columns ? times : 1)
/** Scales e^(sigma·z), z normal, nearly: its quantiles in a fixed disorder. */
const lognormal = (sigma: number) => (t: number) => {
  const u = (((t * 37) % d) + 0.5) / d
  return Math.exp((sigma * Math.log(u / (1 - u))) / 1.702)
}

const KINDS: Readonly<Record<string, () => Float32Array>> = {
  blobs: () => blobs(n, k, d),
  iid: () => scaled(() => 1),
  'column x30': () => scaled(first(1, 30)),
  'column x100': () => scaled(first(1, 100)),
  'column x1000': () => scaled(first(1, 1000)),
  'column x1e6': () => scaled(first(1, 1e6)),
  '2 columns x1000': () => scaled(first(2, 1000)),
  '3 columns x1000': () => scaled(first(3, 1000)),
  '6 columns x1000': () => scaled(first(6, 1000)),
  'lognormal 1': () => scaled(lognormal(1)),
  'lognormal 2': () => scaled(lognormal(2)),
  'offset 1e6': () => scaled(first(0, 1), ones, () => 1e6),
  'two far clumps': () => scaled(first(0, 1), ones, (row) => (row % 2) * 1000),
  'heavy rows': () => scaled(first(0, 1), (row) => (row % 997 === 0 ? 1000 : 1)),
}
const kinds = process.argv[6]?.split(',') ?? Object.keys(KINDS).slice(1)

const backend = await openCuda()
console.log(`n ${n} k ${k} d ${d}`)
for (const kind of ['blobs', ...kinds]) {
  const x = KINDS[kind]()
  const points = { blocks: [x], n, d }
  const session = await backend.open(points, { k, precision: 'exact', chunkSizeData: Infinity, chunkSizeCentroids: Infinity })
  const { max } = await session.columnStats()
  await session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), spherical: false })
  await session.setCentroids(x.slice(0, k * d))
  const times: number[] = []
  let rechecked = 0
  for (let i = 0; i < iterations; i++) {
    const start = performance.now()
    rechecked = (await session.assign()).rechecked
    times.push(performance.now() - start)
    if (i < iterations - 1) await session.update()
  }
  const labels = (await session.labels())!
  const centroids = await session.centroids('labelled')
  let wrong = 0
  for (let i = 0; i < CHECKED; i++) {
    const row = Math.floor((i * n) / CHECKED)
    let label = 0
    let least = Infinity
    for (let j = 0; j < k; j++) {
      const distance = sqDistance(x, row * d, centroids, j * d, d)
      if (distance >= least) continue
      least = distance
      label = j
    }
    wrong += Number(label !== labels[row])
  }
  session.dispose()
  const { median, min, max: most } = spreadOf(times.slice(1))
  const each = times.map((time) => time.toFixed(2)).join(' ')
  console.log(
    `${kind.padEnd(16)} first ${times[0].toFixed(2)}  later ${median.toFixed(2)} (${min.toFixed(2)}–${most.toFixed(2)})  rechecked ${rechecked}  wrong ${wrong} of ${CHECKED} | ${each}`,
  )
}
