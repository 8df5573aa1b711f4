/** @file The bound of src/backends/tfjs/bound.ts holds for what the tf backends really compute, and is not so loose as to prove nothing. */
import { describe, expect, test } from 'vitest'
import { scoreBound } from '../../../src/backends/tfjs/bound.js'
import { LOWEST, packCentroids, packingOf, packRows } from '../../../src/backends/tfjs/pack.js'
import { openRuntime } from '../../../src/backends/tfjs/runtime.js'
import { free, readScores, uploadCentroids, uploadRows } from '../../../src/backends/tfjs/scores.js'
import { sampledMean } from '../../../src/exact.js'
import { TF_BACKENDS, uniform } from './helpers.js'

const KINDS: Record<string, (value: number, i: number, d: number) => number> = {
  uniform: (value) => value,
  'offset 1e6': (value) => value + 1e6,
  'one huge feature': (value, i, d) => (i % d === 0 ? value * 1e5 : value),
  'rows of very different norms': (value, i, d) => value * 10 ** ((Math.floor(i / d) % 21) - 10),
  'scale 1e38': (value) => value * 3e38,
  denormal: (value) => value * 1e-41,
}

describe.each(TF_BACKENDS)('tf backend %s', (name) => {
  describe.each(Object.keys(KINDS))('%s', (kind) => {
    test.each([1, 2, 3, 17, 128, 784, 2500])('u is an upper bound of the true score, and near it: d = %i', async (d) => {
      const runtime = await openRuntime(name)
      const n = 40
      const k = 30
      const x = uniform(n * d, 1).map((value, i) => KINDS[kind](value, i, d))
      const c = uniform(k * d, 2).map((value, i) => KINDS[kind](value, i, d))
      const packing = packingOf({ blocks: [x], n, d }, sampledMean({ blocks: [x], n, d }), runtime.unit)
      const packedRows = packRows(x, n, packing)
      const packedCentroids = packCentroids(c, { from: 0, to: k, columns: k }, packing)!
      const rows = uploadRows(runtime, packedRows)
      const centroids = uploadCentroids(runtime, packedCentroids)
      const u = await readScores(runtime, rows, centroids)
      free(rows)
      free(centroids)

      const { mean, scale } = packing
      const { a, b, wx, wo } = packedCentroids
      const { widths } = packedRows
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < k; j++) {
          if (b[j] === LOWEST) continue // equal to a centroid before it
          let score = 0
          let size = 0
          let norm = 0
          for (let t = 0; t < d; t++) {
            const p = (x[i * d + t] - mean[t]) * scale
            const q = (c[j * d + t] - mean[t]) * scale
            score += p * q - 0.5 * q * q
            size += Math.abs(p * q) + 0.5 * q * q
            norm += q * q
          }
          const width = widths[2 * i] * wx[j] + wo[j] + widths[2 * i + 1]
          const ownError = size * d * 2 ** -53
          const above = u[i * k + j] - score
          expect(above + widths[2 * i + 1] + ownError, `row ${i}, centroid ${j}`).toBeGreaterThanOrEqual(0)
          expect(above - ownError, `row ${i}, centroid ${j}`).toBeLessThanOrEqual(width)
          expect(a[j] * widths[2 * i]).toBeLessThan(2 ** -12 * (widths[2 * i] * Math.sqrt(norm) + 2 ** -80))
        }
      }
    })
  })
})

test('the proof says of itself where it does not hold: too many roundings for the unit', () => {
  const most = 2 ** 24 / 513
  expect([1, 100, Math.floor(most), Math.ceil(most), 2 ** 24].map((roundings) => scoreBound(128, roundings, 2 ** -24).holds)).toStrictEqual(
    [true, true, true, false, false],
  )
})
