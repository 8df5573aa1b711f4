/**
 * @file The wasm backend of tfjs, compiled by Emscripten, adds two listeners for the uncaught errors of the whole process, which throw
 * them again. Where the process has a listener of its own that keeps it alive (a notebook's kernel, a server), that second throw ends it
 * all the same. So the two are taken away.
 */

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const
/** The source text by which its two listeners are recognised. */
const THROWS_ANEW = /^function \((ex|reason)\) \{\s*(if \(!\(ex instanceof ExitStatus\)\) \{\s*)?throw (ex|reason);/

/** Runs `start`, and removes those of its two listeners that were added while it ran. */
export async function withoutItsListeners<T>(start: () => T | Promise<T>): Promise<T> {
  const before = EVENTS.map((event) => process.listeners(event as 'uncaughtException'))
  try {
    return await start()
  } finally {
    EVENTS.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException'))
        if (!before[i].includes(listener) && THROWS_ANEW.test(String(listener))) process.off(event, listener)
    })
  }
}
