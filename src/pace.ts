/**
 * @file Keeps the event loop responsive: a long loop asks from time to time whether it should pause, so that timers and input get a turn.
 */

/** Milliseconds after which a loop should pause: short enough that a page or a notebook feels no delay. */
const STRETCH = 12

/** Tells one operation when to pause, and pauses it. */
export interface Pace {
  /** Whether it is time to pause. Reading the clock is cheap, but ask once per ~100 µs of work, not per value. */
  due(): boolean
  /** Pauses until the event loop has had its turn, then throws the signal's reason if it was aborted. */
  rest(): Promise<void>
}

/** Resolves after timers and input had their turn. */
export function eventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** When the event loop last had its turn. Shared by all operations, since many short ones in a row block it just as one long one does. */
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

/** Runs `work` with a signal for the caller's own and for what else ends it. */
export type Stops = <T>(signal: AbortSignal | undefined, work: (signal: AbortSignal | undefined) => Promise<T>) => Promise<T>

let stops: Stops = (signal, work) => work(signal)

/** Sets what ends `paced` work beside its signal: the stop button, which notebook/ knows, and what is paced may not import. */
export function stopPacedBy(given: Stops): void {
  stops = given
}

/** Runs `work` at a pace that ends it by the signal, and in a notebook by the stop button. */
export function paced<T>(signal: AbortSignal | undefined, work: (clock: Pace) => Promise<T>): Promise<T> {
  return stops(signal, async (either) => work(pace(either)))
}
