/**
 * @file Points that come block by block: what io.openPoints opens, a generator, or several of these one after the other (shards). Where a
 * subsample is trained on, they need not fit in memory.
 */
import { describe } from './describe.js'

/** n points of d columns that are read when they are asked for, from the first row on each time. */
export interface PointsStream {
  readonly n: number
  readonly d: number
  /** What is done to the values on the way, if anything. */
  readonly note?: string
  /** Blocks of whole rows, row-major, in memory that is not used again. */
  blocks(): AsyncIterable<Float32Array> | Iterable<Float32Array>
}

/** Points in memory, or a stream of them. */
type Shard = Omit<PointsStream, 'blocks'> & { readonly blocks: readonly Float32Array[] | PointsStream['blocks'] }

/** The stream that an input is, or the one of an array of shards; undefined for what lies in memory. */
export function streamOf(input: unknown, where: string): PointsStream | undefined {
  if (Array.isArray(input)) return input.length > 0 && input.every(isShard) ? joined(input, where) : undefined
  if (!isShard(input) || typeof input.blocks !== 'function') return undefined
  checkSizes(input, where)
  return input as PointsStream
}

function checkSizes({ n, d }: Shard, where: string): void {
  if (!Number.isInteger(d) || d < 1 || !Number.isInteger(n) || n < 0)
    throw new RangeError(`${where}: expected points with d ≥ 1 columns and n rows, got n = ${describe(n)}, d = ${describe(d)}`)
}

const isShard = (input: unknown): input is Shard =>
  input !== null && typeof input === 'object' && !ArrayBuffer.isView(input) && 'blocks' in input

function joined(shards: readonly Shard[], where: string): PointsStream {
  const { d } = shards[0]
  for (const [i, shard] of shards.entries()) checkSizes(shard, `${where} (shard ${i})`)
  const other = shards.findIndex((shard) => shard.d !== d)
  if (other >= 0)
    throw new RangeError(`${where}: expected shards of d = ${d} columns as the first, got ${shards[other].d} (shard ${other})`)
  const notes = new Set(shards.flatMap(({ note }) => note ?? []))
  return {
    n: shards.reduce((sum, shard) => sum + shard.n, 0),
    d,
    ...(notes.size > 0 && { note: [...notes].join('; ') }),
    async *blocks() {
      for (const [i, shard] of shards.entries()) yield* streamed(shard, `${where} (shard ${i})`)
    },
  }
}

/**
 * The blocks of a stream, each of them checked.
 * @throws RangeError for a block of part of a row, or another number of rows than n; the signal's reason once it is aborted
 */
export async function* streamed(points: Shard, where: string, signal?: AbortSignal): AsyncGenerator<Float32Array, void, undefined> {
  const { n, d } = points
  let rows = 0
  for await (const block of typeof points.blocks === 'function' ? points.blocks() : points.blocks) {
    signal?.throwIfAborted()
    if (!(block instanceof Float32Array) || block.length % d !== 0) {
      const got = ArrayBuffer.isView(block) ? `a ${describe(block)} of ${(block as Float32Array).length} values` : describe(block)
      throw new RangeError(`${where}: expected blocks that are Float32Arrays of whole rows of ${d}, got ${got} (from row ${rows} on)`)
    }
    rows += block.length / d
    if (rows > n) break
    yield block
  }
  if (rows !== n) throw new RangeError(`${where}: expected n = ${n} rows, got blocks of ${rows > n ? 'more' : rows}`)
}

/** All blocks of a stream that hold rows. */
export async function readStream(stream: PointsStream, where: string, signal?: AbortSignal): Promise<Float32Array[]> {
  const blocks: Float32Array[] = []
  for await (const block of streamed(stream, where, signal)) if (block.length > 0) blocks.push(block)
  return blocks
}

/** @throws RangeError for another number of rows or columns than is expected */
export function checkShape(points: { n: number; d: number }, { where, d, n }: { where: string; d?: number; n?: number }): void {
  if (d !== undefined && points.d !== d) throw new RangeError(`${where}: expected d = ${d} columns, got ${points.d}`)
  if (n !== undefined && points.n !== n) throw new RangeError(`${where}: expected n = ${n} rows, got ${points.n}`)
  if (points.n === 0) throw new RangeError(`${where}: expected at least one point, got none`)
  if (points.n > 2 ** 32 - 1) throw new RangeError(`${where}: expected at most 2^32 - 1 points, got ${points.n}`)
}
