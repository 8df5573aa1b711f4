/** @file Integer limb sums by label on the device (kernels/sums.cu), and the M-step from them (kernels/update.cu). */
import { pow2 } from '../../../exact.js'
import type { Limbs, Preparation, UpdateResult } from '../../backend.js'
import type { Pointer } from '../driver/api.js'
import type { CentroidStore } from './centroidStore.js'
import type { CudaContext } from '../context/context.js'
import { copyBetween } from './copyBetween.js'
import type { Piece } from '../context/landing.js'
import { takeTogether } from '../context/memory.js'
import type { Panel } from '../points/panels.js'

/** Rows and columns of a block of sum_runs. */
const RUN_ROWS = 256
const RUN_COLUMNS = 128
const ROW_THREADS = 256
const SCAN_THREADS = 1024
const UPDATE_THREADS = 128
/**
 * Rows that, having moved, make it cheaper to sum all anew: some, and a share of all. Read off an H100 at d = 128: a moved row costs 4 ns;
 * anew, 102,400 rows cost 0.14 ms and 819,200 rows 0.4 ms.
 */
const ANEW_FROM = { rows: 2 ** 14, share: 1 / 12 } as const
const ADD_THREADS = 256
/** Bytes of another device's sums that are copied at a time. */
const PART = 2 ** 26

/**
 * Sums of n points by k labels, as integers in float64 (exact.ts): the same in any order. They follow the labels from one E-step to the
 * next.
 */
export interface CudaLimbSums {
  readonly context: CudaContext
  /** hi and lo, k × d each, counts and their low limbs, k each: float64. */
  readonly at: Pointer
  /**
   * Begins to bring the sums to other labels.
   * @param moved about so many rows have another label than before; 0: none at all
   * @returns what does so for one panel, to be called for each; undefined where nothing is to be done
   */
  follow(labels: Pointer, weights: Pointer, moved: number): ((panel: Panel) => void) | undefined
  /** A copy on the host. */
  read(): Promise<Limbs>
  /** Adds those of other devices to a copy of these. @returns the copy, for launchUpdate */
  together(others: readonly CudaLimbSums[]): Pointer
  /** A copy on the device of sums of the host, for launchUpdate. */
  write(given: Limbs): Pointer
  /**
   * Starts on the next centroids, which advance() then makes the current ones.
   * @param from sums of more than these points, in place of the own
   */
  launchUpdate(centroids: CentroidStore, mean: Pointer, from?: Pointer): void
  /** Where the update leaves what it finds, on the device. */
  readonly results: Piece
  /** What it found. @param copy of the results, from byte `at` on */
  found(copy: ArrayBuffer, at: number): UpdateResult
  dispose(): void
}

/** Bytes of the sums of k clusters. */
const bytesOfSums = (k: number, d: number): number => 8 * (2 * k * d + 2 * k)

/** Bytes of device memory that together() takes, at most. */
export function bytesTogether(k: number, d: number): number {
  return bytesOfSums(k, d) + Math.min(bytesOfSums(k, d), PART)
}

/** Empty sums of k clusters over n points. */
export function cudaLimbSums(context: CudaContext, n: number, k: number, preparation: Preparation): CudaLimbSums {
  const { scales, weights, spherical } = preparation
  const { bits } = scales
  const d = scales.exponents.length
  const followLabels = context.kernel('sums', 'follow_labels', 'plippppdpppp')
  const countLabels = context.kernel('sums', 'count_labels', 'plp')
  const sumPlaces = context.kernel('sums', 'sum_places', 'pi')
  const orderRows = context.kernel('sums', 'order_rows', 'plppp')
  const sumRuns = context.kernel('sums', 'sum_runs', 'plippppdpppp')
  const updateCentroids = context.kernel('update', 'update_centroids', 'ppppipddiipppppp')
  const addSums = context.kernel('update', 'add_sums', 'ppl')
  const sumsBytes = bytesOfSums(k, d)
  const sizes = { hi: sumsBytes, summed: 4 * n, order: 4 * n, places: 4 * (k + 1), scale: 16 * d, results: 24 * k }
  const { held, hi, summed, order, places, scale, results } = takeTogether(context, sizes, 'sums')
  const lo = hi + 8 * k * d
  const counts = lo + 8 * k * d
  const countsLow = counts + 8 * k
  context.write(scale, Float64Array.from(scales.exponents, pow2))
  context.write(
    scale + 8 * d,
    Float64Array.from(scales.exponents, (exponent) => pow2(-exponent)),
  )
  /** Sums of more than these points. */
  let foreign: Pointer = 0
  let part: Pointer = 0
  let empty = true

  /** Orders the rows by label, and adds them up run by run. */
  function sumAnew({ first, rows, x }: Panel, labels: Pointer, rowWeights: Pointer): void {
    const blocks = Math.ceil(rows / ROW_THREADS)
    context.fill(places, 0, 4 * (k + 1))
    countLabels(blocks, ROW_THREADS, [labels, rows, places])
    sumPlaces(1, SCAN_THREADS, [places, k])
    orderRows(blocks, ROW_THREADS, [labels, rows, places, order, summed + 4 * first])
    const grid = [Math.ceil(rows / RUN_ROWS), Math.ceil(d / RUN_COLUMNS)] as const
    sumRuns(grid, RUN_COLUMNS, [x, rows, d, labels, order, rowWeights, scale, pow2(bits), hi, lo, counts, countsLow])
  }

  function followMoved({ first, rows, x }: Panel, labels: Pointer, rowWeights: Pointer): void {
    followLabels(Math.ceil(rows / ROW_THREADS), ROW_THREADS, [
      x,
      rows,
      d,
      labels,
      summed + 4 * first,
      rowWeights,
      scale,
      pow2(bits),
      hi,
      lo,
      counts,
      countsLow,
    ])
  }

  function roomForMore(): Pointer {
    foreign ||= context.alloc(sumsBytes, 'sums')
    return foreign
  }

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
    context,
    at: hi,

    follow(labels, rowWeights, moved) {
      if (!empty && moved === 0) return undefined
      const anew = empty || moved > ANEW_FROM.rows + ANEW_FROM.share * n
      const bring = anew ? sumAnew : followMoved
      // What is cut off between two panels is summed anew the next time.
      empty = true
      if (anew) context.fill(hi, 0, sumsBytes)
      let left = n
      return (panel) => {
        bring(panel, labels + 4 * panel.first, rowWeights && rowWeights + 8 * panel.first)
        left -= panel.rows
        empty = left > 0
      }
    },

    read,

    together(others) {
      const total = roomForMore()
      part ||= context.alloc(Math.min(sumsBytes, PART), 'sums of another device')
      context.copy(total, hi, sumsBytes)
      for (const other of others)
        for (let at = 0; at < sumsBytes; at += PART) {
          const bytes = Math.min(PART, sumsBytes - at)
          copyBetween({ context: other.context, at: other.at + at }, { context, at: part }, bytes)
          addSums(Math.ceil(bytes / 8 / ADD_THREADS), ADD_THREADS, [total + at, part, bytes / 8])
        }
      return total
    },

    write({ hi: high, lo: low, counts: points, countsLow: pointsLow }) {
      let to = roomForMore()
      for (const values of [high, low, points, pointsLow]) {
        context.write(to, values)
        to += values.byteLength
      }
      return foreign
    },

    launchUpdate(centroids, mean, from = hi) {
      const sums = [from, from + 8 * k * d, from + 16 * k * d, from + 16 * k * d + 8 * k]
      const flags = [pow2(-bits), pow2(1 - bits), Number(weights !== undefined), Number(spherical)]
      const outputs = [results, results + 8 * k, results + 16 * k]
      updateCentroids(k, UPDATE_THREADS, [...sums, d, scale + 8 * d, ...flags, mean, centroids.current, centroids.next(), ...outputs])
    },

    results: [results, 24 * k],

    found(copy, at) {
      const [counts, shifts, terms] = [0, 1, 2].map((i) => new Float64Array(copy, at + 8 * k * i, k).slice())
      return { counts, shifts, terms }
    },

    dispose() {
      for (const address of [held, foreign, part]) context.free(address)
    },
  }
}
