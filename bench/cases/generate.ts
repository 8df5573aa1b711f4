/** @file The points of a case: seeded, the same bits on every platform (only + − × ÷ √ and the normal numbers of src/datasets). */
import { loadDigits, loadIris, loadMnist, loadWine } from '../../src/datasets/index.js'
import { normals } from '../../src/datasets/normal.js'
import { random } from '../../src/random.js'
import type { BenchCase, Kind } from './cases.js'
import { loadFashionMnist } from './fashionMnist.js'

export interface Generated {
  /** n·d values in blocks of whole rows. */
  blocks: readonly Float32Array[]
  /** n classes, where there are any. */
  labels?: Int32Array
}

/** A case whose points are made in one go; those of the seed's benchmark are made in parts (parts.ts). */
export type Generatable = Omit<BenchCase, 'kind'> & { kind: Exclude<Kind, 'blobs' | 'iid'> }

/** Sets that are read. */
const REAL = { fashion: loadFashionMnist, iris: loadIris, wine: loadWine, digits: loadDigits, mnist: loadMnist }

export const isReal = (kind: Kind): kind is keyof typeof REAL => kind in REAL

/** Of all points. */
const SEED = 0
const CENTRES = 7
const NOISE = 8
const CHOICE = 9
/** Length of a SIFT descriptor, about. */
const SIFT_NORM = 512
const BYTE_MAX = 218
/** Columns over which the embeddings' spread falls to a half. */
const FALL_OFF = 64

/** @throws Error where the points are not on this machine */
export async function generate({ kind, n, d, k }: Generatable): Promise<Generated> {
  if (isReal(kind)) {
    const { x, labels } = await REAL[kind]()
    return { blocks: x.blocks, labels }
  }
  const labels = new Int32Array(n)
  const { integer } = random(SEED, CHOICE)
  for (let i = 0; i < n; i++) labels[i] = integer(i, k)
  const centres = new Float64Array(k * d)
  normals(SEED, CENTRES)(centres, 0)
  const x = new Float32Array(n * d)
  const noise = normals(SEED, NOISE)
  const z = new Float64Array(d)
  for (let i = 0; i < n; i++) {
    noise(z, i * d)
    ROWS[kind](x.subarray(i * d, (i + 1) * d), z, centres.subarray(labels[i] * d, (labels[i] + 1) * d))
  }
  return { blocks: [x], ...(kind !== 'scaled' && { labels }) }
}

/** Makes one row of standard normal noise z and of its class's centre. */
type RowOf = (out: Float32Array, z: Float64Array, centre: Float64Array) => void

const ROWS: Record<'tokens' | 'scaled' | 'bytes' | 'embeddings', RowOf> = {
  tokens(out, z, centre) {
    unit(z, (t) => centre[t] + z[t], out)
  },
  scaled(out, z) {
    for (let t = 0; t < z.length; t++) out[t] = t === 0 ? 1000 * z[t] : z[t]
  },
  bytes(out, z, centre) {
    // Most of a descriptor's entries are small: squares of normal numbers are.
    unit(z, (t) => centre[t] * centre[t] + 0.5 * z[t] * z[t], out)
    for (let t = 0; t < z.length; t++) out[t] = Math.min(BYTE_MAX, Math.round(SIFT_NORM * out[t]))
  },
  embeddings(out, z, centre) {
    unit(z, (t) => (centre[t] + z[t]) / (1 + t / FALL_OFF), out)
  },
}

/** Writes value(t), t < d, divided by their norm. */
function unit({ length }: Float64Array, value: (t: number) => number, out: Float32Array): void {
  let norm = 0
  for (let t = 0; t < length; t++) norm += value(t) * value(t)
  norm = Math.sqrt(norm)
  for (let t = 0; t < length; t++) out[t] = value(t) / norm
}
