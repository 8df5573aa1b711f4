/** @file Pauses between panels, in which the event loop runs: some ten milliseconds of the device's work come between two. */
import { eventLoop } from '../../pace.js'
import type { CudaContext } from './context.js'

/** Multiplications of a panel from which on a pause is made after it. */
const PAUSE = 4e12

export function createPauses(context: CudaContext) {
  const event = context.newEvent()
  return {
    /** After so many multiplications the event loop has its turn. @throws what the signal says, if it was aborted */
    async after(work: number, signal: AbortSignal | undefined): Promise<void> {
      if (work < PAUSE) return
      context.record(event)
      await context.happened(event)
      await eventLoop()
      signal?.throwIfAborted()
    },
    dispose(): void {
      context.endEvent(event)
    },
  }
}
