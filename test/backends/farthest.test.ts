import { expect, test } from 'vitest'
import { farthestOf, mergeFarthest } from '../../src/backends/farthest.js'
import { generator, integerOf } from '../oracles.js'

/** Distances of few different values: ties everywhere. */
function tied(seed: number, n: number): Float64Array {
  const u = generator(seed)
  return Float64Array.from({ length: n }, () => integerOf(u, 0, 9))
}

/** By sorting pairs. */
function sorted(distances: Float64Array, m: number): { rows: Uint32Array; sqDistances: Float64Array } {
  const pairs = Array.from(distances, (distance, row) => ({ distance, row }))
  const kept = pairs.sort((a, b) => b.distance - a.distance || a.row - b.row).slice(0, m)
  return { rows: Uint32Array.from(kept, ({ row }) => row), sqDistances: Float64Array.from(kept, ({ distance }) => distance) }
}

test.each([1, 2, 17, 256, 257, 600, 1000])('farthestOf gives the %i farthest of 600, the lower row first on ties', (m) => {
  for (let seed = 0; seed < 20; seed++) {
    const distances = tied(seed, 600)
    expect(farthestOf(distances, m), `seed ${seed}`).toStrictEqual(sorted(distances, m))
  }
})

test.each([1, 40, 300])('mergeFarthest of parts gives the %i farthest of all, the lower row first on ties', (m) => {
  for (let seed = 0; seed < 20; seed++) {
    const distances = tied(seed, 600)
    const parts = [0, 100, 350].map((first, i, starts) => {
      const { rows, sqDistances } = farthestOf(distances.slice(first, starts[i + 1] ?? 600), m)
      return { rows: rows.map((row) => row + first), sqDistances }
    })
    expect(mergeFarthest(parts, m), `seed ${seed}`).toStrictEqual(sorted(distances, m))
  }
})
