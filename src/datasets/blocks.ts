/** @file Where the readers and generators put their rows: blocks of whole rows, since one buffer cannot hold every set. */

import type { Points } from '../points.js'
import { printable } from '../pointsText.js'

/** Largest block in floats: 1 GiB. */
const MAX_BLOCK = 2 ** 28
/** Floats of the first buffer of a set whose length is not known. */
const FIRST_BUFFER = 2 ** 16

/**
 * Zeroed blocks for n×d values.
 * @param maxFloats the largest block; whole rows, at least one
 * @throws RangeError when n is not a count of rows that Points can have, or memory is short
 */
export function allocateBlocks(n: number, d: number, where: string, maxFloats = MAX_BLOCK): Float32Array[] {
  if (n > 2 ** 32 - 1 || !Number.isSafeInteger(n * d))
    throw new RangeError(`${where}: expected at most 2^32 - 1 rows and n · d below 2^53, got n = ${n}, d = ${d}`)
  const blockRows = Math.max(1, Math.floor(maxFloats / d))
  const blocks: Float32Array[] = []
  try {
    for (let row = 0; row < n; row += blockRows) blocks.push(new Float32Array(Math.min(blockRows, n - row) * d))
  } catch (cause) {
    throw new RangeError(`${where}: expected room for n · d = ${n} · ${d} float32 values, got ${(cause as Error).message}`, { cause })
  }
  return blocks
}

/** Takes values in any portions and cuts them into rows. */
export interface PointsWriter {
  append(values: ArrayLike<number>): void
  /** The rows so far; the writer is spent. */
  finish(): Points
}

/**
 * A writer of rows of d columns. Buffers grow with what arrives, so a file whose header promises too much costs no memory.
 * @param maxFloats the largest block
 */
export function pointsWriter(d: number, where: string, maxFloats = MAX_BLOCK): PointsWriter {
  const blockFloats = Math.max(1, Math.floor(maxFloats / d)) * d
  const full: Float32Array[] = []
  let buffer = new Float32Array(Math.min(blockFloats, Math.max(d, FIRST_BUFFER)))
  let used = 0

  const makeRoom = (): void => {
    if (buffer.length === blockFloats) {
      full.push(buffer)
      buffer = new Float32Array(Math.min(blockFloats, Math.max(d, FIRST_BUFFER)))
      used = 0
    } else {
      const larger = new Float32Array(Math.min(blockFloats, buffer.length * 2))
      larger.set(buffer)
      buffer = larger
    }
  }
  const copyChecked = (values: ArrayLike<number>, from: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const value = values[from + i]
      const rounded = Math.fround(value)
      if (!Number.isFinite(rounded) && Number.isFinite(value)) {
        const at = full.length * blockFloats + used + i
        throw new RangeError(`${where}: expected values within float32's range, got ${value} (row ${Math.floor(at / d)}, column ${at % d})`)
      }
      buffer[used + i] = rounded
    }
  }
  return {
    append(values) {
      for (let from = 0; from < values.length;) {
        if (used === buffer.length) makeRoom()
        const count = Math.min(values.length - from, buffer.length - used)
        copyChecked(values, from, count)
        used += count
        from += count
      }
    },
    finish() {
      const last = used === buffer.length ? buffer : buffer.slice(0, used)
      const blocks = used > 0 ? [...full, last] : full
      const n = (full.length * blockFloats + used) / d
      if (!Number.isInteger(n)) throw new RangeError(`${where}: expected whole rows of d = ${d} columns, got ${n} rows`)
      return printable({ blocks, n, d })
    },
  }
}
