/**
 * @file k-means++'s passes of the native CPU backend, round after round as a seeding makes them and in orders that it does not: the screen,
 * the notes on candidates and the definition give the reference's integers.
 */
import { describe, expect, test } from 'vitest'
import type { Backend } from '../../../src/backends/backend.js'
import { openCpu } from '../../../src/backends/cpu/cpu.js'
import { reference } from '../../../src/backends/reference.js'
import { limbScales, sampledMean } from '../../../src/exact.js'
import { integerExponent } from '../../../src/init/context.js'
import { random } from '../../../src/random.js'
import { CASES } from '../../conformance/cases.js'
import type { Case } from '../../conformance/cases.js'
import { isas } from './helpers.js'

/** More rows than an item of the passes has, so that the last is short. */
function long(name: string, n: number, d: number, value: (u: (i: number) => number, row: number, column: number) => number): Case {
  const { uniform } = random(d, 91)
  const x = Float32Array.from({ length: n * d }, (_, i) => value(uniform, Math.floor(i / d), i % d))
  return { name, n, d, k: 1, x, start: x.slice(0, d) }
}

const LONG: readonly Case[] = [
  long('no clusters', 3500, 40, (u, row, column) => u(row * 40 + column)),
  long('clusters', 3500, 33, (u, row, column) => u(1e7 + (row % 20) * 33 + column) * 9 + u(row * 33 + column)),
  long('four different rows', 3200, 17, (u, row, column) => Math.floor(u(1e7 + (row % 4) * 17 + column) * 3)),
  long('rank 1', 1700, 65, (u, row, column) => Math.fround(u(row) * 8 - 4) * (column + 1)),
  long('one column', 1537, 1, (u, row) => Math.floor(u(row) * 500)),
  long('offset 1e7, steps of 1', 1600, 20, (u, row, column) => 1e7 + Math.floor(u(row * 20 + column) * 4)),
  long('denormal', 1600, 24, (u, row, column) => (u(row * 24 + column) - 0.5) * 1e-43),
]

/** What a session tells of 14 rounds: candidates drawn, their potentials, and a center taken in. */
async function rounds(backend: Backend, c: Case): Promise<unknown[]> {
  const points = { blocks: [c.x], n: c.n, d: c.d }
  const session = await backend.open(points, { k: 8, precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 })
  const { max } = await session.columnStats(c.weights)
  await session.prepare({ scales: limbScales(max, c.n), mean: sampledMean(points), weights: c.weights, spherical: false })
  const { uniform, integer } = random(c.n, 92)
  const seen: unknown[] = []
  let largest = await session.seedWith(c.x.slice(0, c.d), { anew: true })
  for (let round = 0; round < 14 && largest > 0; round++) {
    const exponent = integerExponent(largest, c.n)
    const m = [4, 4, 9, 1, 70][round % 5]
    const drawn = await session.pick(
      Float64Array.from({ length: m }, (_, i) => uniform(round * 100 + i)),
      exponent,
    )
    const candidates = await session.rows(drawn)
    const potentials = await session.potentials(candidates, exponent)
    seen.push(drawn, potentials)
    const one = (i: number): Float32Array => candidates.slice(i * c.d, (i + 1) * c.d)
    // A candidate, a row that was none, two candidates at a time, one candidate after another, or all anew.
    if (round === 5) largest = await session.seedWith(await session.rows(Uint32Array.of(integer(round, c.n))))
    else if (round === 7) largest = await session.seedWith(candidates.slice(0, 2 * c.d))
    else if (round === 11) largest = await session.seedWith(one(0), { anew: true })
    else largest = await session.seedWith(one(potentials.indexOf(Math.min(...potentials))))
    if (round === 6) largest = await session.seedWith(one(1))
    seen.push(largest)
  }
  session.dispose()
  return seen
}

const cases = [...LONG, ...CASES.filter(({ n, name }) => n > 60 && !name.includes('e37'))]
const expected = await Promise.all(cases.map((c) => rounds(reference, c)))

async function expectLikeReference(backend: Backend): Promise<void> {
  for (const [i, c] of cases.entries()) expect(await rounds(backend, c), c.name).toStrictEqual(expected[i])
}

describe.skipIf(isas.length === 0).each(isas.length === 0 ? ['none'] : isas)('cpu:%s', (isa) => {
  test.each([1, 2, 5])('seeds like the reference on %i threads, everything screened', async (threads) => {
    await expectLikeReference(await openCpu({ isa, threads, screenFrom: -1e9 }))
  })

  test('does so where nothing is screened', async () => {
    await expectLikeReference(await openCpu({ isa, threads: 2, screenFrom: 1e9 }))
  })
})

test.skipIf(isas.length === 0)('an aborted pass ends within 100 ms, and the next seeding starts anew', async () => {
  const c = long('many', 60_000, 128, (u, row, column) => u(row * 128 + column))
  const backend = await openCpu({ threads: 2 })
  const session = await backend.open(
    { blocks: [c.x], n: c.n, d: c.d },
    { k: 8, precision: 'exact', chunkSizeData: 1, chunkSizeCentroids: 1 },
  )
  await session.prepare({ scales: limbScales(new Float64Array(c.d).fill(1), c.n), mean: new Float32Array(c.d), spherical: false })
  const largest = await session.seedWith(c.x.slice(0, c.d), { anew: true })
  const expected = await session.potentials(c.x.slice(c.d, 9 * c.d), 10)
  // Another program may have the processor meanwhile: the least of three.
  const times: number[] = []
  for (let trial = 0; trial < 3; trial++) {
    const controller = new AbortController()
    const pass = session.potentials(c.x.slice(0, 5000 * c.d), 10, { signal: controller.signal })
    let aborted = 0
    setTimeout(() => {
      aborted = performance.now()
      controller.abort(new Error('stop'))
    }, 50)
    await expect(pass).rejects.toThrow('stop')
    times.push(performance.now() - aborted)
  }
  expect(Math.min(...times)).toBeLessThan(100)
  expect(await session.seedWith(c.x.slice(0, c.d), { anew: true })).toBe(largest)
  expect(await session.potentials(c.x.slice(c.d, 9 * c.d), 10)).toStrictEqual(expected)
  session.dispose()
})
