/**
 * @file The native library from its C sources: which files with which flags, and the calls of the compiler. build.ts does it on the user's
 * machine, prebuild.ts for the package.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
/** The package's top folder, from src/backends/cpu and from dist/backends/cpu alike. */
export const ROOT = resolve(here, '../../..')
/** Where the C sources lie; they are in the package. Their includes are relative to it. */
export const SOURCES = join(ROOT, 'src/backends/cpu/kernels')

/** No fused multiply-adds and no reordering: the definition is to the bit. */
const FLAGS = [
  '-std=c11',
  '-O3',
  '-fPIC',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
]
const WIDE = ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', '-mprefer-vector-width=512']
/** The file of an instruction set: its architecture, and the flags of GCC and clang, or of zig where it has its own. */
interface IsaFile {
  arch: string
  flags: readonly string[]
  zig?: readonly string[]
  /** Not every compiler knows it; the library does without. */
  optional?: true
}
const ISAS: Record<string, IsaFile> = {
  'sets/amx.c': { arch: 'x64', flags: [...WIDE, '-mamx-tile', '-mamx-int8'], optional: true },
  'sets/avx512.c': { arch: 'x64', flags: [...WIDE, '-mavx512vnni'] },
  'sets/avxVnni.c': { arch: 'x64', flags: ['-mavx2', '-mfma', '-mavxvnni'], optional: true },
  'sets/avx2.c': { arch: 'x64', flags: ['-mavx2', '-mfma'] },
  'sets/neonMatrix.c': { arch: 'arm64', flags: ['-march=armv8.2-a+i8mm'], zig: ['-mcpu=generic+i8mm'], optional: true },
  'sets/neonDot.c': { arch: 'arm64', flags: ['-march=armv8.2-a+dotprod'], zig: ['-mcpu=generic+dotprod'], optional: true },
  'sets/neon.c': { arch: 'arm64', flags: [] },
}

/** The C sources by their paths, with '/' on every system. */
function sourceFiles(): string[] {
  return existsSync(SOURCES)
    ? readdirSync(SOURCES, { encoding: 'utf8', recursive: true })
        .map((path) => path.replaceAll(sep, '/'))
        .filter((name) => /\.[ch]$/.test(name) && !/wasm\.c$/i.test(name))
        .sort()
    : []
}

let hash: string | undefined

/** The hash of the C sources (api.h among them, hence of the prototypes) and flags; undefined where there are no sources. */
export function sourcesHash(): string | undefined {
  if (hash !== undefined) return hash
  const files = sourceFiles()
  if (files.length === 0) return undefined
  const sum = createHash('sha256').update(JSON.stringify([FLAGS, ISAS]))
  for (const name of files)
    sum
      .update(name)
      .update('\0')
      .update(readFileSync(join(SOURCES, name)))
      .update('\0')
  hash = sum.digest('hex').slice(0, 16)
  return hash
}

/** A compiler, and what it makes. */
export interface Target {
  /** The command and its first arguments: ['cc'], ['zig', 'cc', '-target', …]. */
  compiler: readonly string[]
  /** As process.arch names it. */
  arch: string
  zig?: boolean
}

/**
 * Compiles every source that the target's architecture takes.
 * @param folder where the objects go
 * @param extra flags of every call
 * @returns the objects' paths
 * @throws Error with `stderr`, as execFileSync does
 */
export function compileObjects({ compiler, arch, zig }: Target, folder: string, extra: readonly string[] = []): string[] {
  const objects: string[] = []
  const without: string[] = []
  const compile = (name: string, flags: readonly string[]): void => {
    const object = join(folder, `${basename(name)}.o`)
    call(compiler, [...FLAGS, `-I${SOURCES}`, ...flags, ...extra, '-c', join(SOURCES, name), '-o', object])
    objects.push(object)
  }
  for (const [name, isa] of Object.entries(ISAS).filter(([, { arch: own }]) => own === arch))
    try {
      compile(name, (zig && isa.zig) || isa.flags)
    } catch (error) {
      if (isa.optional === undefined) throw error
      without.push(`-DWITHOUT_${basename(name, '.c')}`)
    }
  for (const name of sourceFiles().filter((other) => other.endsWith('.c') && ISAS[other] === undefined)) compile(name, without)
  return objects
}

/** Compiles and links the library as `file`, with objects in `folder`. */
export function compileLibrary(target: Target, folder: string, file: string, extra: readonly string[] = []): void {
  const objects = compileObjects(target, folder)
  call(target.compiler, ['-shared', ...extra, '-o', file, ...objects, '-lpthread', '-lm'])
}

/** Calls the compiler. @throws Error with `stderr` */
function call([command, ...first]: readonly string[], args: readonly string[]): void {
  execFileSync(command, [...first, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
}
