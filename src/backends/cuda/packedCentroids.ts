/** @file Centroids as the screen meets them: packed in tiles, in the order of their norms (kernels/centroids.cu). */
import type { Pointer } from './api.js'
import type { CudaContext } from './context.js'
import { SLICE_COLUMNS, TILE_CENTROIDS } from './screenShape.js'

/** Bytes of a tile's offsets and bounds. */
const TABLE_ROOM = 1024
const SLICE_BYTES = 128 * TILE_CENTROIDS

/** Packed centroids on the device. */
export interface PackedCentroids {
  tiles: Pointer
  /** The centroid of each place. */
  places: Pointer
  tileCount: number
  /** Centroids. */
  count: number
}

/** Packs centroids of d columns around a mean (d float32 on the device). `together`: tiles that a screen looks at as one. */
export function createCentroidPacker(context: CudaContext, { mean, d, together }: { mean: Pointer; d: number; together: number }) {
  const norms = context.kernel('centroids', 'centroidNorms', 'ppiipp')
  const order = context.kernel('centroids', 'orderCentroids', 'ppip')
  const pack = context.kernel('centroids', 'packCentroids', 'ppppiip')
  const find = context.kernel('centroids', 'findMoved', 'ppiippp')
  const tileBytes = Math.ceil(d / SLICE_COLUMNS) * SLICE_BYTES + TABLE_ROOM
  const tilesOf = (count: number): number => Math.ceil(count / TILE_CENTROIDS / together) * together
  /** Room of what is kept per centroid, and of the two packings. */
  let room = 0
  let movedRoom = 0
  const held = { squares: 0, keys: 0, places: 0, tiles: 0, earlier: 0, moved: 0, ids: 0, movedPlaces: 0, movedTiles: 0 }
  /** Centroids of the last complete E-step; 0: none. */
  let earlierCount = 0

  const sizes: Partial<Record<keyof typeof held, number>> = {}

  const take = (name: keyof typeof held, bytes: number): void => {
    context.free(held[name])
    held[name] = sizes[name] = 0
    held[name] = context.alloc(bytes, 'packed centroids')
    sizes[name] = bytes
  }
  const packed = (centroids: Pointer, ids: Pointer, count: number, places: Pointer, tiles: Pointer): PackedCentroids => {
    const tileCount = tilesOf(count)
    order(1, 1024, [held.keys, ids, count, places])
    pack(tileCount, 1024, [centroids, mean, held.squares, places, count, d, tiles])
    return { tiles, places, tileCount, count }
  }
  return {
    /** Packs all k. */
    all(centroids: Pointer, k: number): PackedCentroids {
      if (room < k) {
        room = earlierCount = movedRoom = 0
        take('squares', 8 * k)
        take('keys', 4 * k)
        take('places', 4 * k)
        take('tiles', tilesOf(k) * tileBytes)
        take('earlier', 4 * k * d)
        take('moved', k)
        take('ids', 4 * k)
        room = k
      }
      norms(Math.ceil(k / 8), 256, [centroids, mean, k, d, held.squares, held.keys])
      return packed(centroids, 0, k, held.places, held.tiles)
    },
    /** Whether centroids can be compared with those of the last complete E-step. */
    hasEarlier: (k: number): boolean => earlierCount === k,
    /** Marks the centroids that differ from the earlier ones, to the bit, and adds up their number. @returns a byte for each */
    findMoved(centroids: Pointer, k: number, count: Pointer): Pointer {
      find(Math.ceil(k / 8), 256, [centroids, held.earlier, k, d, held.moved, held.ids, count])
      return held.moved
    },
    /** Packs the `count` that findMoved found. */
    moved(centroids: Pointer, count: number): PackedCentroids {
      if (movedRoom < count) {
        movedRoom = 0
        take('movedPlaces', 4 * count)
        take('movedTiles', tilesOf(count) * tileBytes)
        movedRoom = count
      }
      return packed(centroids, held.ids, count, held.movedPlaces, held.movedTiles)
    },
    /** Nothing is known of an earlier E-step any more. */
    forget(): void {
      earlierCount = 0
    },
    /** Keeps these as the last complete E-step's. */
    remember(centroids: Pointer, k: number): void {
      context.copy(held.earlier, centroids, 4 * k * d)
      earlierCount = k
    },
    /** Bytes of device memory held. */
    get bytes(): number {
      return Object.values(sizes).reduce((sum, size) => sum + size, 0)
    },
    dispose(): void {
      for (const address of Object.values(held)) context.free(address)
    },
  }
}
