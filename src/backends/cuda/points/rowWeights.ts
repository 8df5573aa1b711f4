/** @file The weights of the rows on the device, where there are any. */
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'

/** Room for the weights of n rows: n float64 on the device, taken where there are any, freed with them or with the context. */
export function rowWeights(context: CudaContext, n: number) {
  let at: Pointer = 0
  let there: Float64Array | undefined
  return {
    /** n float64, or 0. */
    get at() {
      return at
    },
    /** Takes other weights, or none. */
    set(weights: Float64Array | undefined): void {
      if (weights === there) return
      there = weights
      if (weights === undefined) {
        context.free(at)
        at = 0
        return
      }
      at ||= context.alloc(8 * n, 'weights')
      context.write(at, weights)
    },
  }
}
