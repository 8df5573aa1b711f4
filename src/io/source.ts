/**
 * @file Bytes to read from: a file or memory behind one small interface. A read gives all it was asked for, or says that the file is
 * truncated; it is cut into calls that Node's fs accepts.
 */

import { open, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe } from '../describe.js'

/** A place in the file system. */
export type FilePath = string | URL

/** Bytes of a known size that are read by position. */
export interface ByteReader {
  /** For errors: the path, or 'Uint8Array'. */
  readonly name: string
  readonly size: number
  /** Fills `target` with the bytes at `position`. */
  read(target: Uint8Array, position: number): Promise<void>
  close(): Promise<void>
}

/** Node reads at most 2^31 − 1 bytes a call, Linux a page less. */
const MAX_READ = 2 ** 30

/** The path as text. */
export const pathText = (path: FilePath): string => (path instanceof URL ? fileURLToPath(path) : path)

/**
 * Opens a file, or memory, for reading.
 * @param where the caller, named in errors: 'readNpy'
 * @throws Error if there is no regular file
 */
export async function openSource(input: FilePath | Uint8Array, where: string): Promise<ByteReader> {
  if (input instanceof Uint8Array) return bytesSource(input, where)
  if (typeof input !== 'string' && !(input instanceof URL))
    throw new TypeError(`${where}: expected a path or a Uint8Array, got ${describe(input)}`)
  return fileSource(pathText(input), where)
}

/** Memory as a source. */
export function bytesSource(bytes: Uint8Array, where: string, name = 'Uint8Array'): ByteReader {
  return {
    name,
    size: bytes.length,
    async read(target, position) {
      if (position + target.length > bytes.length)
        throw truncated(where, name, { wanted: target.length, position, got: bytes.length - position })
      target.set(bytes.subarray(position, position + target.length))
    },
    async close() {},
  }
}

async function fileSource(path: string, where: string): Promise<ByteReader> {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') throw new Error(`${where}: expected a file, found none (${path})`, { cause })
    throw cause
  })
  // Checked before opening: opening a pipe waits for its writer.
  if (!info.isFile())
    throw new Error(`${where}: expected a regular file, got ${info.isDirectory() ? 'a folder' : 'a pipe or device'} (${path})`)
  const handle = await open(path, 'r')
  return {
    name: path,
    size: info.size,
    async read(target, position) {
      let done = 0
      while (done < target.length) {
        const length = Math.min(MAX_READ, target.length - done)
        const { bytesRead } = await handle.read(target, done, length, position + done)
        if (bytesRead === 0) throw truncated(where, path, { wanted: target.length, position, got: done })
        done += bytesRead
      }
    },
    close: () => handle.close(),
  }
}

const truncated = (where: string, name: string, { wanted, position, got }: { wanted: number; position: number; got: number }): Error =>
  new RangeError(`${where}: expected ${wanted} bytes at offset ${position}, got ${Math.max(0, got)}: the file is truncated (${name})`)

/** Opens, uses and closes a source. */
export async function withSource<T>(input: FilePath | Uint8Array, where: string, use: (source: ByteReader) => Promise<T>): Promise<T> {
  const source = await openSource(input, where)
  try {
    return await use(source)
  } finally {
    await source.close()
  }
}
