/** @file The rows of generated cases: seeded, the same bits on every platform (only + − × ÷ √ and the normal numbers of src/datasets). */
import { normals } from '../../src/datasets/normal.js'
import { speedbenchRows } from '../../src/datasets/speedbench.js'
import { random } from '../../src/random.js'
import type { BenchCase, Kind } from './cases.js'
import type { RealSet } from './real.js'

/** The kinds of points that are computed; all others are read from files. */
export type GeneratedKind = Exclude<Kind, RealSet>

/** Writes the rows first, first + 1, … of `block`, and their classes. Any row may be made without those before it. */
export type WriteRows = (first: number, block: Float32Array, labels: Int32Array) => void

/** The seed of all points, and the stream of random numbers for each of centres, noise and classes. */
const SEED = 0
const CENTRES = 7
const NOISE = 8
const CHOICE = 9
/** The norm of a SIFT descriptor, about. */
const SIFT_NORM = 512
const BYTE_MAX = 218
/** After so many columns the embeddings' spread has fallen to a half. */
const FALL_OFF = 64

/** Whether the rows have classes. */
export const hasClasses = (kind: GeneratedKind): boolean => kind !== 'iid' && kind !== 'scaled'

export function generatedRows({ kind, d, k }: Pick<BenchCase, 'd' | 'k'> & { kind: GeneratedKind }): WriteRows {
  if (kind === 'blobs' || kind === 'iid')
    return speedbenchRows({ k, d, seed: SEED, randomClusters: kind === 'iid' }, new Float32Array(k * d))
  const { integer } = random(SEED, CHOICE)
  const centres = new Float64Array(k * d)
  normals(SEED, CENTRES)(centres, 0)
  const noise = normals(SEED, NOISE)
  const z = new Float64Array(d)
  return (first, block, labels) => {
    for (let i = 0; i < labels.length; i++) {
      labels[i] = integer(first + i, k)
      noise(z, (first + i) * d)
      ROWS[kind](block.subarray(i * d, (i + 1) * d), z, centres.subarray(labels[i] * d, (labels[i] + 1) * d))
    }
  }
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
