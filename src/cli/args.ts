/** @file From an argument list to values, by a command's own table of flags; help is written from the same table. */
import { parseArgs } from 'node:util'
import { nearestName } from '../optionChecks.js'
import { usageError } from './errors.js'

/** One flag of a command. */
interface Flag {
  /** One letter, for `-k`. */
  short?: string
  /** Placeholder of its value in the help; a flag without one takes no value. */
  value?: string
  /** One line for the help. */
  help: string
}

/** The flags of a command, by their long names. */
export type Flags = Readonly<Record<string, Flag>>

/** What was given on the command line. */
export interface Parsed {
  /** Values by flag; '' for flags that take none. */
  readonly values: ReadonlyMap<string, string>
  readonly positionals: readonly string[]
}

/**
 * Parses by node:util's parseArgs. A value may be a negative number (`--tol -1`), but no other word that starts with a dash.
 * @param where the command, named in errors: 'fastkmeans train'
 * @throws a usage error for an unknown flag (with the nearest name), one given twice, a value that is missing or not wanted
 */
export function parseFlags(where: string, args: readonly string[], flags: Flags): Parsed {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { short, value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const values = new Map<string, string>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    if (!Object.hasOwn(flags, name)) throw usageError(`${where}: unknown flag ${rawName}${suggestion(name, flags)}`)
    const placeholder = flags[name].value
    if (values.has(name)) throw usageError(`${where}: expected ${rawName} once, got it twice`)
    if (placeholder === undefined && value !== undefined) throw usageError(`${where}: expected no value after ${rawName}, got '${value}'`)
    if (placeholder !== undefined) {
      const wrong = value === undefined ? 'none' : !inlineValue && looksLikeFlag(value) ? `'${value}'` : undefined
      if (wrong) throw usageError(`${where}: expected a value after ${rawName} (${placeholder}), got ${wrong}`)
    }
    values.set(name, value ?? '')
  }
  return { values, positionals }
}

const looksLikeFlag = (value: string): boolean => value.length > 1 && value.startsWith('-') && Number.isNaN(Number(value))

/** The flag that is nearest to an unknown one, for the error. One letter is never taken for a misspelling of a word. */
function suggestion(name: string, flags: Flags): string {
  const near = name.length < 2 ? undefined : nearestName(name, Object.keys(flags))
  return near === undefined ? '' : `; did you mean --${near}?`
}

/** A flag's value as a number. */
export function numberOf(where: string, { values }: Parsed, name: string): number | undefined {
  const text = values.get(name)
  if (text === undefined) return undefined
  const value = text.trim() === '' ? NaN : Number(text)
  if (Number.isNaN(value)) throw usageError(`${where}: expected ${name.length > 1 ? '--' : '-'}${name} to be a number, got '${text}'`)
  return value
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** A flag's value as bytes: 2000000, 512M, 1.5GB, 2GiB. Units are powers of 1,024. */
export function bytesOf(where: string, { values }: Parsed, name: string): number | undefined {
  const text = values.get(name)
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim())
  if (!match) throw usageError(`${where}: expected --${name} to be bytes, such as 512M or 2G, got '${text}'`)
  return Math.floor(Number(match[1]) * UNITS[match[2].toUpperCase()])
}

/** The files a command is about: one, or several that are one after the other. */
export function someFiles(where: string, { positionals }: Parsed): readonly string[] {
  if (positionals.length > 0) return positionals
  throw usageError(`${where}: expected a file, got none`)
}
