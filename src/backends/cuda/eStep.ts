/** @file The E-step on the device: labels of rows that lie there, by the definition alone (kernels/assignPlain.cu). */
import { eventLoop } from '../../pace.js'
import type { AssignOptions, AssignResult, Plan } from '../backend.js'
import type { Pointer } from './api.js'
import type { CudaContext } from './context.js'

/** Rows on the device. */
export interface EStepPoints {
  /** n × d float32, row-major. */
  x: Pointer
  n: number
  d: number
  /** d float32: the origin that suits the points. */
  mean: Pointer
}

export interface EStepOptions extends AssignOptions {
  /** Whether `labels` holds those of an earlier E-step: a warm start. */
  hasPrevious: boolean
  precision: Plan['precision']
}

export interface EStep {
  /**
   * Writes the labels of k centroids (k × d float32 on the device). Where it throws, what `labels` holds is undefined.
   * @param labels n int32 on the device: in, the labels before, if there are any; out, the new
   */
  assign(centroids: Pointer, k: number, labels: Pointer, options: EStepOptions): Promise<AssignResult>
  /** Device memory held. */
  readonly bytes: number
  dispose(): void
}

/** Multiplications of one launch: some tens of milliseconds on a device with fast float64. */
const LAUNCH = 1e11
/** Rows of a block of threads. */
const TILE = 64
const THREADS = 256

export function createEStep(context: CudaContext, { x, n, d }: EStepPoints): EStep {
  const assign = context.kernel('assignPlain', 'assign_plain', 'plipip')
  const countChanged = context.kernel('assignPlain', 'count_changed', 'pplp')
  const before = context.alloc(n * 4, 'labels')
  const changed = context.alloc(8, 'a counter')
  const launched = context.newEvent()
  return {
    bytes: n * 4 + 8,
    async assign(centroids, k, labels, { hasPrevious, signal, onProgress }) {
      if (hasPrevious) context.copy(before, labels, n * 4)
      const rows = Math.max(1, Math.floor(LAUNCH / (k * d) / TILE)) * TILE
      for (let first = 0; first < n; first += rows) {
        const count = Math.min(rows, n - first)
        assign(Math.ceil(count / TILE), [16, 16], [x + first * d * 4, count, d, centroids, k, labels + first * 4])
        context.record(launched)
        if (first + count < n) {
          await context.happened(launched)
          await eventLoop()
          signal?.throwIfAborted()
          onProgress?.((first + count) / n)
        }
      }
      if (!hasPrevious) return { changed: n, rechecked: 0 }
      context.fill(changed, 0, 8)
      countChanged(Math.ceil(n / THREADS), THREADS, [before, labels, n, changed])
      const [count] = await context.read(new BigUint64Array(1), changed)
      return { changed: Number(count), rechecked: 0 }
    },
    dispose() {
      context.endEvent(launched)
      context.free(before)
      context.free(changed)
    },
  }
}
