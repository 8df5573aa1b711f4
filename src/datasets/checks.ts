/** @file Checks of the generators' and readers' options. Every message names the function, what was expected and what came. */

/** Refuses names that are not options, so that a typing mistake does not quietly give the default. */
export function knownOptions(where: string, options: object, known: readonly string[]): void {
  if (options === null || typeof options !== 'object') throw new TypeError(`${where}: expected an options object, got ${show(options)}`)
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw new TypeError(`${where}: expected options among ${known.join(', ')}, got '${name}'`)
}

/** @throws RangeError unless the value is a safe integer, and at least so much */
export function integerAtLeast(where: string, name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw new RangeError(`${where}: expected ${name} to be an integer ≥ ${least}, got ${show(value)}`)
}

/** @throws RangeError unless the seed is a safe integer */
export function anySeed(where: string, seed: unknown): void {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`${where}: expected seed to be a safe integer, got ${show(seed)}`)
}

/** @throws RangeError unless the value is a finite number from 0 on */
export function notNegative(where: string, name: string, value: unknown): void {
  if (!Number.isFinite(value) || (value as number) < 0)
    throw new RangeError(`${where}: expected ${name} to be a number ≥ 0, got ${show(value)}`)
}

/** A value as it appears in a message: short, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value !== null && typeof value === 'object') return `an object (${value.constructor?.name ?? 'Object'})`
  return String(value)
}
