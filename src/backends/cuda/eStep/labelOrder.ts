/**
 * @file When rows are put in the order of their labels: neighbours then pass and fail the same tiles. Packed in that order they stay so for
 * the E-steps to come; with many centroids it is worth gathering them for one E-step alone.
 */
import type { CudaContext } from '../context/context.js'
import type { Pointer } from '../driver/api.js'
import type { RowSort } from '../screen/rowSort.js'

/** From so many centroids on, the order by label alone is worth it. */
const ORDER_FROM = 4096
/** From so many centroids, and pairs, on it is worth packing the rows anew in the order of their labels. */
const SORT_FROM = { k: 256, pairs: 1e8 } as const
/**
 * The more columns, the more it takes to move a row, and the less of the screen is what the order spares: centroids per column that pay it.
 */
const ORDER_PER_COLUMN = 8
/** Packing anew is done once fewer than this share of the labels changed in an E-step, and again when more than the second did since. */
const SETTLED = 1 / 10
const DRIFT = 1 / 4

/** For n rows of d columns; takes 4n bytes when they are first put in order. @param eager in order whether it pays or not; for tests */
export function createLabelOrder(context: CudaContext, { n, d }: { n: number; d: number }, rowSort: RowSort, eager: boolean) {
  let base: Pointer = 0
  /**
   * Labels that changed since rows were packed in their order, for the how manieth time; and in the last E-step whose counters were read.
   */
  let drift = n
  let sorts = 0
  let lastChanged = n
  /** E-steps given since, whose counters were not read yet. */
  let unread = 0
  return {
    /** The row of every place, once rows were packed in the order of their labels; 0: a row's place is its number. */
    get base() {
      return base
    },
    /** Whether it pays to put rows in order for one E-step of k centroids. */
    paysOnce: (k: number): boolean => k >= Math.max(ORDER_FROM, d * ORDER_PER_COLUMN) && drift > n * DRIFT,
    /** Puts the rows in the order of their labels, where that pays by now. @returns whether they must be packed anew */
    settle(labels: Pointer, k: number): boolean {
      if (drift <= n * DRIFT) return false
      // About half as many change from one E-step to the next.
      const changing = lastChanged * 2 ** -unread
      const few = k < Math.max(SORT_FROM.k, SORT_FROM.pairs / n, d * ORDER_PER_COLUMN)
      if (!eager && (few || changing > n * SETTLED)) return false
      if (base === 0) base = context.alloc(n * 4, 'an order of the points')
      rowSort.sort(labels, k, base)
      drift = 0
      sorts++
      return true
    },
    /** Rows are not in order any more. */
    forget(): void {
      context.free(base)
      base = 0
      drift = n
    },
    /** An E-step was given. @returns what is told of so many changed labels when they are known */
    given(): (changed: number) => void {
      const order = sorts
      unread++
      return (changed) => {
        lastChanged = changed
        unread = Math.max(0, unread - 1)
        if (order === sorts) drift += changed
      }
    },
    /** E-steps given do not count. */
    drop(): void {
      unread = 0
    },
    /** Bytes of device memory held. */
    get bytes(): number {
      return base === 0 ? 0 : n * 4
    },
    dispose(): void {
      context.free(base)
    },
  }
}

/** The order of one set of rows. */
export type LabelOrder = ReturnType<typeof createLabelOrder>
