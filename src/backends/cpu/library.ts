/**
 * @file The native library: where it lies, whether it may be used, and its functions. It carries the hash of its C sources in its name; one
 * that was built from others is not found, hence never loaded. koffi is an optional dependency: both may be absent, and `findLibrary` says why.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { buildLibrary, libraryPath, sourcesHash } from './build.js'

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

/** The functions of api.h, without their prefix. */
export type Library = Record<keyof typeof PROTOTYPES, NativeFunction>

const PROTOTYPES = {
  isa: 'const char *fastkmeans_isa(const char *name)',
  open: 'void *fastkmeans_open(int64_t n, int64_t d, int64_t blocks, int threads, const char *isa, int64_t screenFrom)',
  block: 'void fastkmeans_block(void *s, int64_t index, void *values, int64_t first)',
  close: 'void fastkmeans_close(void *s)',
  columnStats: 'int fastkmeans_column_stats(void *s, void *weights, void *max, void *bad, void *control)',
  prepare: 'int fastkmeans_prepare(void *s, void *mean, void *weights, void *blocks, void *control)',
  assign: 'int fastkmeans_assign(void *s, void *centroids, int64_t k, void *previous, void *labels, void *control, void *open)',
  sums: 'int fastkmeans_sums(void *s, void *labels, void *summed, void *weights, void *scale, int bits, int64_t k, void *hi, void *lo, void *counts, void *countsLow)',
  update:
    'int fastkmeans_update(void *s, void *hi, void *lo, void *counts, void *countsLow, void *scale, int bits, int weighted, int spherical, int64_t k, void *current, void *next, void *shifts, void *terms)',
  sqDistances: 'int fastkmeans_sq_distances(void *s, void *centroids, void *labels, void *distances, void *control)',
  blockInertia: 'int fastkmeans_block_inertia(void *s, void *centroids, void *labels, void *weights, void *blocks, void *control)',
  seed: 'int fastkmeans_seed(void *s, void *centers, int64_t m, int anew, void *weights, void *closest, void *largest, void *control)',
  potentials:
    'int fastkmeans_potentials(void *s, void *candidates, int64_t m, void *weights, void *closest, double scale, void *sums, void *control)',
  pick: 'int fastkmeans_pick(void *s, void *uniforms, int64_t count, void *weights, void *closest, double scale, void *rows)',
} as const

/** The part of koffi that is used. */
interface Koffi {
  load(path: string): { func(prototype: string): NativeFunction }
}

const require = createRequire(import.meta.url)
let loaded: Library | undefined

/** Whether the library can be loaded; cheap, and nothing is loaded. `why` says what is missing and how to get it. */
export function findLibrary(): { available: boolean; why: string } {
  try {
    require.resolve('koffi')
  } catch {
    return { available: false, why: 'the optional package koffi is not installed; npm install koffi' }
  }
  const hash = sourcesHash()
  if (hash === undefined) return { available: false, why: 'its C sources are not in this installation' }
  if (!existsSync(libraryPath(hash)))
    return {
      available: false,
      why: 'its native library is not built; install a C compiler (cc, gcc or clang) and run npm rebuild or npm install',
    }
  return { available: true, why: 'native library built' }
}

/**
 * Loads the library, once; builds it before where sources and a compiler are there.
 * @throws Error with what is missing and how to get it
 */
export function loadLibrary(): Library {
  if (loaded !== undefined) return loaded
  const obstacle = findLibrary().available ? undefined : buildLibrary()
  const { available, why } = findLibrary()
  if (!available) throw new Error(`openCpu: expected the native library, got none: ${why}${obstacle === undefined ? '' : ` (${obstacle})`}`)
  const path = libraryPath(sourcesHash()!)
  try {
    const library = (require('koffi') as Koffi).load(path)
    loaded = Object.fromEntries(Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)])) as Library
  } catch (error) {
    throw new Error(
      `openCpu: expected the native library to load, got '${(error as Error).message}' (${path}); delete it and run npm install`,
      {
        cause: error,
      },
    )
  }
  return loaded
}
