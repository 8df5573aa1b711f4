/** @file Signals that end a training or a prediction. */

/** Whether this is the signal's own reason; another error that comes after an abort is an error all the same. */
export function isAbort(caught: unknown, signal: AbortSignal | undefined): boolean {
  return signal !== undefined && signal.aborted && Object.is(caught, signal.reason)
}

/** One signal for all that are there. */
export function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const present = signals.filter((signal) => signal !== undefined)
  return present.length < 2 ? present[0] : AbortSignal.any(present)
}
