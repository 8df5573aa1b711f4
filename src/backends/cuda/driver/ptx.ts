/**
 * @file The device code as it ships: kernels/NAME.cu, compiled beforehand to ptx/NAME.ARCH.ptx (build.ts), which the driver translates for
 * its device. The first line of a PTX file carries the hash of what it was made from.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
/** The package's src/backends/cuda, from there and from dist alike. */
const folder = join(resolve(here, '../../../..'), 'src/backends/cuda')

/** Where the sources lie; they are not in the package. */
export const KERNELS = join(folder, 'kernels')
/** Where the PTX lies; it is in the package. */
export const PTX = join(folder, 'ptx')

/** Lowest compute capability of any PTX: what nvcc 13 still compiles for (Turing). */
export const BASE_ARCH = 'sm_75'
/** Files that use what only later devices have. sm_90a runs on Hopper alone; the others run on all that came after, too. */
export const ARCHS: Readonly<Record<string, string>> = { screenAmpere: 'sm_80', screenHopper: 'sm_90a', screenHopperInt8: 'sm_90a' }

/** Files of kernels of which a session uses one: it alone is loaded. */
const SPLIT: ReadonlySet<string> = new Set(['screenAmpere', 'screenHopper', 'screenHopperInt8'])

/** Version of the PTX language that the files claim, for drivers from 550 on; nvcc 13 would say 9.0, for which 580 is needed. */
export const PTX_VERSION = '8.4'
/** No contraction: where a multiply-add is wanted, the source says so. Everything in order, nothing flushed to zero. */
export const NVCC_FLAGS = ['-std=c++17', '-O3', '-fmad=false', '-ftz=false', '-prec-div=true', '-prec-sqrt=true'] as const

/** The architecture that kernels/NAME.cu is compiled for. */
export function archOf(name: string): string {
  return ARCHS[name] ?? BASE_ARCH
}

/** Path of the PTX of kernels/NAME.cu. */
export function ptxPath(name: string): string {
  return join(PTX, `${name}.${archOf(name)}.ptx`)
}

/** What is loaded for a kernel of kernels/NAME.cu: 'NAME', or 'NAME:KERNEL' where it is loaded alone. */
export function moduleOf(file: string, kernel: string): string {
  return SPLIT.has(file) ? `${file}:${kernel}` : file
}

/** kernels/NAME.cu of a module's name. */
export function fileOf(module: string): string {
  return module.split(':')[0]
}

/** The PTX of a module, as text that ends in a zero byte (cuModuleLoadData's form). */
export function readPtx(module: string): Buffer {
  const [file, kernel] = module.split(':')
  const text = readFileSync(ptxPath(file), 'utf8')
  return Buffer.from(`${kernel === undefined ? text : kernelAlone(text, kernel)}\0`)
}

/** What comes before the first kernel, and this one. */
function kernelAlone(text: string, kernel: string): string {
  const [head, ...kernels] = text.split(/^(?=\.visible \.entry )/m)
  const wanted = kernels.find((code) => code.startsWith(`.visible .entry ${kernel}(`))
  if (wanted === undefined) throw new Error(`cuda: expected a kernel ${kernel} in the PTX, got none`)
  return head + wanted
}

/** The hash of kernels/NAME.cu, of all that it includes, and of how it is compiled. */
export function sourceHash(name: string): string {
  const sum = createHash('sha256').update(JSON.stringify([NVCC_FLAGS, archOf(name), PTX_VERSION]))
  const seen = new Set<string>()
  const add = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(join(KERNELS, file), 'utf8')
    sum.update(`${file}\0${text}\0`)
    for (const [, included] of text.matchAll(/^#include "([\w.]+)"/gm)) add(included)
  }
  add(`${name}.cu`)
  return sum.digest('hex').slice(0, 16)
}

/** The hash that the committed PTX says it was made from. */
export function ptxHash(name: string): string | undefined {
  return /^\/\/ \S+ from sources ([0-9a-f]{16})/.exec(readFileSync(ptxPath(name), 'utf8'))?.[1]
}
