/**
 * @file Where copies from a device land: pinned memory, which the device writes while the stream's order holds and no call of the driver
 * waits. Pinning takes longer than most copies, so blocks stay with their device, for the sessions to come.
 */
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from './context.js'
import { check } from '../driver/errors.js'
import type { Device, PinnedBlock } from '../driver/driver.js'

/** Bytes of the smallest block. */
const LEAST_BYTES = 2 ** 16

/** A block of at least so many bytes, of the device's or a new one; the device's context must be current. */
export function takePinned(device: Device, bytes: number): PinnedBlock {
  const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, LEAST_BYTES)))
  const at = device.pinned.findIndex(({ buffer }) => buffer.byteLength === size)
  if (at >= 0) return device.pinned.splice(at, 1)[0]
  const { api } = device
  const out = new BigUint64Array(1)
  check(device, api.memHostAlloc(out, size, 0), `${size} bytes of pinned memory`)
  const address = Number(out[0])
  return { address, buffer: api.hostView(address, size) }
}

/** Memory on the device and its length in bytes. */
export type Piece = readonly [from: Pointer, bytes: number]

/** Pinned memory that one copy after the other lands in. */
export interface Landing {
  /** Copies pieces to one place, one after the other, in the order of the stream. What was there before is lost. */
  fetch(...pieces: readonly Piece[]): void
  /** What was fetched last, once it is here; it stays until the next fetch. */
  landed(): Promise<ArrayBuffer>
}

/** A place of so many bytes that belongs to the context until its dispose(). */
export function openLanding(context: CudaContext, bytes: number): Landing {
  const { address, buffer } = context.pin(bytes)
  const event = context.newEvent()
  return {
    fetch(...pieces) {
      let at = address
      for (const [from, length] of pieces) {
        context.copyOut(at, from, length)
        at += length
      }
      context.record(event)
    },
    async landed() {
      await context.happened(event)
      return buffer
    },
  }
}

/** A place that grows as more is fetched to it. */
export interface GrowingLanding {
  /** A copy of the pieces, one after the other, once the work given so far is done; it stays until the next. */
  fetched(...pieces: readonly Piece[]): Promise<ArrayBuffer>
}

/** Takes pinned memory when it is first used. */
export function openGrowingLanding(context: CudaContext): GrowingLanding {
  let landing: Landing | undefined
  let room = 0
  return {
    fetched(...pieces) {
      const bytes = pieces.reduce((sum, [, length]) => sum + length, 0)
      if (landing === undefined || bytes > room) {
        landing = openLanding(context, bytes)
        room = bytes
      }
      landing.fetch(...pieces)
      return landing.landed()
    },
  }
}
