/**
 * @file The passes of k-means++ over points in JavaScript's memory: closest squared distances by the definition, potentials as sums of
 * integers, and drawing rows in proportion to them.
 */
import { distanceBelow, pow2, rint } from '../exact.js'
import { pace } from '../pace.js'
import { rowsOf } from '../points.js'
import type { Points } from '../points.js'
import type { Preparation } from './backend.js'

export interface HostSeeding {
  seedWith(centers: Float32Array, options: { anew?: boolean; signal?: AbortSignal }): Promise<number>
  potentials(candidates: Float32Array, exponent: number, options: { signal?: AbortSignal }): Promise<Float64Array>
  pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array>
}

/** Values between two looks at the clock. */
const GRAIN = 65_536
export function hostSeeding(points: Points, { weights }: Pick<Preparation, 'weights'>): HostSeeding {
  const { n, d } = points
  const closest = new Float64Array(n).fill(Infinity)
  const weighted = (i: number, distance: number): number => (weights === undefined ? distance : weights[i] * distance)

  async function eachRow(visit: (x: Float32Array, xAt: number, row: number) => void, cost: number, signal?: AbortSignal): Promise<void> {
    const clock = pace(signal)
    const grain = Math.max(1, Math.floor(GRAIN / (d * cost)))
    for (let start = 0; start < n; start += grain) {
      if (clock.due()) await clock.rest()
      const end = Math.min(n, start + grain)
      const x = rowsOf(points, start, end)
      for (let i = start; i < end; i++) visit(x, (i - start) * d, i)
    }
  }

  return {
    async seedWith(centers, { anew = false, signal }) {
      if (anew) closest.fill(Infinity)
      let max = 0
      const m = centers.length / d
      await eachRow(
        (x, xAt, i) => {
          for (let j = 0; j < m; j++) closest[i] = distanceBelow(closest[i], x, xAt, centers, j * d, d)
          max = Math.max(max, weighted(i, closest[i]))
        },
        m,
        signal,
      )
      return max
    },

    async potentials(candidates, exponent, { signal }) {
      const scale = pow2(exponent)
      const m = candidates.length / d
      const sums = new Float64Array(m)
      await eachRow(
        (x, xAt, i) => {
          for (let j = 0; j < m; j++) sums[j] += rint(weighted(i, distanceBelow(closest[i], x, xAt, candidates, j * d, d)) * scale)
        },
        m,
        signal,
      )
      return sums
    },

    async pick(uniforms, exponent) {
      const scale = pow2(exponent)
      let total = 0
      for (let i = 0; i < n; i++) total += rint(weighted(i, closest[i]) * scale)
      const targets = Float64Array.from(uniforms, (u) => Math.floor(u * total))
      const rows = new Uint32Array(uniforms.length)
      const order = Array.from(targets.keys()).sort((a, b) => targets[a] - targets[b])
      let running = 0
      let next = 0
      for (let i = 0; i < n && next < order.length; i++) {
        running += rint(weighted(i, closest[i]) * scale)
        for (; next < order.length && running > targets[order[next]]; next++) rows[order[next]] = i
      }
      return rows
    },
  }
}
