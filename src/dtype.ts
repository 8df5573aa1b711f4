/** @file The option dtype: 'float16' points are rounded to half precision and held as float32, which represents every half exactly. */
import { firstLost } from './blockWriter.js'
import { float16ToFloat32, float32ToFloat16 } from './io/float16.js'
import { pace } from './pace.js'
import type { Points } from './points.js'

/** Number of values rounded before the clock is read again. */
const PIECE = 2 ** 18

/**
 * A copy of the points with every value rounded to the nearest half-precision number, ties to even.
 * @param first index of the first of these points in those that the caller passed. Default 0
 * @throws RangeError for a finite value beyond 65504, the largest half
 */
export async function roundToFloat16(where: string, points: Points, signal?: AbortSignal, first = 0): Promise<Points> {
  const { d } = points
  const clock = pace(signal)
  const blocks: Float32Array[] = []
  for (const block of points.blocks) {
    const rounded = new Float32Array(block.length)
    for (let from = 0; from < block.length; from += PIECE) {
      if (clock.due()) await clock.rest()
      const part = block.subarray(from, from + PIECE)
      const halves = float16ToFloat32(float32ToFloat16(part), rounded.subarray(from, from + PIECE))
      const lost = firstLost(halves, part)
      if (lost >= 0) {
        const row = first + Math.floor((from + lost) / d)
        const column = (from + lost) % d
        throw new RangeError(`${where}: expected values up to 65504 for dtype 'float16', got ${part[lost]} (row ${row}, column ${column})`)
      }
    }
    first += block.length / d
    blocks.push(rounded)
  }
  const note = `${points.note === undefined ? '' : `${points.note}; `}rounded to float16`
  return { ...points, blocks, note }
}
