import { setImmediate } from 'node:timers/promises'

/**
 * Runs `work` with a signal that Jupyter's interrupt button aborts (Ctrl-C elsewhere). Without it the cell ends, but what it awaited goes on unseen.
 * @returns what `work` returns
 * @throws what `work` throws; an interrupted FastKMeans does not: it keeps its best centroids, and says so in `stopReason`
 * @example await notebook.interruptible((signal) => new FastKMeans(d, k, { signal }).train(x))
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  // A listener from a cell's first synchronous part would be removed again, and the next interrupt would then end the kernel.
  await setImmediate()
  const controller = new AbortController()
  const stop = (): void => controller.abort(new Error('Interrupted'))
  process.on('SIGINT', stop)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', stop)
  }
}
