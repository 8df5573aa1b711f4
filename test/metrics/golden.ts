/** @file Reads golden/metrics.json, and makes the labels and points that it only names; the counterpart of golden/metrics.py. */

import { readFileSync } from 'node:fs'
import type { Label } from '../../src/metrics/labels.js'

interface MadeLabels {
  n: number
  k: number
  salt: number
  skewed?: boolean
  share?: number
}
interface WrittenPoints {
  over: number
  d: number
  values: string | number[]
}
interface MadePoints {
  dtype: 'float32' | 'float64'
  n: number
  d: number
  k: number
  salt: number
  offset?: number
}

export interface LabelCase {
  name: string
  t: string | Label[] | MadeLabels
  p: string | Label[] | MadeLabels
  scores: Record<string, number>
  'pair_confusion_matrix(t, p)': number[][]
  'contingency_matrix(t, p)'?: number[][]
}

export interface PointCase {
  name: string
  x: string | WrittenPoints | MadePoints
  labels?: string | Label[]
  scores: Record<string, number>
  "silhouette_samples(cdist(x, x), labels, metric='precomputed')"?: number[]
}

interface Golden {
  versions: Record<string, string>
  labels: LabelCase[]
  points: PointCase[]
}

/** Scores of scikit-learn, each under the Python call that made it. */
export const golden = JSON.parse(readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8')) as Golden

/** The finaliser of MurmurHash3 over index and salt. */
export function hash32(index: number, salt: number): number {
  let h = (Math.imul(index, 0x9e3779b1) + Math.imul(salt, 0x85ebca77)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** n labels below k; a share of them copied from `of`. */
export function madeLabels({ n, k, salt, skewed = false, share }: MadeLabels, of?: Int32Array): Int32Array {
  const labels = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const u = hash32(i, salt) / 2 ** 32
    const isCopy = share !== undefined && of !== undefined && hash32(i, salt + 1) < share * 2 ** 32
    labels[i] = isCopy ? of[i] % k : Math.floor((skewed ? u * u : u) * k)
  }
  return labels
}

/** Points around k places, and the number of the place of each. */
export function madePoints({ n, d, k, salt, offset = 0 }: Omit<MadePoints, 'dtype'>): { x: Float64Array; labels: Int32Array } {
  const labels = madeLabels({ n, k, salt })
  const x = new Float64Array(n * d)
  for (let at = 0; at < x.length; at++) {
    const bits = hash32(at, salt + 1)
    const noise = ((bits & 127) + ((bits >>> 8) & 127) + ((bits >>> 16) & 127) + ((bits >>> 24) & 127)) / 128
    x[at] = offset + (hash32(labels[Math.floor(at / d)] * d + (at % d), salt + 2) & 15) / 4 + noise
  }
  return { x, labels }
}

const digits = (text: string): Int32Array => Int32Array.from(text, (digit) => Number.parseInt(digit, 36))

/** The labels of a case. */
export function labelsOf({ t, p }: LabelCase): [ArrayLike<Label>, ArrayLike<Label>] {
  const made = (labels: LabelCase['t'], of?: ArrayLike<Label>): ArrayLike<Label> => {
    if (typeof labels === 'string') return digits(labels)
    return Array.isArray(labels) ? labels : madeLabels(labels, of as Int32Array)
  }
  const labelsTrue = made(t)
  return [labelsTrue, made(p, labelsTrue)]
}

/** The points and labels of a case; float32 where every value is one. */
export function pointsOf({ name, x, labels }: PointCase): { x: Float32Array | Float64Array; d: number; labels: ArrayLike<Label> } {
  const written = typeof x === 'string' ? golden.points.find((other) => other.name === `${x}, classes`)!.x : x
  if (typeof written === 'string') throw new Error(`golden ${name}: expected points, got a name of a name`)
  if ('dtype' in written) {
    const made = madePoints(written)
    return { ...made, x: written.dtype === 'float32' ? Float32Array.from(made.x) : made.x, d: written.d }
  }
  const values = typeof written.values === 'string' ? digits(written.values) : written.values
  const given = typeof labels === 'string' ? digits(labels) : labels!
  return { x: Float64Array.from(values, (value) => value / written.over), d: written.d, labels: given }
}
