/**
 * @file Builds the native library with the system's C compiler: run by `npm install` in a clone (`node dist/backends/cpu/build.js`), and
 * before the first use where that has not happened. Without a compiler it says so in one line, and 'cpu' is not available.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
/** The package's top folder, from src/backends/cpu and from dist/backends/cpu alike. */
const root = resolve(here, '../../..')
const SOURCES = join(root, 'src/backends/cpu')
const BUILT = join(root, '.cache/cpu')

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
]
const WIDE = ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', '-mprefer-vector-width=512']
/** What a file of one instruction set needs. */
const ISA_FLAGS: Record<string, readonly string[]> = {
  'screenAmx.c': [...WIDE, '-mamx-tile', '-mamx-int8'],
  'screenAvx512.c': [...WIDE, '-mavx512vnni'],
  'screenAvx2.c': ['-mavx2'],
}
/** Sets that not every compiler knows; the library does without them. */
const OPTIONAL = ['screenAmx.c']
const COMPILERS = ['cc', 'gcc', 'clang']

function sourceFiles(): string[] {
  return existsSync(SOURCES)
    ? readdirSync(SOURCES)
        .filter((name) => /\.[ch]$/.test(name) && !name.endsWith('Wasm.c'))
        .sort()
    : []
}

let hash: string | undefined

/** The hash of the C sources and flags; undefined where there are no sources. */
export function sourcesHash(): string | undefined {
  if (hash !== undefined) return hash
  const files = sourceFiles()
  if (files.length === 0) return undefined
  const sum = createHash('sha256').update(JSON.stringify([FLAGS, ISA_FLAGS]))
  for (const name of files)
    sum
      .update(name)
      .update('\0')
      .update(readFileSync(join(SOURCES, name)))
      .update('\0')
  hash = sum.digest('hex').slice(0, 16)
  return hash
}

/** Where the library of these sources lies on this platform. */
export function libraryPath(hash: string): string {
  const extension = process.platform === 'win32' ? 'dll' : process.platform === 'darwin' ? 'dylib' : 'so'
  return join(BUILT, `fastkmeans-${process.platform}-${process.arch}-${hash}.${extension}`)
}

/**
 * Builds the library unless it is there. Several processes may do so at a time: each builds aside, and the last renaming wins.
 * @returns what stands in the way; undefined where the library is there
 */
export function buildLibrary(): string | undefined {
  const sum = sourcesHash()
  if (sum === undefined) return 'no C sources'
  const target = libraryPath(sum)
  if (existsSync(target)) return undefined
  const compiler = COMPILERS.find(runs)
  if (compiler === undefined) return `no C compiler (${COMPILERS.join(', ')})`
  let folder: string | undefined
  try {
    mkdirSync(BUILT, { recursive: true })
    folder = mkdtempSync(join(BUILT, 'build-'))
    compile(compiler, folder, target)
    return undefined
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string }
    return `${compiler} failed: ${stderr?.toString().trim().split('\n')[0] ?? message}`
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

function runs(compiler: string): boolean {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function compile(compiler: string, folder: string, target: string): void {
  const stdio = ['ignore', 'ignore', 'pipe'] as const
  const wide = process.arch === 'x64'
  const objects: string[] = []
  for (const name of sourceFiles().filter((file) => file.endsWith('.c') && (wide || !(file in ISA_FLAGS)))) {
    const object = join(folder, `${name}.o`)
    try {
      execFileSync(compiler, [...FLAGS, ...(ISA_FLAGS[name] ?? []), '-c', join(SOURCES, name), '-o', object], { stdio: [...stdio] })
      objects.push(object)
    } catch (error) {
      if (!OPTIONAL.includes(name)) throw error
    }
  }
  const library = join(folder, 'library')
  execFileSync(compiler, ['-shared', '-o', library, ...objects, '-lpthread', '-lm'], { stdio: [...stdio] })
  renameSync(library, target)
  const stale = readdirSync(BUILT).filter(
    (name) => name.startsWith(`fastkmeans-${process.platform}-${process.arch}-`) && name !== basename(target),
  )
  for (const name of stale)
    try {
      rmSync(join(BUILT, name), { force: true })
    } catch {
      // in use by another process: the next build takes it away
    }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const obstacle = buildLibrary()
  if (obstacle !== undefined) console.log(`fastkmeans: the native CPU library was not built: ${obstacle}; other devices are used instead`)
}
