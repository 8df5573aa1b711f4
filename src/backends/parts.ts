/** @file Rows of a session that are taken in parts, and the shares of arrays that belong to them. */
import { ROW_BLOCK } from '../exact.js'

/** Rows [first, last); first is a multiple of ROW_BLOCK. */
export interface Part {
  first: number
  last: number
}

/** A part's share of an array with a value per row. */
export function rowsIn<T extends Float64Array | Int32Array>({ first, last }: Part, array: T | null | undefined): T | null {
  return (array?.subarray(first, last) ?? null) as T | null
}

/** A part's share of an array with a value per ROW_BLOCK. */
export function blocksIn({ first, last }: Part, array: Float64Array): Float64Array {
  return array.subarray(first / ROW_BLOCK, Math.ceil(last / ROW_BLOCK))
}
