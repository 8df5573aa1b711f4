/** @file The option dtype: points rounded to half precision, kept as the float32 values that these are. */
import { float16ToFloat32, float32ToFloat16 } from './io/float16.js'
import type { Points } from './points.js'

/** A copy of the points, every value rounded to the nearest half, ties to even. */
export function roundToFloat16(where: string, points: Points): Points {
  const { d } = points
  let first = 0
  const blocks = points.blocks.map((block) => {
    const rounded = float16ToFloat32(float32ToFloat16(block))
    const lost = rounded.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(block[i]))
    if (lost >= 0) {
      const row = first + Math.floor(lost / d)
      throw new RangeError(`${where}: expected values up to 65504 for dtype 'float16', got ${block[lost]} (row ${row}, column ${lost % d})`)
    }
    first += block.length / d
    return rounded
  })
  const note = `${points.note === undefined ? '' : `${points.note}; `}rounded to float16`
  return { ...points, blocks, note }
}
