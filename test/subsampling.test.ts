/** @file maxPointsPerCentroid and minPointsPerCentroid: which rows are trained on, and what is said of it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import type { FastKMeansOptions } from '../src/options.js'
import { expectSame } from './matchers.js'
import { expectBelongsTogether, makePoints, nearestLabels } from './oracles.js'

const quiet: FastKMeansOptions = { device: 'reference', minPointsPerCentroid: 0 }
const x = makePoints(1, 300, 3, 'groups')

let warn: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => void vi.restoreAllMocks())

describe('subsampling', () => {
  it('trains on maxPointsPerCentroid · k rows, drawn by the seed, and says so', async () => {
    const km = new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: 10, seed: 3 })
    await km.train(x)
    const message = 'subsampling from 300 to 40 points (maxPointsPerCentroid = 10); set maxPointsPerCentroid to null to train on all'
    expect(warn).toHaveBeenCalledWith(`FastKMeans.train: ${message}`)
    expect(km.stats.warnings).toEqual([message])
    const rows = km.trainRows!
    expect([rows.length, new Set(rows).size]).toEqual([40, 40])
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b))
    const taken = Float32Array.from(Array.from(rows).flatMap((row) => [...x.subarray(row * 3, row * 3 + 3)]))
    expectBelongsTogether(km, taken, 'subsample')
    const other = await new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: 10, seed: 4 }).fit(x)
    expect([...other.trainRows!]).not.toEqual([...rows])
  })

  it('takes the weights of the rows along', async () => {
    const weights = Float32Array.from({ length: 300 }, (_, i) => 1 + (i % 4))
    const km = await new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: 10 }).fit(x, { sampleWeight: weights })
    const rows = Array.from(km.trainRows!)
    const taken = Float32Array.from(rows.flatMap((row) => [...x.subarray(row * 3, row * 3 + 3)]))
    expectBelongsTogether(
      km,
      taken,
      'subsample',
      rows.map((row) => weights[row]),
    )
  })

  it('that takes only rows of weight 0 is refused, with the way out', async () => {
    const km = await new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: 10 }).fit(x)
    const sampleWeight = new Float32Array(300).fill(1)
    for (const row of km.trainRows!) sampleWeight[row] = 0
    await expect(km.train(x, { sampleWeight })).rejects.toThrow(
      'FastKMeans.train: expected a sample weight above 0 among the subsampled points, got only zeros; set maxPointsPerCentroid to null',
    )
  })

  it('is left out at exactly maxPointsPerCentroid · k points, and by null', async () => {
    for (const maxPointsPerCentroid of [75, null]) {
      const km = await new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid }).fit(x)
      expect([km.trainRows, km.labels.length]).toEqual([null, 300])
    }
    expect(warn).not.toHaveBeenCalled()
  })

  it('is no matter to fitPredict and fitTransform, which answer for all of x', async () => {
    const km = new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: 10 })
    const labels = await km.fitPredict(x)
    expectSame(labels, nearestLabels(x, km.centroids, 3))
    expect((await km.fitTransform(x)).length).toBe(1200)
  })

  it('warns below minPointsPerCentroid', async () => {
    await new FastKMeans(3, 10, { device: 'reference' }).train(x)
    const message = '300 points are few for 10 centroids; 390 or more are advised (minPointsPerCentroid)'
    expect(warn).toHaveBeenCalledWith(`FastKMeans.train: ${message}`)
    warn.mockClear()
    await new FastKMeans(3, 7, { device: 'reference' }).train(x)
    await new FastKMeans(3, 10, { device: 'reference', minPointsPerCentroid: 30 }).train(x)
    expect(warn).not.toHaveBeenCalled()
  })
})
