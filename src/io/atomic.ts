/**
 * @file Writing a file so that it is either there in full or not at all: into a file beside it, flushed to the disk, then renamed. What
 * stood there before survives a write that fails, and no temporary file stays.
 */

import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe } from '../describe.js'
import { pathText } from './source.js'
import type { FilePath } from './source.js'

/** Takes the bytes of a file, one after the other. */
export type Sink = (bytes: Uint8Array) => Promise<void>

const MAX_WRITE = 2 ** 30

/**
 * Writes a file at once: `body` hands its bytes to the sink. Links are followed, the mode of an existing file is kept, and what is no
 * regular file (a pipe, /dev/null) is written to directly.
 * @param where the caller, named in errors: 'writeNpy'
 */
export async function writeAtomic(path: FilePath, where: string, body: (sink: Sink) => Promise<void>): Promise<void> {
  if (typeof path !== 'string' && !(path instanceof URL)) throw new TypeError(`${where}: expected a path, got ${describe(path)}`)
  const named = pathText(path)
  if (named === '') throw new Error(`${where}: expected the path of a file, got ''`)
  const existing = await stat(named).catch(() => undefined)
  if (existing?.isDirectory()) throw new Error(`${where}: expected the path of a file, got a folder (${named})`)
  // The system's own words name a call, and no file: 'ENOSPC: no space left on device, write'.
  const naming = (error: NodeJS.ErrnoException): never => {
    throw error.syscall === undefined ? error : new Error(`${where}: ${error.message} (${named})`, { cause: error })
  }
  if (existing && !existing.isFile()) {
    await fill(await open(named, 'w'), body).catch(naming)
    return
  }
  const target = existing ? await realpath(named) : named
  const temporary = join(dirname(target), `.${basename(target).slice(0, 40)}.${randomUUID()}.tmp`)
  const handle = await open(temporary, 'wx').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new Error(`${where}: expected an existing folder, found none (${dirname(named)})`, { cause })
    throw cause
  })
  try {
    if (existing) await handle.chmod(existing.mode & 0o777)
    await fill(handle, body, true).catch(naming)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function fill(handle: FileHandle, body: (sink: Sink) => Promise<void>, flush = false): Promise<void> {
  try {
    await body(async (bytes) => {
      let done = 0
      while (done < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, done, Math.min(MAX_WRITE, bytes.length - done))
        done += bytesWritten
      }
    })
    if (flush) await handle.sync()
  } finally {
    await handle.close()
  }
}
