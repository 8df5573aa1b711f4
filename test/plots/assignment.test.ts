import { expect, it } from 'vitest'
import { bestAssignment } from '../../src/plots/assignment.js'
import { random, STREAM } from '../../src/random.js'

it("bestAssignment gives scipy's assignment", () => {
  // scipy.optimize.linear_sum_assignment([[4, 1, 3], [2, 0, 5], [3, 2, 2]], maximize=True)[1] → [0, 2, 1]
  const values = [
    [4, 1, 3],
    [2, 0, 5],
    [3, 2, 2],
  ]
  expect([...bestAssignment(3, 3, (r, c) => values[r][c])]).toEqual([0, 2, 1])
})

it('bestAssignment reaches the largest sum that any assignment has', () => {
  for (let seed = 0; seed < 60; seed++) {
    const rng = random(seed, STREAM.data)
    const rows = 1 + rng.integer(0, 5)
    const columns = rows + rng.integer(1, 3)
    const value = (r: number, c: number): number => rng.integer(2 + r * columns + c, 9) - 2
    const best = (r: number, used: number): number => {
      if (r === rows) return 0
      let sum = -Infinity
      for (let c = 0; c < columns; c++) if (!(used & (1 << c))) sum = Math.max(sum, value(r, c) + best(r + 1, used | (1 << c)))
      return sum
    }
    const assigned = [...bestAssignment(rows, columns, value)]
    expect(new Set(assigned).size, `seed ${seed}`).toBe(rows)
    expect(
      assigned.reduce((sum, c, r) => sum + value(r, c), 0),
      `seed ${seed}`,
    ).toBe(best(0, 0))
  }
})
