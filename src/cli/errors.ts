/** @file What ends a command early, as plain errors with a mark that the exit code is taken from. */

/** A command that was written wrongly; exit code 2. */
export function usageError(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { exitCode: 2 })
}

/** A command that was stopped by a signal; exit code 128 + its number. */
export function stopError(message: string, signal: StopSignal): Error {
  return Object.assign(new Error(message), { exitCode: EXIT_CODES[signal] })
}

/** The signals that stop a command in good order. */
export type StopSignal = 'SIGINT' | 'SIGTERM'

/** What a shell expects of a process that such a signal ended. */
export const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 }

/** The exit code of an error: 1 unless it is marked otherwise. */
export function exitCodeOf(error: unknown): number {
  const code = (error as { exitCode?: unknown } | null)?.exitCode
  return typeof code === 'number' ? code : 1
}
