/**
 * @file Points on their way to the device: through pinned buffers, which the device reads at the full speed of the bus (pageable memory: an
 * eighth of it on the machine measured). Several threads fill them, while others are on their way.
 */
import { eventLoop } from '../../pace.js'
import type { Points } from '../../points.js'
import type { Pointer } from './api.js'
import type { CudaContext } from './context.js'

/** Pinned buffers, one a thread of Node's pool. */
const LANES = 4
/** Bytes of one: large enough that a copy takes longer than its launch, small enough that all are soon at work. */
const LANE_BYTES = 2 ** 22
/** Bytes up to which pinning costs more than it spares. */
const SMALL = 2 ** 22

/** A run of whole rows within one block of the points. */
interface Piece {
  values: Float32Array
  /** Bytes from the start of the upload. */
  at: number
}

/** Rows [first, first + rows) in pieces of at most `bytes`, without a copy. */
function* pieces({ blocks, n, d }: Points, first: number, rows: number, bytes: number): Generator<Piece> {
  const from = first * d
  const to = (first + rows) * d
  const most = Math.max(1, Math.floor(bytes / 4))
  let start = 0
  for (const block of blocks) {
    const end = Math.min(to, start + block.length)
    for (let at = Math.max(from, start); at < end; at += most)
      yield { values: block.subarray(at - start, Math.min(end, at + most) - start), at: (at - from) * 4 }
    start += block.length
  }
  if (start !== n * d) throw new Error('Session: expected points in memory, got a detached buffer')
}

/** Copies rows to device memory; they are there when it resolves. */
export async function uploadRows(
  context: CudaContext,
  points: Points,
  { first, rows }: { first: number; rows: number },
  to: Pointer,
  signal?: AbortSignal,
): Promise<void> {
  const bytes = rows * points.d * 4
  signal?.throwIfAborted()
  if (bytes <= SMALL) {
    for (const { values, at } of pieces(points, first, rows, SMALL)) context.write(to + at, values)
    await eventLoop()
    return
  }
  const stream = context.newStream()
  const all = pieces(points, first, rows, LANE_BYTES)
  const lane = async (): Promise<void> => {
    const { api, staging } = context.device
    // Pinning takes longer than the copy of as many bytes: buffers stay with the device, as its kernels do.
    const pinned = staging.pop() ?? context.pin(LANE_BYTES, 'a staging buffer')
    try {
      const sent = context.newEvent()
      for (const { values, at } of all) {
        signal?.throwIfAborted()
        await api.copyToPinned(pinned, values, values.byteLength)
        context.writePinned(to + at, pinned, values.byteLength, stream)
        context.record(sent, stream)
        await context.happened(sent)
      }
      context.endEvent(sent)
    } finally {
      staging.push(pinned)
    }
  }
  const results = await Promise.allSettled(Array.from({ length: LANES }, lane))
  for (const result of results) if (result.status === 'rejected') throw result.reason
  context.endStream(stream)
}
