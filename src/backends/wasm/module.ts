/** @file The compiled kernels: kernels.wasm, which says itself what made it (.ci/build-wasm.mjs). Compiled once per process. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { WebAssembly } from './webAssembly.js'
import type { Module } from './webAssembly.js'

/** From src/backends/wasm and from dist/backends/wasm alike. */
const FILE = new URL('../../../src/backends/wasm/kernels.wasm', import.meta.url)
/** A function that returns a vector of zeros. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11)

/** How an argument is passed: a number, an integer of 64 bits, an array that is only read, or one that is written to. */
export type ArgumentKind = 'number' | 'long' | 'read' | 'write'

/** What the file says of itself. */
export interface Origin {
  compiler: string
  /** The command that makes it. */
  by: string
  /** SHA-256 of compiler flags and C sources. */
  sources: string
  /** Arguments of each function of api.h, by its name without the prefix. */
  functions: Record<string, ArgumentKind[]>
}

export interface Kernels {
  module: Module
  origin: Origin
}

let loading: Promise<Kernels> | undefined

/** Reads and compiles the kernels, once. */
export function loadKernels(): Promise<Kernels> {
  loading ??= load()
  return loading
}

async function load(): Promise<Kernels> {
  const module = await WebAssembly.compile(await readFile(FILE))
  const [section] = WebAssembly.Module.customSections(module, 'fastkmeans')
  return { module, origin: JSON.parse(new TextDecoder().decode(section)) as Origin }
}

/** What this JavaScript engine lacks, or undefined. Cheap: nothing is compiled. */
export function obstacle(): string | undefined {
  if (WebAssembly === undefined || !WebAssembly.validate(SIMD)) return 'this JavaScript engine has no WebAssembly SIMD'
  if (typeof SharedArrayBuffer === 'undefined') return 'this JavaScript engine has no SharedArrayBuffer'
  return existsSync(FILE) ? undefined : 'kernels.wasm is not in this installation'
}
