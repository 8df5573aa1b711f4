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

/** The exit code that a shell expects of a process which such a signal ended: 128 + the signal's number. */
export const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 }

/** The exit code of an error: 1 unless it is marked otherwise. */
export function exitCodeOf(error: unknown): number {
  const code = (error as { exitCode?: unknown } | null)?.exitCode
  return typeof code === 'number' ? code : 1
}

/** Does the work for every item, also where it fails for another one; then throws what failed, as one error. */
export async function forEvery<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = []
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error))
  if (failures.length === 0) return
  if (failures.length === 1) throw failures[0]
  const text = failures.map((error) => (error instanceof Error ? error.message : String(error))).join('\n')
  throw Object.assign(new Error(text, { cause: failures }), { exitCode: Math.min(...failures.map(exitCodeOf)) })
}
