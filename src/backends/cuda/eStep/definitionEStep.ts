/**
 * @file The E-step by the definition alone (kernels/assignPlain.cu): for small problems, and for more columns than the bounds are made for.
 */
import { eventLoop } from '../../../pace.js'
import type { CudaContext } from '../context/context.js'
import type { EStep, EStepPoints } from './eStepTypes.js'

/** Multiplications of one launch: some tens of milliseconds on a device with fast float64. */
const LAUNCH = 1e11
/** Of an E-step that is over in less than a millisecond. */
const QUICK = 2 ** 31
/** Rows of a block of threads. */
const TILE = 64
const THREADS = 256

/** Holds memory until dispose(). */
export function createDefinitionEStep(context: CudaContext, { x, n, d }: EStepPoints): EStep {
  const assign = context.kernel('assignPlain', 'assign_plain', 'plipip')
  const countChanged = context.kernel('assignPlain', 'count_changed', 'pplp')
  const changed = context.alloc(8, 'a counter')
  const launched = context.newEvent()
  const rowsAtOnce = (k: number): number => Math.max(1, Math.floor(LAUNCH / (k * d) / TILE)) * TILE
  return {
    bytes: 8,
    reserve() {},
    quick: (k) => n <= rowsAtOnce(k) && n * k * d <= QUICK,
    drop() {},
    async give(centroids, k, { before, after }, { hasPrevious, signal, onProgress }) {
      const rows = rowsAtOnce(k)
      for (let first = 0; first < n; first += rows) {
        const count = Math.min(rows, n - first)
        assign(Math.ceil(count / TILE), [16, 16], [x + first * d * 4, count, d, centroids, k, after + first * 4])
        if (first + count === n) break
        context.record(launched)
        await context.happened(launched)
        await eventLoop()
        signal?.throwIfAborted()
        onProgress?.((first + count) / n)
      }
      if (hasPrevious) {
        context.fill(changed, 0, 8)
        countChanged(Math.ceil(n / THREADS), THREADS, [before, after, n, changed])
      }
      return {
        counters: [changed, 8],
        done: (counters) => ({ changed: hasPrevious ? Number(new BigUint64Array(counters, 0, 1)[0]) : n, rechecked: 0 }),
      }
    },
    dispose() {
      context.endEvent(launched)
      context.free(changed)
    },
  }
}
