/** @file The library as it is built (npm run build), which is what is measured: the types are the source's. */
import type * as Library from '../src/index.js'

const built = new URL('../dist/index.js', import.meta.url).href

export const { FastKMeans } = (await import(built)) as typeof Library
