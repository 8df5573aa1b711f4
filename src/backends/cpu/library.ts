/**
 * @file The native library: where it is taken from, whether it may be used, and its functions. It was built here, or came with the package. koffi is
 * an optional dependency: both may be absent, and `findLibrary` says why.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { buildLibrary } from './build.js'
import { SOURCES, sourcesHash } from './compile.js'
import { BUILT, PREBUILT, findLibraries, platformName } from './files.js'

/** A pointer, as koffi hands it over. */
export type Pointer = unknown
/** Memory that a call reads or writes; it must stay referenced until the call has returned. */
export type Memory = Float32Array | Float64Array | Int32Array | Uint32Array | Pointer | null
type Argument = Memory | number | string

/** One function of api.h. */
export interface NativeFunction {
  (...values: Argument[]): unknown
  /** Runs on a thread of its own; the last argument is the callback. */
  async(...values: (Argument | ((error: unknown, result: number) => void))[]): void
}

/** The functions of api.h that are used, without their prefix, in camelCase. */
const FUNCTIONS = [
  'isa',
  'open',
  'block',
  'close',
  'columnStats',
  'prepare',
  'assign',
  'sums',
  'update',
  'sqDistances',
  'distances',
  'blockInertia',
  'seed',
  'potentials',
  'pick',
] as const

/** The functions of api.h, by their names without the prefix. */
export type Library = Record<(typeof FUNCTIONS)[number], NativeFunction>

/** The part of koffi that is used. */
interface Koffi {
  load(path: string): { func(prototype: string): NativeFunction }
}

const require = createRequire(import.meta.url)
let intact: string[] = []
let loaded: Library | undefined

/**
 * The prototypes as koffi reads them, out of api.h: so they are always those of the library that these sources give. Every pointer but a string is
 * a `void *`, for which koffi takes any typed array.
 */
export function prototypes(): Record<string, string> {
  const text = readFileSync(join(SOURCES, 'api.h'), 'utf8').replace(/\/\*.*?\*\//gs, '')
  const all = [...text.matchAll(/^PUBLIC (.*?)\b(fastkmeans_(\w+))\((.*?)\);/gms)].map(([, result, symbol, name, parameters]) => {
    const types = [result, ...parameters.split(',')].map((type) =>
      type.includes('*') && !type.includes('char *') ? 'void *' : type.trim(),
    )
    return [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), `${types[0]} ${symbol}(${types.slice(1).join(', ')})`]
  })
  return Object.fromEntries(all) as Record<string, string>
}

/** What neither a package nor a compiler can help. */
function obstacle(): string | undefined {
  try {
    require.resolve('koffi')
  } catch {
    return 'the optional package koffi is not installed; npm install koffi'
  }
  return sourcesHash() === undefined
    ? 'its C sources are not in this installation (a bundle must keep the package fastkmeans external)'
    : undefined
}

/** Whether there is a library to load; cheap, and nothing is loaded. `why` says what is missing and how to get it. */
export function findLibrary(): { available: boolean; why: string } {
  const found = { available: true, why: 'native library found' }
  if (intact.length > 0) return found
  const missing = obstacle()
  if (missing !== undefined) return { available: false, why: missing }
  const all = [...findLibraries(BUILT), ...findLibraries(PREBUILT)]
  intact = all.filter(({ damaged }) => !damaged).map(({ file }) => file)
  if (intact.length > 0) return found
  const state = all.length > 0 ? `${all[0].file} is damaged` : `there is no native library for ${platformName()} yet`
  return { available: false, why: `${state}; with a C compiler (cc, gcc or clang), device: 'cpu' builds it` }
}

/**
 * Loads the library, once. Where there is none, or none that the system loads, it is built, if there are sources and a compiler.
 * @throws Error with what is missing and how to get it
 */
export function loadLibrary(): Library {
  if (loaded !== undefined) return loaded
  const { available, why } = findLibrary()
  const failures = available ? [] : [why]
  loaded = loadFirst(intact, failures)
  if (loaded === undefined && obstacle() === undefined) {
    const failure = buildLibrary()
    if (failure !== undefined) failures.push(`building it failed: ${failure}`)
    else
      loaded = loadFirst(
        findLibraries(BUILT).map(({ file }) => file),
        failures,
      )
  }
  if (loaded === undefined) throw new Error(`openCpu: expected the native library, got none: ${failures.join('; ')}`)
  return loaded
}

function loadFirst(paths: readonly string[], failures: string[]): Library | undefined {
  for (const path of paths)
    try {
      const library = (require('koffi') as Koffi).load(path)
      const all = prototypes()
      return Object.fromEntries(FUNCTIONS.map((name) => [name, library.func(all[name])])) as Library
    } catch (error) {
      failures.push(`${path} does not load: ${(error as Error).message}`)
    }
  return undefined
}
