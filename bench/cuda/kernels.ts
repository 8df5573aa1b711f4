/**
 * @file What each kernel takes in the iterations of a session on 'cuda', by events around every launch; E-step and M-step without events;
 * and both in one step. Milliseconds; the first session warms up. Usage: npx tsx bench/cuda/kernels.ts [n=204800] [k=2048] [d=768]
 * [iterations=10] [file of n·d float32, else blobs]
 */
import { readFileSync } from 'node:fs'
import type { Pointer } from '../../src/backends/cuda/driver/api.js'
import { CudaContext } from '../../src/backends/cuda/context/context.js'
import { openCuda } from '../../src/backends/cuda/cuda.js'
import { limbScales, sampledMean } from '../../src/exact.js'
import { blobs } from './blobs.js'

const [n, k, d, iterations] = [204_800, 2048, 768, 10].map((value, i) => Number(process.argv[2 + i] ?? value))
const file = process.argv[6]
const x = file === undefined ? blobs(n, k, d) : new Float32Array(readFileSync(file).buffer, 0, n * d)
const points = { blocks: [x], n, d }
const backend = await openCuda()

interface Launch {
  context: CudaContext
  name: string
  from: Pointer
  to: Pointer
}
const launches: Launch[] = []
let recording = false
const plain = CudaContext.prototype.kernel
CudaContext.prototype.kernel = function (this: CudaContext, file, name, signature, options) {
  const launch = plain.call(this, file, name, signature, options)
  return (...args) => {
    if (!recording) return launch(...args)
    const [from, to] = [this.newEvent({ timed: true }), this.newEvent({ timed: true })]
    this.record(from)
    launch(...args)
    this.record(to)
    launches.push({ context: this, name, from, to })
  }
}

/** The launches since the call before: the sum for each name, in the order of the first. */
function taken(): string {
  const sums = new Map<string, { ms: number; count: number }>()
  for (const { context, name, from, to } of launches.splice(0)) {
    const sum = sums.get(name) ?? { ms: 0, count: 0 }
    sums.set(name, { ms: sum.ms + context.elapsed(from, to), count: sum.count + 1 })
    context.endEvent(from)
    context.endEvent(to)
  }
  return [...sums].map(([name, { ms, count }]) => `${name}${count > 1 ? `×${count}` : ''} ${ms.toFixed(3)}`).join('  ')
}

console.log(`n ${n} k ${k} d ${d}`)
for (const how of ['warm', 'kernels', 'apart', 'step'] as const) {
  recording = how === 'kernels'
  console.log(`-- ${how}`)
  const session = await backend.open(points, { k, precision: 'exact', chunkSizeData: Infinity, chunkSizeCentroids: Infinity })
  const { max } = await session.columnStats()
  await session.prepare({ scales: limbScales(max, n), mean: sampledMean(points), spherical: false })
  await session.setCentroids(x.slice(0, k * d))
  launches.splice(0)
  for (let i = 0; i < iterations; i++) {
    const start = performance.now()
    if (how === 'step') {
      const { changed } = await session.step()
      console.log(`${i + 1}: ${(performance.now() - start).toFixed(3)}  changed ${changed}`)
      continue
    }
    const { changed, rechecked } = await session.assign()
    const middle = performance.now()
    await session.update()
    const end = performance.now()
    const wall = `${i + 1}: E ${(middle - start).toFixed(3)}  M ${(end - middle).toFixed(3)}  changed ${changed} rechecked ${rechecked}`
    console.log(recording ? `${wall} | ${taken()}` : wall)
  }
  session.dispose()
}
