/** @file Pauses within an E-step, in which the event loop runs: some ten milliseconds of the device's work come between two. */
import { eventLoop } from '../../../pace.js'
import type { AssignOptions } from '../../backend.js'
import type { CudaContext } from './context.js'

/** Multiplications between two pauses. */
const PAUSE = 4e12

/** Pauses of the E-steps on one context; holds two events until dispose(). */
export function createPauses(context: CudaContext) {
  const events = [context.newEvent(), context.newEvent()]
  /** Pauses made in the E-step, and multiplications since the last. */
  let count = 0
  let since = 0
  return {
    /** Before an E-step. */
    begin(): void {
      count = since = 0
    },
    /**
     * After so many multiplications were given to the device; where it is time, the event loop has its turn. The device has work meanwhile:
     * what is waited for ended at the pause before.
     * @param share of the E-step's work, given to the device so far
     * @throws what the signal says, if it was aborted; the device is idle then
     */
    async after(work: number, share: number, { signal, onProgress }: AssignOptions): Promise<void> {
      since += work
      if (since < PAUSE) return
      since = 0
      context.record(events[count++ % 2])
      if (count > 1) await context.happened(events[count % 2])
      await eventLoop()
      if (signal?.aborted) await context.finished()
      signal?.throwIfAborted()
      onProgress?.(Math.min(1, share))
    },
    dispose(): void {
      for (const event of events) context.endEvent(event)
    },
  }
}
