/** @file Blocks of float32 that points are copied into, row by row. */
import type { FlatArray } from './points.js'

/** Largest block that is allocated here, in floats: 1 GiB. */
const MAX_BLOCK = 2 ** 28

/** Blocks of n rows of d columns, of at most MAX_BLOCK floats each. */
export function emptyBlocks(n: number, d: number): Float32Array[] {
  const blockRows = Math.max(1, Math.floor(MAX_BLOCK / d))
  const blocks: Float32Array[] = []
  for (let row = 0; row < n; row += blockRows) blocks.push(new Float32Array(Math.min(blockRows, n - row) * d))
  return blocks
}

/** The first value that was finite and, as it is kept, no longer is; −1: none. */
export function firstLost(kept: Float32Array, values: ArrayLike<number>): number {
  for (let i = 0; i < kept.length; i++) if (kept[i] - kept[i] !== 0 && Number.isFinite(values[i])) return i
  return -1
}

/** Blocks for n rows of d columns, and a function that fills them from front to back. */
export function blockWriter(
  n: number,
  d: number,
): { blocks: Float32Array[]; append(values: FlatArray | readonly number[], where: string): void } {
  const blocks = emptyBlocks(n, d)
  let block = 0
  let offset = 0
  let written = 0
  return {
    blocks,
    append(values, where) {
      const wide = values instanceof Float64Array || Array.isArray(values)
      for (let from = 0; from < values.length;) {
        if (offset === blocks[block].length) {
          block++
          offset = 0
        }
        const target = blocks[block].subarray(offset, offset + values.length - from)
        const part = values.length === target.length ? values : values.slice(from, from + target.length)
        if (typeof part[0] === 'bigint') for (let i = 0; i < part.length; i++) target[i] = Number(part[i])
        else target.set(part as ArrayLike<number>)
        const lost = wide ? firstLost(target, part as ArrayLike<number>) : -1
        if (lost >= 0) {
          const at = `(row ${Math.floor((written + lost) / d)}, column ${(written + lost) % d})`
          throw new RangeError(`${where}: expected values within float32's range, got ${part[lost]} ${at}`)
        }
        written += part.length
        from += part.length
        offset += part.length
      }
    },
  }
}
