/**
 * @file The exact E-step of points whose leads hold nearly all of their spread (kernels/leads.cuh): badly scaled ones, mostly. Rows lie in
 * the order of their first lead, once and for all; centroids do every time. A block of rows then meets only the tiles in reach by this
 * lead, a few per cent of all, as a rule; of these, tensor cores give scores without the leads, whose gaps are added in float32.
 */
import { createCandidates, TALLY } from '../screen/candidates.js'
import type { CudaContext } from '../context/context.js'
import type { EStep, EStepPoints } from './eStepTypes.js'
import { takeTogether } from '../context/memory.js'
import type { Pieces } from '../context/memory.js'
import { createCentroidPacker } from '../screen/packedCentroids.js'
import { packedPoints, paddedTo } from '../screen/packedPoints.js'
import type { Packed } from '../screen/packedPoints.js'
import { createPauses } from '../context/pauses.js'
import { createRowSort } from '../screen/rowSort.js'
import { nearScreenShape, SLICE_BYTES, slicesOf, TILE_CENTROIDS } from '../screen/screenShape.js'

const THREADS = 256
/** Rounds of blocks over all multiprocessors in a panel; and the bytes of rows packed for it that it stays below, where they are. */
const PANEL = { rounds: 16, bytes: 2 ** 28 } as const
/** Multiplications of an E-step, of all pairs, that is over in a millisecond. */
const QUICK = 1e11
/** The leads of one point, as float4. */
const LEAD_BYTES = 16

/**
 * Takes memory, and holds it until dispose(). The device has the screen that it needs (nearScreenShape).
 * @param leads columns, at most four
 */
export function createLeadEStep(context: CudaContext, points: EStepPoints, leads: readonly number[]): EStep {
  const { x, n, d, mean } = points
  const { kernel, file, threads, sharedBytes, blockRows, resident } = nearScreenShape(context.info, leads.length)!
  const columns = [0, 1, 2, 3].map((i) => leads[i] ?? -1)
  const skip = context.alloc(d, 'the leads')
  context.write(
    skip,
    Uint8Array.from({ length: d }, (_, t) => Number(leads.includes(t))),
  )
  const packed = packedPoints(context, points, skip)
  const { bounds, squares, padded } = packed
  const threadBlocks = context.info.multiprocessors * resident
  const roundBytes = threadBlocks * blockRows * slicesOf(d, 'fp16') * SLICE_BYTES
  const rounds = points.inParts ? Math.max(1, Math.min(PANEL.rounds, Math.floor(PANEL.bytes / roundBytes))) : PANEL.rounds
  const mostRows = Math.min(Math.ceil(n / blockRows), rounds * threadBlocks) * blockRows
  const each = { distances: n * 4, keys: n * 4, order: n * 4, nearest: n * 4, ranges: (mostRows / blockRows) * 8 }
  const kept = takeTogether(
    context,
    { ...each, limits: padded * 4, rowLeads: padded * LEAD_BYTES, tally: TALLY.bytes },
    'leads and orders of the points',
  )
  const { limits, distances, tally, keys, order, nearest, rowLeads, ranges } = kept
  const left = createCandidates(context, points, { mostRows, halves: 1, tally, distances })
  const packer = createCentroidPacker(context, { mean, d, together: 1, leads: { skip, first: leads[0] } })
  const rowSort = createRowSort(context, n)
  const pauses = createPauses(context)
  const leadsOfCentroids = context.kernel('leads', 'leadsOfCentroids', 'ppiiiiiipp')
  const nearestByLeads = context.kernel('leads', 'nearestByLeads', 'pliiiiipppipp')
  const leadsOfRows = context.kernel('leads', 'leadsOfRows', 'pplliiiiip')
  const tilesInReach = context.kernel('leads', 'tilesInReach', 'pppiipipp')
  const certify = context.kernel('threshold', 'certify', 'ppppppliipppppp')
  const fillFloats = context.kernel('threshold', 'fillFloats', 'pfl')
  const screenNear = context.kernel(file, kernel, 'ppiiiippppppp', { sharedBytes })
  /** Of the centroids: their leads, and the span of the first in each tile; with room for so many tiles. */
  let ofTiles: Pieces<'centroidLeads' | 'spans'> | undefined
  let room = 0
  /** Rows that are packed for one panel, where they are not kept. */
  let part: Pieces<keyof Packed> | undefined
  /** Whether the points have been packed, and the centroids of the last E-step; 0: none yet. */
  let ordered = false
  let lastCount = 0

  fillFloats(Math.ceil(padded / THREADS), THREADS, [limits, Infinity, padded])

  function roomFor(tiles: number): NonNullable<typeof ofTiles> {
    if (ofTiles !== undefined && room >= tiles) return ofTiles
    context.free(ofTiles?.held ?? 0)
    ofTiles = undefined
    ofTiles = takeTogether(context, { centroidLeads: tiles * TILE_CENTROIDS * LEAD_BYTES, spans: tiles * 8 }, 'leads of the centroids')
    room = tiles
    return ofTiles
  }

  const partRoom = {
    rows: mostRows,
    take(): Packed {
      const rows = paddedTo(mostRows)
      const sizes = { points: rows * slicesOf(d, 'fp16') * SLICE_BYTES, bounds: rows * 16, squares: rows * 8 }
      return (part ??= takeTogether(context, sizes, 'points of a panel'))
    },
  }

  /** Puts the rows in the order of their keys: once. */
  function orderRows(k: number): void {
    rowSort.sort(keys, k, order)
    packed.pack('fp16', order, partRoom)
    leadsOfRows(Math.ceil(padded / THREADS), THREADS, [x, order, n, padded, d, ...columns, rowLeads])
    ordered = true
  }

  return {
    async give(centroids, k, { before, after: labels }, { hasPrevious, signal, onProgress }) {
      pauses.begin()
      const known = hasPrevious && (lastCount === 0 || lastCount === k)
      lastCount = k
      const step = { centroids, k, labels }
      if (hasPrevious && !known) context.copy(labels, before, n * 4)
      context.fill(tally, 0, TALLY.bytes)
      packer.measure(centroids, k, 0)
      const against = packer.all(centroids, k, 'fp16')
      const { tiles, places, tileCount } = against
      const { centroidLeads, spans } = roomFor(tileCount)
      leadsOfCentroids(tileCount, TILE_CENTROIDS, [centroids, places, k, d, ...columns, centroidLeads, spans])
      if (!known || !ordered)
        nearestByLeads(Math.ceil(n / THREADS), THREADS, [x, n, d, ...columns, places, centroidLeads, spans, k, nearest, keys])
      if (!ordered) orderRows(k)
      const own = [bounds, squares, distances, limits, keys, tally]
      certify(Math.ceil(n / 32), THREADS, [x, centroids, known ? before : nearest, known ? labels : nearest, 0, order, n, k, d, ...own])
      for (let first = 0; first < n; first += mostRows) {
        const count = Math.min(mostRows, n - first)
        const blocks = Math.ceil(count / blockRows)
        const rows = { order: order + 4 * first, bounds: bounds + 16 * first, limits: limits + 4 * first }
        const itsLeads = rowLeads + LEAD_BYTES * first
        const at = packed.part(first, count, partRoom)
        tilesInReach(blocks, blockRows, [itsLeads, rows.order, distances, count, d, spans, tileCount, rows.limits, ranges])
        const pairs = [at, tiles, blocks, slicesOf(d, 'fp16'), k, Number(!known), ranges, itsLeads, centroidLeads]
        screenNear(Math.min(blocks, threadBlocks), threads, [...pairs, rows.limits, rows.bounds, left.counts, left.candidates], {
          sharedBytes,
        })
        if (first > 0) left.clear()
        const panel = {
          ...rows,
          format: 'fp16',
          points: at,
          first,
          count,
          near: false,
          lead: 0,
          padded: blocks * blockRows,
          halves: 1,
        } as const
        left.settle(panel, against, step, 0)
        left.settleOpen(panel, against, step, ranges)
        await pauses.after(count * k * d, (first + count) / n, { signal, onProgress })
      }
      return {
        counters: [tally, TALLY.bytes],
        done(counters) {
          const [changed, rechecked] = new BigUint64Array(counters, 0, 2)
          return { changed: hasPrevious ? Number(changed) : n, rechecked: Number(rechecked) }
        },
      }
    },
    quick: (k) => n * k * d < QUICK,
    drop() {},
    reserve(k) {
      packer.reserve(k)
    },
    get bytes(): number {
      return [rowSort, packer, packed, left].reduce(
        (sum, part) => sum + part.bytes,
        kept.bytes + d + (ofTiles?.bytes ?? 0) + (part?.bytes ?? 0),
      )
    },
    dispose(): void {
      for (const part of [pauses, rowSort, packer, packed, left]) part.dispose()
      for (const address of [kept.held, skip, ofTiles?.held ?? 0, part?.held ?? 0]) context.free(address)
    },
  }
}
