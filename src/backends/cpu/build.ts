/**
 * @file Builds the native library with the system's C compiler: run by `npm install` in a clone (`buildNow.ts`), and
 * before the first use where there is no library for this platform. Without a compiler it says so in one line, and 'cpu' is not available.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compileLibrary, sourcesHash } from './compile.js'
import { BUILT, findLibraries, installLibrary, namePrefix } from './files.js'

const COMPILERS = ['cc', 'gcc', 'clang']

/**
 * Builds the library unless it is there. Several processes may do so at a time: each builds aside, and the last renaming wins.
 * @returns what stands in the way; undefined where the library is there
 */
export function buildLibrary(): string | undefined {
  if (sourcesHash() === undefined) return 'no C sources'
  if (findLibraries(BUILT).some(({ damaged }) => !damaged)) return undefined
  const compiler = COMPILERS.find(runs)
  if (compiler === undefined) return `no C compiler (${COMPILERS.join(', ')})`
  let folder: string | undefined
  try {
    mkdirSync(BUILT, { recursive: true })
    folder = mkdtempSync(join(BUILT, 'build-'))
    const file = join(folder, 'library')
    compileLibrary({ compiler: [compiler], arch: process.arch }, folder, file)
    removeStale(installLibrary(file, BUILT))
    return undefined
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string }
    if (stderr === undefined) return message
    const lines = stderr.toString().trim().split('\n')
    return `${compiler} failed: ${lines.find((line) => line.includes('error')) ?? lines[0]}`
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

/** Takes away what was built for this platform of other sources, and what is damaged. */
function removeStale(kept: string): void {
  for (const name of readdirSync(BUILT).filter((other) => other.startsWith(namePrefix()) && other !== kept))
    try {
      rmSync(join(BUILT, name), { force: true })
    } catch {
      // in use by another process: the next build takes it away
    }
}
