/** @file Sine and cosine that are the same bits on every platform: + − × ÷ only, as in normal.ts. */

const QUARTER_PI = Math.PI / 4

/** Taylor's series on [0, π/4], where the first term left out is below 1e-17. */
const sinSmall = (a: number): number => {
  const t = a * a
  let sum = 1
  for (let m = 17; m >= 3; m -= 2) sum = 1 - (sum * t) / (m * (m - 1))
  return a * sum
}
const cosSmall = (a: number): number => {
  const t = a * a
  let sum = 1
  for (let m = 18; m >= 2; m -= 2) sum = 1 - (sum * t) / (m * (m - 1))
  return sum
}

/**
 * [cos, sin] of a fraction of a whole turn; quarters are exact, and none is −0.
 * @param turn in [0, 1)
 */
export function cosSinTurn(turn: number): [cos: number, sin: number] {
  const octant = Math.floor(turn * 8)
  const rest = turn * 8 - octant
  const odd = octant % 2 === 1
  const angle = (odd ? 1 - rest : rest) * QUARTER_PI
  const cos = odd ? sinSmall(angle) : cosSmall(angle)
  const sin = odd ? cosSmall(angle) : sinSmall(angle)
  switch (octant >> 1) {
    case 0:
      return [cos, sin]
    case 1:
      return [0 - sin, cos]
    case 2:
      return [0 - cos, 0 - sin]
    default:
      return [sin, 0 - cos]
  }
}
