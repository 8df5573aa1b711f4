/** @file The points of a metric: as everywhere in blocks of rows, but in float64 where the input is, as scores are float64 throughout. */

import { type PointsInput, type PointsOptions, toPoints } from '../points.js'

/** n rows of d columns, row-major, in blocks of whole rows. */
export interface Rows {
  readonly blocks: readonly (Float32Array | Float64Array)[]
  readonly n: number
  readonly d: number
}

/**
 * The rows of any input that `toPoints` takes. Float64Array, 32- and 64-bit integers and number[][] keep their float64 values; Arrow
 * columns of float64 are rounded to float32.
 * @throws what `toPoints` throws
 */
export async function toRows(input: PointsInput, options: PointsOptions): Promise<Rows> {
  const points = await toPoints(input, options)
  if (points.note === undefined) return points
  const { n, d } = points
  if (ArrayBuffer.isView(input)) return { blocks: [widen(input as Float64Array)], n, d }
  if (!Array.isArray(input)) return points
  if (ArrayBuffer.isView(input[0])) return { blocks: input.map(widen), n, d }
  const values = new Float64Array(n * d)
  for (const [i, row] of (input as number[][]).entries()) values.set(row, i * d)
  return { blocks: [values], n, d }
}

const widen = (values: ArrayLike<number | bigint>): Float64Array =>
  values instanceof Float64Array ? values : Float64Array.from(values, Number)

/** Where a row lies: block and offset, by bisection over the blocks. */
export function rowFinder({ blocks, d }: Rows): (row: number) => { block: Float32Array | Float64Array; offset: number } {
  const firsts = [0]
  for (const block of blocks) firsts.push(firsts[firsts.length - 1] + block.length / d)
  return (row) => {
    let low = 0
    let high = blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (firsts[middle] <= row) low = middle
      else high = middle - 1
    }
    return { block: blocks[low], offset: (row - firsts[low]) * d }
  }
}

/** The d values of a row: where they lie. */
interface RowPlace {
  block: Float32Array | Float64Array
  offset: number
  d: number
}

/**
 * @param row index of the row, for the message
 * @throws RangeError for the first value of the row that is NaN or infinite
 */
export function checkFinite(where: string, { block, offset, d }: RowPlace, row: number): void {
  for (let t = 0; t < d; t++)
    if (!Number.isFinite(block[offset + t]))
      throw new RangeError(`${where}: expected finite values, got ${block[offset + t]} (row ${row}, column ${t})`)
}
