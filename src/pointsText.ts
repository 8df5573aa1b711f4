/** @file Points as a line of text, which is also what console.log says of those that the library made. */
import type { Points } from './points.js'

/** Rows, and values of each, that are shown. */
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

/** The same points, which console.log prints as `pointsText`. Plain data all the same: what does it is not among the properties that are listed. */
export function printable<T extends Points>(points: T): T {
  return Object.defineProperty(points, Symbol.for('nodejs.util.inspect.custom'), { value: () => pointsText(points) })
}
