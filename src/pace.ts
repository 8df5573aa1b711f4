/** @file Keeps the event loop alive: long loops ask now and then whether it is time to let timers and input run. */

/** Longest stretch without a yield, in milliseconds. */
const STRETCH = 12

/** The clock of one operation: when to let the event loop run. */
export interface Pace {
  /** Whether the stretch is over. Cheap, but ask once per ~100 µs of work, not per value. */
  due(): boolean
  /** Lets the event loop run, then throws the signal's reason if it was aborted. */
  rest(): Promise<void>
}

/** Resolves after timers and input had their turn. */
export function eventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** When the event loop last had its turn, in any operation: many short ones in a row starve it just as a long one does. */
let last = performance.now()

/**
 * A pace for one operation.
 * @throws the signal's reason if it is aborted already
 */
export function pace(signal?: AbortSignal): Pace {
  signal?.throwIfAborted()
  return {
    due: () => performance.now() - last > STRETCH,
    rest: async () => {
      await eventLoop()
      signal?.throwIfAborted()
      last = performance.now()
    },
  }
}
