/** @file Bytes from memory or from a file, unpacked where they are gzipped, in portions: nothing is read whole that need not be. */
import { describe } from '../describe.js'

/** A path, a file: URL, or the bytes themselves. */
export type ByteSource = string | URL | Uint8Array | ArrayBuffer

const PORTION = 2 ** 20

/**
 * The bytes of a source, gunzipped if they begin as gzip does (1f 8b).
 * @param expected what a string that names no file should have been
 * @throws TypeError for what is no source; Error for a file that cannot be read, or a damaged gzip stream
 */
export async function* byteChunks(source: ByteSource, where: string, expected = 'a readable file'): AsyncGenerator<Uint8Array> {
  const raw = await open(source, where)
  try {
    const first = await raw.next()
    if (first.done) return
    const chunks = resumed(first.value, raw)
    if (first.value[0] === 0x1f && first.value[1] === 0x8b) yield* await gunzipped(chunks)
    else yield* chunks
  } catch (cause) {
    throw explained(cause as NodeJS.ErrnoException, source, where, expected)
  }
}

async function open(source: ByteSource, where: string): Promise<AsyncIterator<Uint8Array>> {
  if (source instanceof Uint8Array) return once(source)
  if (source instanceof ArrayBuffer) return once(new Uint8Array(source))
  if (typeof source !== 'string' && !(source instanceof URL))
    throw new TypeError(`${where}: expected a path, a file: URL or bytes, got ${describe(source)}`)
  if (source instanceof URL && source.protocol !== 'file:')
    throw new TypeError(`${where}: expected a file: URL, got one of '${source.protocol}'; download it first`)
  const { createReadStream } = await import('node:fs')
  return createReadStream(source, { highWaterMark: PORTION })[Symbol.asyncIterator]()
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** What was read to look at, then the rest; the file is closed when the reader stops early. */
async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

async function gunzipped(chunks: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const [{ Readable, pipeline }, { createGunzip }] = await Promise.all([import('node:stream'), import('node:zlib')])
  // pipeline wants a callback; its errors reach the reader through the stream, which it destroys with them
  return pipeline(Readable.from(chunks), createGunzip({ chunkSize: PORTION }), () => {})
}

function explained(cause: NodeJS.ErrnoException, source: ByteSource, where: string, expected: string): Error {
  const name = describeSource(source)
  if (cause.code?.startsWith('Z_'))
    return new Error(`${where}: expected a whole gzip stream, got a damaged one: ${cause.message} (${name})`, { cause })
  if (cause.syscall) return new Error(`${where}: expected ${expected}, got ${cause.code} (${name})`, { cause })
  return cause
}

/** The source as it appears in messages. */
export const describeSource = (source: ByteSource): string =>
  typeof source === 'string' ? source : source instanceof URL ? decodeURIComponent(source.pathname) : `${source?.byteLength} bytes`
