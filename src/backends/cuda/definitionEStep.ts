/** @file The E-step by the definition alone (kernels/assignPlain.cu): for small problems, and for more columns than the bounds are made for. */
import { eventLoop } from '../../pace.js'
import type { CudaContext } from './context.js'
import type { EStep, EStepPoints } from './eStepTypes.js'

/** Multiplications of one launch: some tens of milliseconds on a device with fast float64. */
const LAUNCH = 1e11
/** Rows of a block of threads. */
const TILE = 64
const THREADS = 256

/** Holds memory until dispose(). */
export function createDefinitionEStep(context: CudaContext, { x, n, d }: EStepPoints): EStep {
  const assign = context.kernel('assignPlain', 'assign_plain', 'plipip')
  const countChanged = context.kernel('assignPlain', 'count_changed', 'pplp')
  const before = context.alloc(n * 4, 'labels')
  const changed = context.alloc(8, 'a counter')
  const launched = context.newEvent()
  return {
    bytes: n * 4 + 8,
    reserve() {},
    async assign(centroids, k, labels, { hasPrevious, signal, onProgress, launched: whenLaunched }) {
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
      if (hasPrevious) {
        context.fill(changed, 0, 8)
        countChanged(Math.ceil(n / THREADS), THREADS, [before, labels, n, changed])
      }
      whenLaunched?.()
      if (!hasPrevious) return { changed: n, rechecked: 0 }
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
