/** @file Points as a line of text, which console.log prints for Points that the library made. */
import type { Points } from './points.js'

/** How many rows are shown, and how many values of each. */
const ROWS = 2
const COLUMNS = 6

/** 'Points(n=150, d=4, float32 in 1 block) [5.1, 3.5, 1.4, 0.2], [4.9, 3, 1.4, 0.2], …'; values to four digits. */
export function pointsText({ blocks, n, d, note }: Points): string {
  const [first = new Float32Array(0)] = blocks
  const rows = Array.from({ length: Math.min(ROWS, Math.floor(first.length / d)) }, (_, i) => {
    const values = Array.from(first.subarray(i * d, i * d + Math.min(COLUMNS, d)), (value) => Number(value.toPrecision(4)))
    return `[${values.join(', ')}${d > COLUMNS ? ', …' : ''}]`
  })
  const head = `Points(n=${n}, d=${d}, float32 in ${blocks.length} block${blocks.length === 1 ? '' : 's'}${note === undefined ? '' : `; ${note}`})`
  return `${head} ${rows.join(', ')}${n > ROWS ? ', …' : ''}`
}

/**
 * Makes console.log print these points as `pointsText`. The function for it is not enumerable, so the object still looks like plain data.
 */
export function printable<T extends Points>(points: T): T {
  return Object.defineProperty(points, Symbol.for('nodejs.util.inspect.custom'), { value: () => pointsText(points) })
}
