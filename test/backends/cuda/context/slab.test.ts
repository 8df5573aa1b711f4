/** @file Pieces of one allocation: they never overlap, and all of it is free again when all are. */
import { expect, test } from 'vitest'
import { createSlab } from '../../../../src/backends/cuda/context/slab.js'
import { random } from '../../../../src/random.js'

test('pieces lie apart at multiples of 256 within the slab, whatever is freed between', () => {
  const size = 64 * 256
  const { uniform } = random(3, 82)
  const slab = createSlab(size)
  const held: { at: number; bytes: number }[] = []
  let refused = 0
  for (let i = 0; i < 2000; i++) {
    if (held.length > 0 && uniform(3 * i) < 0.45) {
      const [piece] = held.splice(Math.floor(uniform(3 * i + 1) * held.length), 1)
      slab.give(piece.at)
      continue
    }
    const bytes = Math.floor(uniform(3 * i + 2) * 3000)
    const at = slab.take(bytes)
    if (at === undefined) {
      refused++
      continue
    }
    expect(at % 256).toBe(0)
    expect(at + bytes).toBeLessThanOrEqual(size)
    for (const other of held) expect(at + bytes <= other.at || other.at + other.bytes <= at).toBe(true)
    expect(held.some((other) => other.at === at)).toBe(false)
    held.push({ at, bytes })
  }
  expect(refused).toBeGreaterThan(10)
  for (const { at } of held) slab.give(at)
  expect(slab.take(size)).toBe(0)
  expect(slab.take(1)).toBeUndefined()
})
