/**
 * @file Apache Arrow as points: a FixedSizeList column, each list of which is a point, or a table of numeric columns. Arrow's objects are
 * recognised by their properties, so the package apache-arrow is not imported here, and any version of it will do.
 */
import { eventLoop } from './pace.js'
import type { FlatArray } from './points.js'

/** The part of apache-arrow's class Data that is used here. */
interface ArrowData {
  readonly length: number
  readonly nullCount: number
  readonly values: unknown
  readonly children: readonly ArrowData[]
}
/** An apache-arrow Vector: a FixedSizeList<float> column, one point a row. */
export interface ArrowVectorLike {
  readonly type: object
  readonly length: number
  readonly nullCount: number
  readonly data: readonly ArrowData[]
}
/** An apache-arrow Table: numeric columns, one feature a column; or a single FixedSizeList column. */
export interface ArrowTableLike {
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: object }[] }
  readonly numRows: number
  getChildAt(index: number): unknown
}

/** Arrow's Type.FixedSizeList. */
const FIXED_SIZE_LIST = 16
/** Types that store one plain number per row in `values`; dictionaries (codes), decimals (several words), float16 (bits) do not. */
const NUMBERS = /^(Uint(8|16|32|64)|Int(8|16|32|64)|Float(32|64))$/
/** Number of values gathered before the event loop gets its turn. */
const PIECE = 2 ** 22

/** The column of a table that has just one, if it is a FixedSizeList; else undefined. The table must have at least one column. */
export function onlyList(table: ArrowTableLike): ArrowVectorLike | undefined {
  const first = table.getChildAt(0) as ArrowVectorLike
  const isList = (first.type as { typeId?: number }).typeId === FIXED_SIZE_LIST
  return isList && table.schema.fields.length === 1 ? first : undefined
}

/**
 * The numbers of a FixedSizeList column without a copy, one array for each chunk.
 * @returns arrays of whole rows of d values, in the column's own number type
 */
export function listValues(vector: ArrowVectorLike, where: string): { arrays: FlatArray[]; d: number } {
  const { typeId, listSize } = vector.type as { typeId?: number; listSize?: number }
  if (typeId !== FIXED_SIZE_LIST || !listSize)
    throw new TypeError(`${where}: expected an Arrow column of type FixedSizeList<float>, got ${vector.type}`)
  if (vector.nullCount > 0) throw new RangeError(`${where}: expected no missing values, got ${vector.nullCount} in the Arrow column`)
  const arrays = vector.data
    .filter((chunk) => chunk.length > 0)
    .map((chunk) => {
      const child = chunk.children[0]
      if (!ArrayBuffer.isView(child.values) || child.nullCount > 0)
        throw new TypeError(`${where}: expected an Arrow column of FixedSizeList<float> without missing values, got ${vector.type}`)
      return (child.values as Float32Array).subarray(0, chunk.length * listSize)
    })
  if (arrays.length === 0) throw new RangeError(`${where}: expected at least one point, got an empty Arrow column`)
  if (arrays[0] instanceof Uint16Array)
    throw new TypeError(`${where}: expected float32 in the Arrow column, got ${vector.type}; cast it first`)
  return { arrays, d: listSize }
}

/**
 * Transposes the numeric columns of a table into rows.
 * @param blocks OUT numRows·d values in all; all blocks but the last have the same length
 */
export async function gatherColumns(table: ArrowTableLike, blocks: readonly Float32Array[], where: string): Promise<void> {
  const { fields } = table.schema
  const d = fields.length
  const blockRows = blocks[0].length / d
  for (const [t, field] of fields.entries()) {
    const column = table.getChildAt(t) as ArrowVectorLike
    if (column.nullCount > 0)
      throw new RangeError(`${where}: expected no missing values, got ${column.nullCount} in column '${field.name}'`)
    let row = 0
    for (const chunk of column.data) {
      const values = chunk.values
      if (!ArrayBuffer.isView(values) || !NUMBERS.test(String(field.type)))
        throw new TypeError(`${where}: expected numeric columns, got '${field.name}' of type ${field.type}; select the numeric ones first`)
      for (let i = 0; i < chunk.length; i++, row++) {
        if (i % PIECE === PIECE - 1) await eventLoop()
        blocks[Math.floor(row / blockRows)][(row % blockRows) * d + t] = Number((values as Float64Array)[i])
      }
    }
  }
}
