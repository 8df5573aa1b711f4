/** @file Blocks of float32 rows, filled in order from numbers of any type. Used by points.ts alone. */

type Numbers = ArrayLike<number | bigint>

/** Largest block that is made, in floats: 1 GiB. */
export const MAX_BLOCK = 2 ** 28

export interface BlockWriter {
  readonly blocks: Float32Array[]
  /** Rounds the next values. @throws RangeError for one that float32 cannot hold */
  append(values: Numbers, where: string): void
}

/** Empty blocks of n rows of d columns, of at most MAX_BLOCK floats each. */
export function emptyBlocks(n: number, d: number): Float32Array[] {
  const blockRows = Math.max(1, Math.floor(MAX_BLOCK / d))
  const blocks: Float32Array[] = []
  for (let row = 0; row < n; row += blockRows) blocks.push(new Float32Array(Math.min(blockRows, n - row) * d))
  return blocks
}

/** Blocks that are filled one after the other. */
export function blockWriter(n: number, d: number): BlockWriter {
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
        const count = Math.min(values.length - from, blocks[block].length - offset)
        const part = count === values.length ? values : slice(values, from, from + count)
        fill(blocks[block], offset, part)
        const lost = wide ? firstLost(blocks[block], offset, part) : -1
        if (lost >= 0) {
          const [row, column] = [Math.floor((written + lost) / d), (written + lost) % d]
          throw new RangeError(`${where}: expected values within float32's range, got ${part[lost]} (row ${row}, column ${column})`)
        }
        from += count
        offset += count
        written += count
      }
    },
  }
}

const slice = (values: Numbers, from: number, to: number): Numbers =>
  Array.isArray(values) ? values.slice(from, to) : (values as Float64Array).subarray(from, to)

function fill(target: Float32Array, at: number, values: Numbers): void {
  if (typeof values[0] === 'bigint') for (let i = 0; i < values.length; i++) target[at + i] = Number(values[i])
  else target.set(values as ArrayLike<number>, at)
}

/** The first finite value that became infinite, or −1. */
function firstLost(target: Float32Array, at: number, values: Numbers): number {
  for (let i = 0; i < values.length; i++) {
    const rounded = target[at + i]
    if (rounded - rounded !== 0 && Number.isFinite(values[i])) return i
  }
  return -1
}
