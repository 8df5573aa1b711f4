/**
 * @file Progress within a long start or a long pass over the points, on its way to the option onProgress: reported at most every 50 ms, and
 * an error that onProgress throws ends the training.
 */

/** Takes the share of a stage that is done; `words` makes the text for it, and is called only if the report is used. */
export type Tell = (share: number, words: () => string) => void

/** Least milliseconds between two reports. Sessions that run C kernels ask for progress just as often. */
const PAUSE = 50

/** '40 % of the rows'. */
export const rowsText = (share: number): string => `${Math.floor(100 * share)} % of the rows`

/**
 * Passes on a report if PAUSE is over since the one before, or since this call. So a short stage reports nothing and only reads the clock.
 * @returns `tell`, which takes the reports, and `failed`, a signal that is aborted with the error if onProgress throws one: reports come
 * from timers, where nobody would catch it
 */
export function seldom<P>(onProgress: (progress: P) => void): { tell(progress: () => P): void; failed: AbortSignal } {
  const failure = new AbortController()
  let last = performance.now()
  return {
    tell(progress) {
      const now = performance.now()
      if (now - last < PAUSE || failure.signal.aborted) return
      last = now
      try {
        onProgress(progress())
      } catch (error) {
        failure.abort(error)
      }
    },
    failed: failure.signal,
  }
}
