/** @file Independent ways to the same results: brute force, exact rational arithmetic, and a generator that is not the library's. */
import { expect } from 'vitest'
import type { FastKMeans } from '../src/fastkmeans.js'
import { expectClose, expectSame } from './matchers.js'

/** Uniform in [0, 1): Tommy Ettinger's mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const KINDS: Record<string, (u: () => number, row: number) => number> = {
  uniform: (u) => u() * 2 - 1,
  lattice: (u) => Math.floor(u() * 4),
  bytes: (u) => (u() < 0.7 ? 0 : Math.floor(u() * 256)),
  offset: (u) => 1000 + u(),
  groups: (u, row) => (row % 5) * 3 + u(),
  mixed: (u) => (u() - 0.5) * 10 ** Math.floor(u() * 12 - 6),
}
export const kinds = Object.keys(KINDS)

/** n·d values of a kind. */
export function makePoints(seed: number, n: number, d: number, kind: string): Float32Array {
  const u = generator(seed)
  return Float32Array.from({ length: n * d }, (_, i) => KINDS[kind](u, Math.floor(i / d)))
}

/** An integer of [low, high] by a generator. */
export const integerOf = (u: () => number, low: number, high: number): number => low + Math.floor(u() * (high - low + 1))

/** A random permutation of 0 … n−1. */
export function permutation(u: () => number, n: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = integerOf(u, 0, i)
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}

export function permuteRows(x: Float32Array, d: number, order: readonly number[]): Float32Array {
  const permuted = new Float32Array(order.length * d)
  order.forEach((from, to) => permuted.set(x.subarray(from * d, (from + 1) * d), to * d))
  return permuted
}

/** All squared distances of one row, by the definition. */
export function distancesOf(row: ArrayLike<number>, c: Float32Array, d: number): number[] {
  return Array.from({ length: c.length / d }, (_, j) => {
    let sum = 0
    for (let t = 0; t < d; t++) sum += (row[t] - c[j * d + t]) ** 2
    return sum
  })
}

/** Labels by brute force: the lowest index of the smallest distance. */
export function nearestLabels(x: Float32Array, c: Float32Array, d: number): Int32Array {
  return Int32Array.from({ length: x.length / d }, (_, i) => {
    const distances = distancesOf(x.subarray(i * d, (i + 1) * d), c, d)
    return distances.indexOf(distances.reduce((a, b) => Math.min(a, b)))
  })
}

/** Σ w·D in float64. */
export function inertiaBy(x: Float32Array, c: Float32Array, labels: ArrayLike<number>, d: number, weights?: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < labels.length; i++)
    for (let t = 0; t < d; t++) sum += (weights?.[i] ?? 1) * (x[i * d + t] - c[labels[i] * d + t]) ** 2
  return sum
}

/** Labels, counts and inertia of a model are those of its centroids, over the points it was trained on. */
export function expectBelongsTogether(km: FastKMeans, x: Float32Array, context: string, weights?: ArrayLike<number>): void {
  const { d, k, labels, counts } = km
  expectSame(labels, nearestLabels(x, km.centroids, d), `${context}: labels`)
  const expected = new Uint32Array(k)
  for (const label of labels) expected[label]++
  expectSame(counts, expected, `${context}: counts`)
  expectClose(km.inertia, inertiaBy(x, km.centroids, labels, d, weights), 'float64', `${context}: inertia`)
  expect(km.nIter, `${context}: nIter`).toBe(km.iterationStats.length)
}

/** value·2^shift as an integer; exact where that is one. */
export const integer = (value: number, shift: number): bigint => BigInt(value * 2 ** shift)

/** The nearest integer of p / 2^shift, ties to even. */
export function roundShift(p: bigint, shift: bigint): bigint {
  if (shift <= 0n) return p << -shift
  const floor = p >> shift
  const twice = (p - (floor << shift)) * 2n
  const one = 1n << shift
  return twice > one || (twice === one && floor % 2n !== 0n) ? floor + 1n : floor
}

/** p / q as a float64, within a few units in the last place. */
export function ratio(p: bigint, q: bigint): number {
  const size = BigInt(Math.max(0, q.toString(2).length + 120 - p.toString(2).length))
  return Number((p << size) / q) / 2 ** Number(size)
}
