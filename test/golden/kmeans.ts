/** @file Reads golden/kmeans.json and makes the points and starts that it only names, bit for bit; the counterpart of golden/kmeans.py. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { FastKMeans } from '../../src/fastkmeans.js'
import type { FastKMeansOptions } from '../../src/options.js'
import { loadDigits, loadIris, loadMnist, loadWine } from '../../src/datasets/index.js'
import { rowsOf } from '../../src/points.js'

/** A run of scikit-learn's KMeans(algorithm='lloyd', n_init=1). */
export interface GoldenRun {
  set: string
  k: number
  seed: number
  tol: number
  niter: number
  /** SHA-256 of the start. */
  init: string
  nIter: number
  weights?: 'integers' | 'reals'
  /** Starts of these clusters are moved to the value in every column. */
  moved?: [number, number][]
  gap: number
  inertia: number
  labels: string
}

interface Golden {
  sets: Record<string, { n: number; d: number; jitter: number; sha256: string }>
  lloyd: GoldenRun[]
  tolerance: GoldenRun[]
  weighted: GoldenRun[]
  empty: GoldenRun[]
  mnist: GoldenRun[]
  excluded: number
  predictions: { set: string; k: number; seed: number; labels: string; transform: number[]; score: number; weightedScore: number }[]
  potentials: { set: string; k: number; seeds: number; mean: number }[]
  faiss: { set: string; k: number; seed: number; niter: number; tol: number; obj: number[] }[]
}

export interface GoldenSet {
  x: Float32Array
  n: number
  d: number
  jitter: number
}

export const golden = JSON.parse(readFileSync(new URL('kmeans.json', import.meta.url), 'utf8')) as Golden

function mix(a: number): number {
  a ^= a >>> 16
  a = Math.imul(a, 0x7feb352d)
  a ^= a >>> 15
  a = Math.imul(a, 0x846ca68b)
  return (a ^ (a >>> 16)) >>> 0
}

const hash32 = (seed: number, index: number): number => mix(mix(seed + 1) ^ index)
const bytesSum = (h: number): number => (h & 255) + ((h >>> 8) & 255) + ((h >>> 16) & 255) + (h >>> 24)

function blobs(n: number, d: number, groups: number, seed: number, shift = 22): Float32Array {
  return Float32Array.from({ length: n * d }, (_, index) => {
    const group = hash32(seed, Math.floor(index / d)) % groups
    const centre = hash32(seed + 1, group * d + (index % d)) >>> shift
    return (centre * 4096 + bytesSum(hash32(seed + 2, index)) * 4096 + (hash32(seed + 3, index) >>> 20)) / 4096
  })
}

const MAKE: Record<string, () => Float32Array | Promise<Float32Array>> = {
  iris: async () => flat(await loadIris()),
  wine: async () => flat(await loadWine()),
  digits: async () => flat(await loadDigits()),
  mnist: async () => flat(await loadMnist()),
  blobs1: () => blobs(1200, 1, 6, 10),
  blobs2: () => blobs(1200, 2, 9, 20),
  blobs17: () => blobs(1000, 17, 6, 30),
  blobs100: () => blobs(800, 100, 5, 40, 25),
  blobs128: () => blobs(1000, 128, 7, 50, 25),
  blobs300: () => blobs(600, 300, 4, 60, 25),
}

const flat = ({ x }: Awaited<ReturnType<typeof loadIris>>): Float32Array => rowsOf(x, 0, x.n)
const made = new Map<string, GoldenSet>()

/** The points of a set. @throws Error where they are not the bits that scikit-learn was given */
export async function goldenSet(name: string): Promise<GoldenSet> {
  const known = made.get(name)
  if (known !== undefined) return known
  const { n, d, jitter, sha256 } = golden.sets[name]
  const x = await MAKE[name]()
  checkBits(`points of ${name}`, x, sha256)
  made.set(name, { x, n, d, jitter })
  return made.get(name)!
}

/** Means of two points plus jitter, k·d values. */
export function goldenStart(
  { x, n, d, jitter }: GoldenSet,
  { k, seed, moved = [], init }: Pick<GoldenRun, 'k' | 'seed' | 'moved'> & { init?: string },
): Float32Array {
  const start = Float32Array.from({ length: k * d }, (_, index) => {
    const j = Math.floor(index / d)
    const t = index % d
    const a = hash32(seed, 2 * j) % n
    const b = hash32(seed, 2 * j + 1) % n
    return (x[a * d + t] + x[b * d + t]) / 2 + ((bytesSum(hash32(seed + 1, index)) - 510) / 1024) * jitter
  })
  for (const [j, value] of moved) start.fill(value, j * d, (j + 1) * d)
  if (init !== undefined) checkBits('start', start, init)
  return start
}

export function goldenWeights(n: number, seed: number, kind: 'integers' | 'reals'): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    const h = hash32(seed, i)
    return kind === 'integers' ? h % 5 : ((h >>> 20) + 1) / 256
  })
}

export const unpackLabels = (packed: string): Uint8Array => new Uint8Array(inflateSync(Buffer.from(packed, 'base64')))

/** The golden run done here, with scikit-learn's rules, and how many labels differ. */
export async function replay(run: GoldenRun, options: FastKMeansOptions = {}): Promise<{ km: FastKMeans; differing: number }> {
  const set = await goldenSet(run.set)
  const km = new FastKMeans(set.d, run.k, {
    device: 'reference',
    init: goldenStart(set, run),
    niter: run.niter,
    tol: run.tol,
    tolMode: 'sklearn',
    emptyCluster: 'farthest',
    maxPointsPerCentroid: null,
    minPointsPerCentroid: 0,
    ...options,
  })
  const sampleWeight = run.weights && goldenWeights(set.n, run.seed + 2, run.weights)
  await km.train(set.x, { sampleWeight })
  const expected = unpackLabels(run.labels)
  return { km, differing: km.labels.reduce((sum, label, i) => sum + Number(label !== expected[i]), 0) }
}

function checkBits(what: string, x: Float32Array, sha256: string): void {
  const found = createHash('sha256')
    .update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))
    .digest('hex')
  if (found !== sha256) throw new Error(`golden ${what}: expected SHA-256 ${sha256}, got ${found}`)
}
