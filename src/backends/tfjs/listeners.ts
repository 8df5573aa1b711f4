/**
 * @file Emscripten's module of tfjs's wasm backend listens for the uncaught errors of the whole process, to throw them anew. Node does that by
 * itself where nobody listens; where somebody does (a notebook's kernel, a server), the second throw ends the process all the same.
 */

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const
/** What its two listeners do. */
const THROWS_ANEW = /^function \((ex|reason)\) \{\s*(if \(!\(ex instanceof ExitStatus\)\) \{\s*)?throw (ex|reason);/

/** Runs `start`, and takes away those listeners where they came meanwhile. */
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
