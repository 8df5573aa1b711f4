/**
 * @file Centroids on the device: those as they stand, and those of the labels. They are one and the same buffer until an update or a
 * replacement sets them apart; buffers that neither is in are used again.
 */
import { gatherRows } from '../../../points.js'
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import { copyBetween } from './copyBetween.js'

/** Up to so many centroids are read one by one: a dozen microseconds each. */
const MOST_READS = 100

/** k × d float32 in as many buffers as are apart, three at most; all are freed with the context. */
export interface CentroidStore {
  readonly k: number
  /** k × d float32. */
  readonly current: Pointer
  /** The centroids of the labels; those that stand where there are no labels. */
  readonly labelled: Pointer
  /** Takes k·d values. @param keepLabels the labels then belong to them */
  set(centroids: Float32Array, keepLabels: boolean): void
  /** The labels belong to the current centroids from now on. */
  label(): void
  /** A buffer for the next centroids, to be made the current ones by advance(). */
  next(): Pointer
  advance(): void
  /** The buffer of the next centroids. */
  readonly following: Pointer
  /** Copies the next centroids from another context. */
  take(other: CudaContext, following: Pointer): void
  /** A copy of all, or of those of `ids`. */
  read(which: 'current' | 'labelled', ids?: Uint32Array): Promise<Float32Array>
  /** Overwrites the current centroids `ids` with rows. */
  replace(ids: Uint32Array, rows: Float32Array): void
}

/** An empty store for centroids of d columns; it takes memory at the first set(). */
export function centroidStore(context: CudaContext, d: number): CentroidStore {
  let k = 0
  let buffers: Pointer[] = []
  let current = 0
  let labelled = 0
  let following = 0

  /** A buffer that is neither current nor labelled. */
  function unused(): Pointer {
    const found = buffers.find((buffer) => buffer !== current && buffer !== labelled)
    if (found !== undefined) return found
    const made = context.alloc(k * d * 4, 'centroids')
    buffers.push(made)
    return made
  }

  return {
    get k() {
      return k
    },
    get current() {
      return current
    },
    get labelled() {
      return labelled || current
    },
    set(centroids, keepLabels) {
      if (centroids.length !== k * d) {
        for (const buffer of buffers) context.free(buffer)
        buffers = []
        current = labelled = 0
        k = centroids.length / d
      }
      if (!keepLabels) labelled = 0
      const to = unused()
      context.write(to, centroids)
      current = to
      if (keepLabels) labelled = to
    },
    label() {
      labelled = current
    },
    next: () => (following = unused()),
    advance() {
      current = following
    },
    get following() {
      return following
    },
    take(other, from) {
      following = unused()
      copyBetween({ context: other, at: from }, { context, at: following }, k * d * 4)
    },
    async read(which, ids) {
      const from = which === 'current' ? current : labelled || current
      if (ids === undefined || ids.length > MOST_READS) {
        const all = await context.read(new Float32Array(k * d), from)
        return ids === undefined ? all : gatherRows({ blocks: [all], n: k, d }, ids)
      }
      const some = new Float32Array(ids.length * d)
      for (const [i, j] of ids.entries()) await context.read(some.subarray(i * d, (i + 1) * d), from + j * d * 4)
      return some
    },
    replace(ids, rows) {
      if (current === labelled) {
        const copy = unused()
        context.copy(copy, current, k * d * 4)
        current = copy
      }
      ids.forEach((j, i) => context.write(current + j * d * 4, rows.subarray(i * d, (i + 1) * d)))
    },
  }
}
