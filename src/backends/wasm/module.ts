/** @file The compiled kernels, one file per instruction set, which say themselves what made them (.ci/build-wasm.mjs). Compiled once each. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { WebAssembly } from './webAssembly.js'
import type { Module } from './webAssembly.js'

/** Instruction sets: of every engine; and of those that have relaxed SIMD, four times the multiplications in an instruction. */
export type WasmIsa = 'simd128' | 'relaxed'

/** From src/backends/wasm and from dist/backends/wasm alike. */
const fileOf = (name: string): URL => new URL(`../../../src/backends/wasm/${name}`, import.meta.url)
const FILES: Readonly<Record<WasmIsa, URL>> = { simd128: fileOf('kernels.wasm'), relaxed: fileOf('kernelsRelaxed.wasm') }
/** A function that returns a vector of zeros. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11)
/** dot(a, b): a lane of i32x4.relaxed_dot_i8x16_i7x16_add of vectors of these bytes, onto zeros: 4·a·b. */
const DOT = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 100, 111, 116, 0, 0, 10, 22, 1, 20, 0, 32, 0, 253,
  15, 32, 1, 253, 15, 65, 0, 253, 17, 253, 147, 2, 253, 27, 0, 11,
])
/** Factors up to the largest, the second of 7 bits. V8 11.3, where relaxed SIMD is an experiment, gives twice the product. */
const PAIRS = [
  [127, 127],
  [-127, 127],
  [-1, 1],
]
/** 4·127·255 where sums of two products saturate at 2^15 − 1. */
const SATURATED = 4 * 2 ** 14 - 2

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

/** One compiled file. */
export interface Kernels {
  isa: WasmIsa
  module: Module
  origin: Origin
}

const loading: Partial<Record<WasmIsa, Promise<Kernels>>> = {}

/** Reads and compiles the kernels, once. */
export function loadKernels(isa: WasmIsa): Promise<Kernels> {
  return (loading[isa] ??= load(isa))
}

async function load(isa: WasmIsa): Promise<Kernels> {
  const module = await WebAssembly.compile(await readFile(FILES[isa]))
  const [section] = WebAssembly.Module.customSections(module, 'fastkmeans')
  return { isa, module, origin: JSON.parse(new TextDecoder().decode(section)) as Origin }
}

/** What this JavaScript engine lacks, or undefined. Cheap: nothing is compiled. */
export function obstacle(): string | undefined {
  if (WebAssembly === undefined || !WebAssembly.validate(SIMD)) return 'this JavaScript engine has no WebAssembly SIMD'
  if (typeof SharedArrayBuffer === 'undefined') return 'this JavaScript engine has no SharedArrayBuffer'
  return existsSync(FILES.simd128)
    ? undefined
    : 'kernels.wasm is not in this installation (a bundle must keep the package fastkmeans external)'
}

/** Whether this JavaScript engine has the relaxed dot product and multiplies right, and whether it does so in one instruction. */
export function relaxedDot(): { right: boolean; quick: boolean } {
  if (!WebAssembly.validate(DOT)) return { right: false, quick: false }
  const { dot } = new WebAssembly.Instance(new WebAssembly.Module(DOT), {}).exports
  // Of x86 without AVX-VNNI the eighth bit, whose meaning is left open, shows the instruction whose sums saturate: V8 takes five for one then.
  return { right: PAIRS.every(([a, b]) => dot(a, b) === 4 * a * b), quick: dot(127, 255) !== SATURATED }
}

/**
 * The set of that name, or for '' or any other name the best: names of native sets (FASTKMEANS_ISA) are for another backend.
 * @throws Error where 'relaxed' is asked for and not there
 */
export function chooseIsa(name: string): WasmIsa {
  if (name === 'simd128') return name
  const { right, quick } = relaxedDot()
  if (name === 'relaxed' && !right)
    throw new Error(
      `openWasm: expected a JavaScript engine with relaxed SIMD for 'relaxed' (FASTKMEANS_ISA), got none whose dot products are right`,
    )
  return right && (quick || name === 'relaxed') ? 'relaxed' : 'simd128'
}
