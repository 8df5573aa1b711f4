/** @file Integer limb sums by label on the device (kernels/sums.cu), and the M-step from them (kernels/update.cu). */
import { pow2 } from '../../exact.js'
import type { Limbs, Preparation, UpdateResult } from '../backend.js'
import type { Pointer } from './api.js'
import type { CentroidStore } from './centroidStore.js'
import type { CudaContext } from './context.js'
import type { Panels } from './panels.js'

/** Rows of a block of threads, and blocks at most: enough to fill any device. */
const WARPS = 8
const MOST_BLOCKS = 16_384
const THREADS = 128

export interface CudaLimbSums {
  /** Brings the sums to the labels. */
  follow(panels: Panels, labels: Pointer, weights: Pointer): Promise<void>
  /** A copy on the host. */
  read(): Promise<Limbs>
  /** The next centroids, made the current ones. @param given sums of more than these points, in place of the own */
  update(centroids: CentroidStore, mean: Pointer, given?: Limbs): Promise<UpdateResult>
  dispose(): void
}

/** Empty sums of k clusters over n points. */
export function cudaLimbSums(context: CudaContext, n: number, k: number, preparation: Preparation): CudaLimbSums {
  const { scales, weights, spherical } = preparation
  const { bits } = scales
  const d = scales.exponents.length
  const followLabels = context.kernel('sums', 'follow_labels', 'plippppdpppp')
  const updateCentroids = context.kernel('update', 'update_centroids', 'ppppipddiipppppp')
  const sumsBytes = 8 * (2 * k * d + 2 * k)
  const hi = context.alloc(sumsBytes, 'sums')
  const lo = hi + 8 * k * d
  const counts = lo + 8 * k * d
  const countsLow = counts + 8 * k
  const summed = context.alloc(4 * n, 'labels')
  const scale = context.alloc(16 * d, 'scales')
  const results = context.alloc(24 * k, 'results')
  context.fill(hi, 0, sumsBytes)
  context.fill(summed, 0xff, 4 * n)
  context.write(scale, Float64Array.from(scales.exponents, pow2))
  context.write(
    scale + 8 * d,
    Float64Array.from(scales.exponents, (exponent) => pow2(-exponent)),
  )
  let foreign: Pointer = 0

  async function read(): Promise<Limbs> {
    const all = await context.read(new Float64Array(sumsBytes / 8), hi)
    const kd = k * d
    return {
      hi: all.slice(0, kd),
      lo: all.slice(kd, 2 * kd),
      counts: all.slice(2 * kd, 2 * kd + k),
      countsLow: all.slice(2 * kd + k),
    }
  }

  return {
    follow: (panels, labels, rowWeights) =>
      panels.each(({ first, rows, x }) => {
        const blocks = Math.min(MOST_BLOCKS, Math.ceil(rows / WARPS))
        const perRow = [labels + 4 * first, summed + 4 * first, rowWeights && rowWeights + 8 * first]
        followLabels(blocks, 32 * WARPS, [x, rows, d, ...perRow, scale, pow2(bits), hi, lo, counts, countsLow])
      }),

    read,

    async update(centroids, mean, given) {
      let from = hi
      if (given !== undefined) {
        foreign ||= context.alloc(sumsBytes, 'sums')
        from = foreign
        const { hi: high, lo: low, counts: points, countsLow: pointsLow } = given
        let at = from
        for (const values of [high, low, points, pointsLow]) {
          context.write(at, values)
          at += values.byteLength
        }
      }
      const sums = [from, from + 8 * k * d, from + 16 * k * d, from + 16 * k * d + 8 * k]
      const flags = [pow2(-bits), pow2(1 - bits), Number(weights !== undefined), Number(spherical)]
      const outputs = [results, results + 8 * k, results + 16 * k]
      updateCentroids(k, THREADS, [...sums, d, scale + 8 * d, ...flags, mean, centroids.current, centroids.next(), ...outputs])
      const read = await context.read(new Float64Array(3 * k), results)
      centroids.advance()
      return { counts: read.slice(0, k), shifts: read.slice(k, 2 * k), terms: read.slice(2 * k) }
    },

    dispose() {
      for (const address of [hi, summed, scale, results, foreign]) context.free(address)
    },
  }
}
