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
        const part = values.slice(from, from + target.length)
        if (typeof part[0] === 'bigint') for (let i = 0; i < part.length; i++) target[i] = Number(part[i])
        else target.set(part as ArrayLike<number>)
        const checked = wide ? part.length : 0
        for (let i = 0; i < checked; i++, written++) {
          if (target[i] - target[i] === 0 || !Number.isFinite(part[i])) continue
          const at = `(row ${Math.floor(written / d)}, column ${written % d})`
          throw new RangeError(`${where}: expected values within float32's range, got ${part[i]} ${at}`)
        }
        from += part.length
        offset += part.length
      }
    },
  }
}
