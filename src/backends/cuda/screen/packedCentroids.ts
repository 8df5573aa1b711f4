/** @file Centroids as the screen meets them: packed in tiles, in the order of their norms or of a column (kernels/centroids.cu). */
import type { Pointer } from '../driver/api.js'
import type { CudaContext, Kernel } from '../context/context.js'
import { takeTogether } from '../context/memory.js'
import type { Pieces } from '../context/memory.js'
import { FORMATS, SLICE_BYTES, slicesOf, TILE_CENTROIDS } from './screenShape.js'
import type { Format } from './screenShape.js'

/** Bytes of a tile's offsets and bounds. */
const TABLE_ROOM = 1024

/** Packed centroids on the device. */
export interface PackedCentroids {
  tiles: Pointer
  /** The centroid of each place. */
  places: Pointer
  tileCount: number
  /** Centroids. */
  count: number
}

/** What the packed centroids are to be met with. */
export interface PackerOptions {
  /** d float32 on the device. */
  mean: Pointer
  d: number
  /** Tiles that a screen looks at as one. */
  together: number
  /** Columns that are left out, a byte each; and the one that the centroids are ordered by in place of their norms. */
  leads?: { skip: Pointer; first: number }
}

/** Packs centroids of d columns around a mean. */
export function createCentroidPacker(context: CudaContext, { mean, d, together, leads = { skip: 0, first: -1 } }: PackerOptions) {
  const { skip } = leads
  const measure = context.kernel('centroids', 'measureCentroids', 'pppipiiipppppp')
  const order = context.kernel('centroids', 'orderCentroids', 'ppip')
  const packing = (format: Format): Kernel => context.kernel('centroids', FORMATS[format].pack, 'ppppppiip')
  const pack = { fp16: packing('fp16'), int8: packing('int8') }
  const tileBytes = (format: Format): number => slicesOf(d, format) * SLICE_BYTES * TILE_CENTROIDS + TABLE_ROOM
  const tilesOf = (count: number): number => Math.ceil(count / TILE_CENTROIDS / together) * together
  /** What is kept per centroid, and the second packing; with room for so many centroids. */
  let kept: Pieces<'squares' | 'largest' | 'keys' | 'places' | 'tiles' | 'earlier' | 'moved' | 'ids'> | undefined
  let second: Pieces<'places' | 'tiles'> | undefined
  let room = 0
  let secondRoom = 0
  /** Centroids of the last complete E-step, which are kept; 0: none. */
  let earlierCount = 0

  function free(): void {
    context.free(kept?.held ?? 0)
    context.free(second?.held ?? 0)
    kept = second = undefined
    room = secondRoom = earlierCount = 0
  }

  function roomFor(k: number): NonNullable<typeof kept> {
    if (kept !== undefined && room >= k) return kept
    free()
    const perCentroid = { squares: 8 * k, largest: 4 * k, keys: 4 * k, places: 4 * k, moved: k, ids: 4 * k }
    kept = takeTogether(context, { ...perCentroid, tiles: tilesOf(k) * tileBytes('fp16'), earlier: 4 * k * d }, 'packed centroids')
    room = k
    return kept
  }

  function packed(
    centroids: Pointer,
    ids: Pointer,
    count: number,
    format: Format,
    { places, tiles }: { places: Pointer; tiles: Pointer },
  ): PackedCentroids {
    const { keys, squares, largest } = kept!
    const tileCount = tilesOf(count)
    order(1, 1024, [keys, ids, count, places])
    pack[format](tileCount, 1024, [centroids, mean, skip, squares, largest, places, count, d, tiles])
    return { tiles, places, tileCount, count }
  }

  return {
    /** Takes the memory for k centroids. */
    reserve(k: number): void {
      roomFor(k)
    },
    /**
     * Measures all k, and keeps them; what comes next is of these.
     * @param count where they are compared with those of the last complete E-step: the number of those that differ, to the bit, is added to
     * it
     * @returns a byte for each, 1 where it differs; 0 where there is nothing to compare with
     */
    measure(centroids: Pointer, k: number, count: Pointer): Pointer {
      const at = roomFor(k)
      const compare = count !== 0 && earlierCount === k
      earlierCount = 0
      const what = [centroids, mean, skip, leads.first, at.earlier, Number(compare), k, d]
      measure(Math.ceil(k / 8), 256, [...what, at.squares, at.largest, at.keys, at.moved, at.ids, count])
      return compare ? at.moved : 0
    },
    /** Packs all k. */
    all: (centroids: Pointer, k: number, format: Format): PackedCentroids => packed(centroids, 0, k, format, kept!),
    /** Packs the `count` that measure() found to differ. */
    moved(centroids: Pointer, count: number, format: Format): PackedCentroids {
      if (second === undefined || secondRoom < count) {
        context.free(second?.held ?? 0)
        second = undefined
        second = takeTogether(context, { places: 4 * count, tiles: tilesOf(count) * tileBytes('fp16') }, 'packed centroids')
        secondRoom = count
      }
      return packed(centroids, kept!.ids, count, format, second)
    },
    /** Nothing is known of an earlier E-step any more. */
    forget(): void {
      earlierCount = 0
    },
    /** The E-step of those that were measured last is complete. */
    remember(k: number): void {
      earlierCount = k
    },
    /** Bytes of device memory held. */
    get bytes(): number {
      return (kept?.bytes ?? 0) + (second?.bytes ?? 0)
    },
    dispose: free,
  }
}

/** Packs centroids for one E-step after the other; one set at a time, and those of it that moved. */
export type CentroidPacker = ReturnType<typeof createCentroidPacker>
