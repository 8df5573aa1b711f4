/**
 * @file Where libraries lie and how they are named: platform, hash of the sources, hash of the content. So one that was built from other
 * sources is not found, and one that was damaged is known without being loaded (which could end the process).
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, sourcesHash } from './compile.js'

/** Made for the package (prebuild.ts), for several platforms. */
export const PREBUILT = join(ROOT, 'dist/prebuilt')
/** Made on this machine (build.ts). */
export const BUILT = join(ROOT, '.cache/cpu')

const EXTENSIONS: Partial<Record<string, string>> = { win32: 'dll', darwin: 'dylib' }
/** Bytes of an executable that hold the name of its dynamic loader. */
const HEAD = 4096

let musl: boolean | undefined

/** Whether Node runs on musl (Alpine): its libraries are not those of glibc. */
function onMusl(): boolean {
  if (musl !== undefined) return musl
  const head = Buffer.alloc(HEAD)
  try {
    const file = openSync(process.execPath, 'r')
    readSync(file, head, 0, HEAD, 0)
    closeSync(file)
  } catch {
    // an executable that cannot be read: taken for the usual one; a library that does not fit is refused when it is loaded
  }
  musl = head.includes('/ld-musl-')
  return musl
}

/** This platform: 'linux-x64', 'linux-x64-musl', 'darwin-arm64', … */
export function platformName(): string {
  return `${process.platform}-${process.arch}${process.platform === 'linux' && onMusl() ? '-musl' : ''}`
}

/** How the names of a platform's libraries begin. */
export function namePrefix(platform = platformName()): string {
  return `fastkmeans-${platform}-`
}

const contentHash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)

/** Gives a library its name, within one file system. @returns the name */
export function installLibrary(file: string, folder: string, platform = platformName()): string {
  const extension = EXTENSIONS[platform.split('-')[0]] ?? 'so'
  const name = `${namePrefix(platform)}${sourcesHash()}-${contentHash(file)}.${extension}`
  renameSync(file, join(folder, name))
  return name
}

/** This platform's libraries of these sources in a folder. `damaged`: the content is not what the name says, or cannot be read. */
export function findLibraries(folder: string): { file: string; damaged: boolean }[] {
  const prefix = `${namePrefix()}${sourcesHash()}-`
  return namesIn(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(folder, name))
    .map((file) => ({ file, damaged: isDamaged(file) }))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isDamaged(file: string): boolean {
  try {
    return !file.includes(`-${contentHash(file)}.`)
  } catch {
    return true
  }
}
