/** @file Checks of the generators' and readers' options. Every message names the function, what was expected and what came. */
import { describe } from '../describe.js'

/** @throws RangeError unless the value is a safe integer, and at least so much */
export function integerAtLeast(where: string, name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw new RangeError(`${where}: expected ${name} to be an integer ≥ ${least}, got ${describe(value)}`)
}

/** @throws RangeError unless the seed is a safe integer */
export function anySeed(where: string, seed: unknown): void {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`${where}: expected seed to be a safe integer, got ${describe(seed)}`)
}

/** @throws RangeError unless the value is a finite number from 0 on */
export function notNegative(where: string, name: string, value: unknown): void {
  if (!Number.isFinite(value) || (value as number) < 0)
    throw new RangeError(`${where}: expected ${name} to be a number ≥ 0, got ${describe(value)}`)
}
