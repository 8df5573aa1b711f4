import { describe, expect, it } from 'vitest'
import { leadColumns } from '../../../../src/backends/cuda/points/leads.js'
import { sampledMean } from '../../../../src/exact.js'
import type { Points } from '../../../../src/points.js'
import { uniformPoints } from '../helpers.js'

/** Uniform noise, its columns multiplied and shifted. */
function scaled(d: number, factor: (t: number) => number, offset = 0): Points {
  const points = uniformPoints(1000, d)
  for (const block of points.blocks) block.forEach((value, at) => (block[at] = value * factor(at % d) + offset))
  return points
}

const leadsOf = (points: Points): number[] => leadColumns(points, sampledMean(points))

describe('leadColumns', () => {
  it('finds none where the columns are alike, wherever they lie', () => {
    expect(leadsOf(scaled(32, () => 1))).toStrictEqual([])
    expect(leadsOf(scaled(32, () => 1, 1e6))).toStrictEqual([])
    expect(leadsOf(scaled(32, (t) => (t === 0 ? 5 : 1)))).toStrictEqual([])
    expect(leadsOf(scaled(32, () => 0, 5))).toStrictEqual([])
  })

  it('finds up to four columns that hold nearly all of the spread, most first', () => {
    expect(leadsOf(scaled(32, (t) => (t === 5 ? 1000 : 1)))).toStrictEqual([5])
    expect(leadsOf(scaled(32, (t) => (t === 5 ? 1000 : t === 30 ? 2000 : 1)))).toStrictEqual([30, 5])
    expect(leadsOf(scaled(32, (t) => (t < 4 ? 1000 + 1000 * t : 1)))).toStrictEqual([3, 2, 1, 0])
    expect(leadsOf(scaled(32, (t) => (t === 9 ? 300 : t === 2 ? 100 : 1)))).toStrictEqual([9, 2])
    expect(leadsOf(scaled(32, (t) => (t < 5 ? 1000 : 1)))).toStrictEqual([])
  })

  it('leaves points of few columns alone', () => {
    expect(leadsOf(scaled(3, (t) => (t === 0 ? 1000 : 1)))).toStrictEqual([])
    expect(leadsOf(scaled(7, (t) => (t < 2 ? 1000 : 1)))).toStrictEqual([])
  })
})
