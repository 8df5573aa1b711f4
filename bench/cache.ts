/** @file Where the bench keeps what it makes and fetches: points, the rivals' packages. Nothing of it is committed. */
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
export const CACHE = join(ROOT, '.cache/bench')
/** Points of the cases; FASTKMEANS_BENCH_DATA puts them elsewhere, such as into memory. */
export const DATA = process.env.FASTKMEANS_BENCH_DATA ?? join(CACHE, 'data')
