/**
 * @file The native CPU backend looks at fewer centroids where labels and centroids of the E-step before allow it; labels stay the
 * definition's.
 */
import { expect, test } from 'vitest'
import { openCpu } from '../../../src/backends/cpu/cpu.js'
import { limbScales, nearest } from '../../../src/exact.js'
import { random } from '../../../src/random.js'
import { isas } from './helpers.js'

const n = 2500
const k = 90

/** Small integers give ties; others almost none. */
function make(d: number, integers: boolean): Float32Array {
  const { uniform } = random(d, 81)
  return Float32Array.from({ length: n * d }, (_, i) => {
    const value = uniform(1e7 + Math.floor(i / d / 50) * d + (i % d)) * 4 + uniform(i)
    return integers ? Math.floor(value) : value
  })
}

test.skipIf(isas.length === 0).each([
  [8, true, 0, 'never'],
  [9, false, 0, 'never'],
  [40, true, 0, 'never'],
  [40, false, 0, 'never'],
  [8, true, Infinity, 'never'],
  [9, false, Infinity, 'never'],
  [40, true, Infinity, 'never'],
  [40, false, Infinity, 'never'],
  [8, true, 0, 'reduced'],
  [9, false, 0, 'reduced'],
  [40, true, 0, 'reduced'],
  [40, false, 0, 'reduced'],
  [2, true, 0, 'always'],
  [3, false, 0, 'always'],
  [8, true, 0, 'always'],
  [40, true, 0, 'always'],
  [40, false, 0, 'always'],
  [3, false, 0, 'bare'],
  [1, true, 0, 'bare'],
  [4, true, 0, 'bare'],
  [3, false, 0, 'estimated'],
  [8, true, 0, 'groups'],
  [9, false, 0, 'groups'],
  [40, true, 0, 'groups'],
  [40, false, 0, 'groups'],
  [3, true, 0, 'scores'],
  [9, false, 0, 'scores'],
  [40, true, 0, 'scores'],
  [40, false, 0, 'scores'],
  [40, false, 0, 'estimated'],
] as const)(
  'd = %i, integers %s, screened from %f, leads %s: whichever centroids move, jump or come back',
  async (d, integers, from, leads) => {
    const screenFrom = Math.min(from, 1e9)
    const x = make(d, integers)
    const { uniform } = random(d, 82)
    for (const isa of isas) {
      const backend = await openCpu({ isa, threads: 3, screenFrom, leads })
      const plan = { k, precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 } as const
      const session = await backend.open({ blocks: [x], n, d }, plan)
      await session.prepare({ scales: limbScales(new Float64Array(d).fill(8), n), mean: new Float32Array(d).fill(2), spherical: false })
      await session.setCentroids(x.slice(0, k * d))
      for (let round = 0; round < 14; round++) {
        if (round === 9) await session.setCentroids(x.slice(d, (k + 1) * d), { keepLabels: true })
        if (round === 11) await session.setCentroids(x.slice(0, (k - 1) * d))
        // Ever fewer centroids are moved: by an M-step, to other points, and (rounds 5 and 12) by nothing at all.
        if (round > 0 && round % 3 === 0) await session.update()
        const jumps = [20, 7, 3, 1, 1, 0, 2, 1, 60, 1, 2, 3, 0, 1][round]
        for (let j = 0; j < jumps; j++) {
          const row = Uint32Array.of(Math.floor(uniform(round * 100 + j) * n))
          await session.replace(Uint32Array.of(Math.floor(uniform(1e6 + round * 100 + j) * (k - 1))), await session.rows(row))
        }
        await session.assign()
        const centroids = await session.centroids()
        const expected = Int32Array.from({ length: n }, (_, i) => nearest(x, i * d, centroids, centroids.length / d, d))
        expect(await session.labels(), `${isa}, round ${round}`).toStrictEqual(expected)
      }
      session.dispose()
    }
  },
)

test.skipIf(isas.length === 0).each(['never', 'reduced', 'always', 'groups', 'scores'] as const)(
  'whenever an abort comes, the E-step after it starts from the labels that were kept: leads %s',
  async (leads) => {
    const d = 40
    const x = make(d, false)
    const backend = await openCpu({ threads: 2, screenFrom: 0, leads })
    const session = await backend.open({ blocks: [x], n, d }, { k, precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 })
    await session.prepare({ scales: limbScales(new Float64Array(d).fill(8), n), mean: new Float32Array(d).fill(2), spherical: false })
    await session.setCentroids(x.slice(0, k * d))
    await session.step()
    for (let round = 0; round < 12; round++) {
      await session.replace(Uint32Array.of(round), await session.rows(Uint32Array.of(100 * round)))
      const controller = new AbortController()
      const work = session.assign({ signal: controller.signal }).catch(() => null)
      for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve))
      controller.abort()
      await work
      await session.replace(Uint32Array.of(round + 40), await session.rows(Uint32Array.of(100 * round + 50)))
      await session.assign()
      const centroids = await session.centroids()
      const expected = Int32Array.from({ length: n }, (_, i) => nearest(x, i * d, centroids, k, d))
      expect(await session.labels(), `round ${round}`).toStrictEqual(expected)
    }
    session.dispose()
  },
)
