/**
 * @file What the stages of a training on 'cuda' take: start of the driver, upload, statistics, and E-step and M-step of each iteration.
 * Milliseconds. Usage: npx tsx bench/cuda/stages.ts [n=819200] [k=8192] [d=128] [iterations=10]
 */
import { FastKMeans } from '../../src/index.js'
import { openCuda } from '../../src/backends/cuda/cuda.js'
import { limbScales, sampledMean } from '../../src/exact.js'
import { spreadOf } from '../timing.js'
import { blobs } from './blobs.js'

const [n, k, d, iterations] = [819_200, 8192, 128, 10].map((value, i) => Number(process.argv[2 + i] ?? value))

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  console.log(`${what.padEnd(28)} ${(performance.now() - start).toFixed(1).padStart(9)}`)
  return result
}

const x = blobs(n, k, d)
const points = { blocks: [x], n, d }
const backend = await timed('driver and context', () => openCuda())
for (const turn of ['first', 'second']) {
  console.log(`-- ${turn} session`)
  const session = await timed('open', () =>
    backend.open(points, { k, precision: 'exact', chunkSizeData: Infinity, chunkSizeCentroids: Infinity }),
  )
  const { max } = await timed('upload and columnStats', () => session.columnStats())
  await timed('columnStats again', () => session.columnStats())
  await timed('prepare', () => session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), spherical: false }))
  await session.setCentroids(x.slice(0, k * d))
  const times: { e: number; m: number }[] = []
  for (let i = 0; i < iterations; i++) {
    const start = performance.now()
    const { changed, rechecked } = await session.assign()
    const middle = performance.now()
    await session.update()
    const end = performance.now()
    times.push({ e: middle - start, m: end - middle })
    console.log(
      `iteration ${i + 1}: E ${(middle - start).toFixed(2)}  M ${(end - middle).toFixed(2)}  changed ${changed} rechecked ${rechecked}`,
    )
  }
  const [e, m] = [spreadOf(times.map((time) => time.e)), spreadOf(times.map((time) => time.m))]
  console.log(
    `E-step median ${e.median.toFixed(2)} (${e.min.toFixed(2)}–${e.max.toFixed(2)}), M-step ${m.median.toFixed(2)} (${m.min.toFixed(2)}–${m.max.toFixed(2)})`,
  )
  await timed('blockInertia', () => session.blockInertia())
  await timed('sqDistances, read', () => session.sqDistances())
  await timed('labels, read', () => session.labels())
  console.log(`device memory ${((session.deviceBytes ?? 0) / (n * d * 4)).toFixed(2)} × the points`)
  session.dispose()
}
for (const niter of [10, 25])
  for (let run = 0; run < 3; run++) {
    const km = new FastKMeans(d, k, { device: 'cuda', niter, tol: -1, maxPointsPerCentroid: null, init: x.slice(0, k * d) })
    await timed(`FastKMeans, ${niter} iterations`, () => km.train(x))
    if (run === 2) console.log(JSON.stringify(km.stats.time))
  }
