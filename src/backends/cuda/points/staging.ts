/**
 * @file Points on their way to the device: small ones by the driver's own copy, larger ones by threads through pinned buffers, which the
 * device reads at the full speed of the bus (pageable memory: an eighth of it on the machine measured).
 */
import { eventLoop } from '../../../pace.js'
import type { Points } from '../../../points.js'
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import { PIECE_BYTES, STOP } from '../threads/uploadLane.js'

/** Bytes up to which threads and pinning cost more than they spare. */
const SMALL = 2 ** 22
/** Bytes of a piece up to which it is copied at once: arrays of a few bytes may move while a thread reads them. */
const TINY = 2 ** 12
/** Tiny pieces between two turns of the event loop. */
const TURN = 1024

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
  signal?.throwIfAborted()
  const bytes = rows * points.d * 4
  const direct = bytes <= SMALL ? SMALL : TINY
  const list: number[] = []
  let written = 0
  for (const { values, at } of pieces(points, first, rows, PIECE_BYTES)) {
    if (values.byteLength > direct) {
      list.push(context.device.api.address(values), to + at, values.byteLength)
      continue
    }
    context.write(to + at, values)
    if (++written % TURN > 0) continue
    await eventLoop()
    signal?.throwIfAborted()
  }
  if (list.length === 0) return eventLoop()
  const control = new Int32Array(new SharedArrayBuffer(8))
  const stop = (): void => void Atomics.store(control, STOP, 1)
  signal?.addEventListener('abort', stop)
  try {
    await context.upload(Float64Array.from(list), control)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  signal?.throwIfAborted()
}
