/**
 * @file How far a training is inside its start and its passes, where these take long: how that comes to the option onProgress, seldom and
 * with care.
 */

/** Takes what a stage says; the words are only made where they are wanted. */
export type Tell = (share: number, words: () => string) => void

/** Milliseconds between two reports; sessions whose passes are C look as often. */
const PAUSE = 50

/** '40 % of the rows'. */
export const rowsText = (share: number): string => `${Math.floor(100 * share)} % of the rows`

/**
 * Passes on what came PAUSE after the last report, or after the call: what is short tells nothing, and pays a look at the clock.
 * @returns `failed` is aborted by what onProgress throws: it is called from timers, whose errors nobody catches
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
