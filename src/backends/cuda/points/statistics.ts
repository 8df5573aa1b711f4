/** @file Statistics of the rows on the device (kernels/stats.cu): column maxima, distances to one centroid a row, their sums in order. */
import { ROW_BLOCK } from '../../../exact.js'
import type { Points } from '../../../points.js'
import { rowsOf } from '../../../points.js'
import type { ColumnStats } from '../../backend.js'
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import type { Panels } from './panels.js'

/** Rows of a block of threads in kernels/rows.cuh; columns and lanes of one in column_stats. */
const ROWS = 128
const COLUMNS = 32
const LANES = 8
/** Rows of one lane in column_stats. */
const LANE_ROWS = 64
const MOST_BLOCKS = 65_535
const SUM_THREADS = 256
const COUNT_THREADS = 256

/** Each row's centroid; with labels 0 (null) the one centroid that there is. */
interface OwnCentroids {
  centroids: Pointer
  labels: Pointer
}

/** What passes over all rows find. What they need on the device for it, n float64 at most, is freed before they resolve. */
export interface RowStatistics {
  columnStats(weights: Pointer, signal?: AbortSignal): Promise<ColumnStats>
  /** Rows of each of k labels. */
  labelCounts(labels: Pointer, k: number): Promise<Uint32Array>
  /** n squared distances. */
  distances(own: OwnCentroids): Promise<Float64Array>
  /** Σ w·D of each ROW_BLOCK rows. */
  blockSums(own: OwnCentroids, weights: Pointer): Promise<Float64Array>
}

/** @param points those of the panels, n × d: a value that is not finite is read there. Holds no device memory between calls. */
export function rowStatistics(context: CudaContext, panels: Panels, points: Points): RowStatistics {
  const { n, d } = points
  const columnStats = context.kernel('stats', 'column_stats', 'plipppl')
  const rowDistances = context.kernel('stats', 'row_distances', 'plippp')
  const blockSums = context.kernel('stats', 'block_sums', 'pplp')
  const countLabels = context.kernel('sums', 'count_labels', 'plp')

  /** Device memory of n float64 for the time of one call: the rows' distances. */
  async function withDistances<T>({ centroids, labels }: OwnCentroids, use: (distances: Pointer) => Promise<T>): Promise<T> {
    const distances = context.alloc(8 * n, 'distances')
    try {
      await panels.each(({ first, rows, x }) => {
        rowDistances(Math.ceil(rows / ROWS), ROWS, [x, rows, d, centroids, labels && labels + 4 * first, distances + 8 * first])
      })
      return await use(distances)
    } finally {
      context.free(distances)
    }
  }

  return {
    async columnStats(weights, signal) {
      const max = context.alloc(8 * (d + 1), 'column statistics')
      try {
        const bad = max + 8 * d
        context.fill(max, 0, 8 * d)
        context.fill(bad, 0xff, 8)
        await panels.each(({ first, rows, x }) => {
          const grid = [Math.ceil(d / COLUMNS), Math.min(MOST_BLOCKS, Math.ceil(rows / LANES / LANE_ROWS))] as const
          columnStats(grid, [COLUMNS, LANES], [x, rows, d, weights && weights + 8 * first, max, bad, first])
        }, signal)
        const read = await context.read(new Float64Array(d + 1), max)
        const [index] = new BigUint64Array(read.buffer, 8 * d, 1)
        return { max: read.slice(0, d), nonFinite: index === 2n ** 64n - 1n ? undefined : valueAt(points, Number(index)) }
      } finally {
        context.free(max)
      }
    },

    async labelCounts(labels, k) {
      const places = context.alloc(4 * (k + 1), 'rows of each label')
      try {
        context.fill(places, 0, 4 * (k + 1))
        countLabels(Math.ceil(n / COUNT_THREADS), COUNT_THREADS, [labels, n, places])
        return await context.read(new Uint32Array(k), places + 4)
      } finally {
        context.free(places)
      }
    },

    distances: (own) => withDistances(own, (distances) => context.read(new Float64Array(n), distances)),

    blockSums: (own, weights) =>
      withDistances(own, async (distances) => {
        const blocks = Math.ceil(n / ROW_BLOCK)
        const sums = context.alloc(8 * blocks, 'sums')
        try {
          blockSums(blocks, SUM_THREADS, [distances, weights, n, sums])
          return await context.read(new Float64Array(blocks), sums)
        } finally {
          context.free(sums)
        }
      }),
  }
}

/** The value of row-major index `index`, and where it is. */
function valueAt(points: Points, index: number): NonNullable<ColumnStats['nonFinite']> {
  const row = Math.floor(index / points.d)
  const column = index % points.d
  return { row, column, value: rowsOf(points, row, row + 1)[column] }
}
