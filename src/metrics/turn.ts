/** @file Keeps the event loop alive: a long loop asks now and then whether it is the turn of timers and input. */

/** Longest stretch of work, in milliseconds; with the last bit of work it stays under 20. */
const STRETCH = 10

export interface Turn {
  /** Whether the stretch is over. Ask once per 10 µs to 1 ms of work. */
  due(): boolean
  /** Lets the event loop run; throws the signal's reason if it was aborted. */
  yield(): Promise<void>
}

/** @throws the signal's reason if it is aborted already */
export function takeTurns(signal?: AbortSignal): Turn {
  signal?.throwIfAborted()
  let end = performance.now() + STRETCH
  return {
    due: () => performance.now() >= end,
    yield: async () => {
      await new Promise<void>((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
      end = performance.now() + STRETCH
    },
  }
}
