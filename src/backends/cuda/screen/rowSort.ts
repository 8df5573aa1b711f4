/** @file Rows in the order of their keys (kernels/rowOrder.cu). */
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'

const THREADS = 256

/** Sorts n rows; memory is held until dispose(). */
export function createRowSort(context: CudaContext, n: number) {
  const countKeys = context.kernel('rowOrder', 'countKeys', 'plp')
  const startsOfKeys = context.kernel('rowOrder', 'startsOfKeys', 'pi')
  const placeRows = context.kernel('rowOrder', 'placeRows', 'plpp')
  let starts = { at: 0, k: 0 }
  return {
    /** Writes the n rows in the order of their keys, which are below 2k, to `to`; both are int32. */
    sort(keys: Pointer, k: number, to: Pointer): void {
      if (starts.k < k) {
        context.free(starts.at)
        starts = { at: 0, k: 0 }
        starts = { at: context.alloc(8 * k, 'rows of each label'), k }
      }
      context.fill(starts.at, 0, 8 * k)
      countKeys(Math.ceil(n / THREADS), THREADS, [keys, n, starts.at])
      startsOfKeys(1, 1024, [starts.at, k])
      placeRows(Math.ceil(n / THREADS), THREADS, [keys, n, starts.at, to])
    },
    /** Bytes of device memory held. */
    get bytes(): number {
      return 8 * starts.k
    },
    dispose(): void {
      context.free(starts.at)
    },
  }
}

/** Sorts so many rows as it was made for. */
export type RowSort = ReturnType<typeof createRowSort>
