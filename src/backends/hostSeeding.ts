/**
 * @file The passes of k-means++ over points in JavaScript's memory: the squared distance of each row to its closest center, by the
 * definition; potentials, which are sums of these as integers; and drawing rows in proportion to them. A backend may offer a screen, which
 * rules out most pairs of row and center beforehand.
 */
import { distanceBelow, pow2, rint } from '../exact.js'
import { pace } from '../pace.js'
import { rowsOf } from '../points.js'
import type { Points } from '../points.js'
import type { Preparation } from './backend.js'

/** The passes of k-means++ of one session (Session.seedWith, potentials, pick). */
export interface HostSeeding {
  seedWith(centers: Float32Array, options: { anew?: boolean; signal?: AbortSignal }): Promise<number>
  potentials(candidates: Float32Array, exponent: number, options: { signal?: AbortSignal }): Promise<Float64Array>
  pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array>
}

/** Lower bounds of D for some rows. */
export interface LowerBounds {
  /** The first row. */
  start: number
  /** Number of rows. */
  rows: number
  /** rows × m values; 0 where nothing is known. */
  lower: Float64Array
}

/** A backend's fast pass: yields lower bounds of the squared distances from all rows, in order, to m centers (m·d values). */
export type SeedScreen = (centers: Float32Array) => AsyncIterable<LowerBounds>

/** Number of values computed before the clock is read again. */
const GRAIN = 65_536

/** Rows are drawn in proportion to weight · squared distance to the closest center. */
interface Potential {
  /** n squared distances to the closest center. */
  closest: Float64Array
  weights?: Float64Array
}

const potentialOf = ({ closest, weights }: Potential, i: number, scale: number): number =>
  rint((weights === undefined ? closest[i] : weights[i] * closest[i]) * scale)

/** Σ rint(w·closest·scale) over all rows. */
async function totalOf(p: Potential, scale: number, signal?: AbortSignal): Promise<number> {
  const clock = pace(signal)
  let sum = 0
  for (let start = 0; start < p.closest.length; start += GRAIN) {
    if (clock.due()) await clock.rest()
    const end = Math.min(p.closest.length, start + GRAIN)
    for (let i = start; i < end; i++) sum += potentialOf(p, i, scale)
  }
  return sum
}

/** Session.pick, for squared distances and weights in JavaScript's memory. */
export async function pickRows(p: Potential, uniforms: Float64Array, exponent: number): Promise<Uint32Array> {
  const scale = pow2(exponent)
  const sum = await totalOf(p, scale)
  const targets = Float64Array.from(uniforms, (u) => Math.floor(u * sum))
  const rows = new Uint32Array(uniforms.length)
  const order = Array.from(targets.keys()).sort((a, b) => targets[a] - targets[b])
  let running = 0
  let next = 0
  for (let i = 0; i < p.closest.length && next < order.length; i++) {
    running += potentialOf(p, i, scale)
    for (; next < order.length && running > targets[order[next]]; next++) rows[order[next]] = i
  }
  return rows
}

/**
 * The passes over given points.
 * @param screen lower bounds by which most distances need not be computed. Default: none, all are computed
 */
export function hostSeeding(points: Points, { weights }: Pick<Preparation, 'weights'>, screen?: SeedScreen): HostSeeding {
  const { n, d } = points
  const closest = new Float64Array(n).fill(Infinity)
  const weighted = (i: number, distance: number): number => (weights === undefined ? distance : weights[i] * distance)

  /** Calls `visit` for every row and center whose D is below the row's closest. */
  async function eachCloser(
    centers: Float32Array,
    visit: (row: number, center: number, distance: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const clock = pace(signal)
    const m = centers.length / d
    const grain = Math.max(1, Math.floor(GRAIN / (d * m)))
    const everything: LowerBounds[] = [{ start: 0, rows: n, lower: new Float64Array(0) }]
    for await (const { start, rows, lower } of screen?.(centers) ?? everything) {
      for (let from = start; from < start + rows; from += grain) {
        if (clock.due()) await clock.rest()
        const to = Math.min(start + rows, from + grain)
        const x = rowsOf(points, from, to)
        for (let i = from; i < to; i++) {
          for (let j = 0; j < m; j++) {
            if (lower[(i - start) * m + j] >= closest[i]) continue
            const distance = distanceBelow(closest[i], x, (i - from) * d, centers, j * d, d)
            if (distance < closest[i]) visit(i, j, distance)
          }
        }
      }
    }
  }

  return {
    async seedWith(centers, { anew = false, signal }) {
      if (anew) closest.fill(Infinity)
      await eachCloser(centers, (i, _, distance) => (closest[i] = distance), signal)
      let max = 0
      for (let i = 0; i < n; i++) max = Math.max(max, weighted(i, closest[i]))
      return max
    },

    async potentials(candidates, exponent, { signal }) {
      const scale = pow2(exponent)
      const sums = new Float64Array(candidates.length / d).fill(await totalOf({ closest, weights }, scale, signal))
      const visit = (i: number, j: number, distance: number): void => {
        sums[j] += rint(weighted(i, distance) * scale) - rint(weighted(i, closest[i]) * scale)
      }
      await eachCloser(candidates, visit, signal)
      return sums
    },

    pick: (uniforms, exponent) => pickRows({ closest, weights }, uniforms, exponent),
  }
}
