/** @file Ctrl-C: the first asks the work to stop and to keep what it has, the second ends the process. */
import { EXIT_CODES } from './errors.js'
import type { StopSignal } from './errors.js'

/** Ctrl-C and its like while a command runs. */
export interface Interrupt {
  /** Aborts on the first signal. */
  readonly signal: AbortSignal
  /** The signal that arrived, if one did. */
  stoppedBy(): StopSignal | undefined
  /** Stops listening, so that signals do again what they do by default. */
  release(): void
}

/** Seconds within which a second signal counts as the same: npm and npx pass on a Ctrl-C that the terminal has sent to us already. */
const SAME_KEY = 0.3

/** @param say gets a line for the user */
export function onInterrupt(say: (line: string) => void): Interrupt {
  const controller = new AbortController()
  let first: StopSignal | undefined
  let at = 0
  const handle = (name: StopSignal): void => {
    const now = performance.now() / 1000
    if (first === undefined) {
      first = name
      at = now
      say('Stopping; again (Ctrl-C) to quit at once and lose what was done.')
      controller.abort(new DOMException(`stopped by ${name}`, 'AbortError'))
    } else if (now - at > SAME_KEY) process.exit(EXIT_CODES[name])
  }
  const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM']
  for (const name of signals) process.on(name, handle)
  return {
    signal: controller.signal,
    stoppedBy: () => first,
    release: () => {
      for (const name of signals) process.off(name, handle)
    },
  }
}
