/**
 * @file The reference backend: plain float64 loops, the specification in code. Every other backend is compared with it, bit for bit. For
 * small problems it is also the fastest, since nothing has to start.
 */
import { nearest } from '../exact.js'
import type { AssignOptions, Backend } from './backend.js'
import { HostSession } from './hostSession.js'
import { pace } from '../pace.js'
import { rowsOf } from '../points.js'

/** Number of multiplications before the clock is read again. */
const GRAIN = 1_000_000

class ReferenceSession extends HostSession {
  protected override async assignLabels(
    labels: Int32Array,
    _previous: Int32Array | null,
    options: AssignOptions,
  ): Promise<{ rechecked: number }> {
    const { n, d } = this.points
    const k = this.current.length / d
    const clock = pace(options.signal)
    const grain = Math.max(1, Math.floor(GRAIN / (k * d)))
    for (let start = 0; start < n; start += grain) {
      if (clock.due()) {
        options.onProgress?.(start / n)
        await clock.rest()
      }
      const end = Math.min(n, start + grain)
      const x = rowsOf(this.points, start, end)
      for (let i = start; i < end; i++) labels[i] = nearest(x, (i - start) * d, this.current, k, d)
    }
    return { rechecked: 0 }
  }
}

/** The reference backend. */
export const reference: Backend = {
  name: 'reference',
  open: async (points, plan) => new ReferenceSession(points, plan),
}
