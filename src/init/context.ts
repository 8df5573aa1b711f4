/** @file What the ways to start have in common: the context they are given, and drawing rows in proportion to integers. */
import type { AssignOptions, Preparation, Session } from '../backends/backend.js'
import { exponentOf, limbBits, pow2, rint } from '../exact.js'
import type { Points } from '../points.js'
import type { Tell } from '../stages.js'
import { STREAM, random } from '../random.js'
import type { Random } from '../random.js'

/** One start of one run. All choices are made here on the host; distances come from the session, by the definition. */
export interface Start {
  session: Session
  n: number
  d: number
  k: number
  seed: number
  /** Number of the run, from 0. */
  redo: number
  preparation: Preparation
  /** Ends the start with an error; aborted by `deadline` as well. */
  signal?: AbortSignal
  /** Aborted when the time is over: the start then makes do with what it has chosen. */
  deadline?: AbortSignal
  /** Told how far the start is. */
  tell?: Tell
  /** A session over other points on the same device, to be disposed of by whoever asked for it. */
  open(points: Points, k: number): Promise<Session>
}

/** A stream of this run. */
export function streamOf({ seed, redo }: Pick<Start, 'seed' | 'redo'>, stream: keyof typeof STREAM): Random {
  return random(seed, STREAM[stream] + redo * 65_536)
}

/** The exponent e that brings the largest of n non-negative values to integers below 2^B, so that their sum stays below 2^53. */
export function integerExponent(max: number, n: number): number {
  return limbBits(n) - exponentOf(max)
}

/** One row drawn uniformly, or in proportion to the weights. */
export function drawRow(u: number, n: number, weights?: Float64Array): number {
  if (weights === undefined) return Math.floor(u * n)
  const scale = pow2(integerExponent(2, n))
  return drawFromSums(prefixSums(weights, scale), u)
}

/** Running sums of rint(value·scale): integers, exact. */
export function prefixSums(values: Float64Array, scale: number): Float64Array {
  const sums = new Float64Array(values.length)
  let running = 0
  for (let i = 0; i < values.length; i++) sums[i] = running += rint(values[i] * scale)
  return sums
}

/** The first index whose running sum exceeds u·total. */
export function drawFromSums(sums: Float64Array, u: number): number {
  const target = Math.floor(u * sums[sums.length - 1])
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle] > target) high = middle
    else low = middle + 1
  }
  return low
}

/** D of every row of the session to the nearest of `centers` (any number of them), by one E-step. */
export async function sqDistancesTo(session: Session, centers: Float32Array, options: AssignOptions): Promise<Float64Array> {
  await session.setCentroids(centers)
  await session.assign(options)
  return session.sqDistances()
}

/** w·D of every row to the nearest of `centers`. */
export async function weightedSqDistances(
  { session, preparation, signal }: Start,
  centers: Float32Array,
  onProgress?: AssignOptions['onProgress'],
): Promise<Float64Array> {
  const { weights } = preparation
  const distances = await sqDistancesTo(session, centers, { signal, onProgress })
  if (weights !== undefined) for (let i = 0; i < distances.length; i++) distances[i] *= weights[i]
  return distances
}

/** The largest value. */
export function maxOf(values: Float64Array): number {
  let max = 0
  for (let i = 0; i < values.length; i++) if (values[i] > max) max = values[i]
  return max
}
