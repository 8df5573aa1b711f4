/**
 * @file The buffers of Arrow record batches, unpacked where they are compressed (LZ4 frame; zstd where Node has it).
 */

import zlib from 'node:zlib'
import type { ArrowBatch } from './arrowFile.js'
import { int64 } from './flatbuffer.js'
import { unpackLz4 } from './lz4.js'
import { bytesSource } from './source.js'
import type { ByteReader } from './source.js'

/** Finds a buffer of a batch that has at least `wanted` bytes: a source and the offset in it. */
export type Buffers = (batch: ArrowBatch, index: number, wanted: number) => Promise<{ source: ByteReader; offset: number }>

/** Buffers of record batches, unpacked where they are compressed; those of the last batch are kept. */
export function bufferReader(source: ByteReader, where: string): Buffers {
  let last: { batch: ArrowBatch; unpacked: Map<number, ByteReader> } | undefined
  return async (batch, index, wanted) => {
    const { offset, length } = batch.buffers[index]
    const fail = (got: number): never => {
      throw new RangeError(`${where}: expected a buffer of ${wanted} bytes, got ${got}: the file is damaged (${source.name})`)
    }
    if (batch.codec < 0 || length === 0) return length < wanted ? fail(length) : { source, offset: batch.body + offset }
    if (batch !== last?.batch) last = { batch, unpacked: new Map() }
    const { unpacked } = last
    let inner = unpacked.get(index)
    if (!inner) {
      const packed = new Uint8Array(length < 8 ? fail(length) : length)
      await source.read(packed, batch.body + offset)
      try {
        inner = bytesSource(unpack(packed, batch.codec), where, source.name)
      } catch (cause) {
        throw new RangeError(`${where}: expected a compressed buffer of ${wanted} bytes: ${(cause as Error).message} (${source.name})`, {
          cause,
        })
      }
      unpacked.set(index, inner)
    }
    return inner.size < wanted ? fail(inner.size) : { source: inner, offset: 0 }
  }
}

/** A compressed buffer: its true size as an int64 (−1: stored as it is), then the compressed bytes. */
function unpack(packed: Uint8Array, codec: number): Uint8Array {
  const size = int64(new DataView(packed.buffer), 0)
  const bytes = packed.subarray(8)
  if (size === -1) return bytes
  if (size < 0) throw new RangeError(`expected a size, got ${size}`)
  if (codec === 0) return unpackLz4(bytes, size)
  if (codec !== 1) throw new RangeError(`expected LZ4 or zstd, got codec ${codec}`)
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array }
  if (!zstdDecompressSync) throw new Error('zstd needs Node 22.15 or newer; write it with compression lz4 or uncompressed')
  return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) })
}
