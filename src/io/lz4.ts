/**
 * @file LZ4 frames, unpacked: what pyarrow and pandas compress Feather files with unless told otherwise. Checksums are skipped, as Arrow's
 * own reader may. Format: https://github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md
 */

const MAGIC = 0x184d2204

/**
 * Unpacks LZ4 frames.
 * @param size bytes that come out
 * @throws RangeError if the input is damaged or does not make `size` bytes
 */
export function unpackLz4(input: Uint8Array, size: number): Uint8Array {
  // A byte of input makes at most 255 of output: a larger size is a lie, found out before it is allocated.
  if (size > input.length * 255) throw new RangeError(`expected ${input.length} bytes of LZ4 to hold ${size}`)
  const out = new Uint8Array(size)
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let at = 0
  let filled = 0
  while (filled < size || at === 0) {
    if (view.getUint32(at, true) !== MAGIC) throw new RangeError('expected an LZ4 frame')
    const flags = view.getUint8(at + 4)
    if (flags >> 6 !== 1 || flags & 1) throw new RangeError('expected an LZ4 frame of version 1 without a dictionary')
    // Magic, flags, block size, then the content's size if it is given, and the header's checksum.
    at += 7 + (flags & 8 ? 8 : 0)
    for (;;) {
      const head = view.getUint32(at, true)
      at += 4
      if (head === 0) break
      const length = head & 0x7fffffff
      const block = input.subarray(at, at + length)
      if (block.length < length) throw new RangeError('expected a whole LZ4 block')
      if (head >>> 31) {
        if (filled + length > size) throw new RangeError(`expected ${size} bytes out of LZ4, got more`)
        out.set(block, filled)
        filled += length
      } else filled = unpackBlock(block, out, filled)
      at += length + (flags & 16 ? 4 : 0)
    }
    at += flags & 4 ? 4 : 0
  }
  if (filled !== size) throw new RangeError(`expected ${size} bytes out of LZ4, got ${filled}`)
  return out
}

/** Unpacks one block into `out` from `to` on; matches may reach back into earlier blocks. Returns the end. */
function unpackBlock(block: Uint8Array, out: Uint8Array, to: number): number {
  let at = 0
  const extended = (length: number): number => {
    if (length < 15) return length
    for (;;) {
      if (at >= block.length) throw new RangeError('expected a whole LZ4 block')
      const byte = block[at++]
      length += byte
      if (byte !== 255) return length
    }
  }
  while (at < block.length) {
    const token = block[at++]
    const literals = extended(token >> 4)
    if (at + literals > block.length || to + literals > out.length) throw new RangeError('expected LZ4 literals inside the block')
    for (const end = to + literals; to < end;) out[to++] = block[at++]
    if (at === block.length) return to
    const offset = block[at] | (block[at + 1] << 8)
    at += 2
    const length = extended(token & 15) + 4
    if (offset === 0 || offset > to || to + length > out.length || at > block.length)
      throw new RangeError('expected an LZ4 match inside the output')
    // Byte by byte: a match may overlap what it writes.
    for (const end = to + length; to < end; to++) out[to] = out[to - offset]
  }
  return to
}
