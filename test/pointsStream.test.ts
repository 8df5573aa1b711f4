/** @file Points that come block by block: files, generators, shards. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import { openPoints, readPoints, writeNpy } from '../src/io/index.js'
import type { PointsStream } from '../src/pointsStream.js'
import { temporaryFolder } from './cli/run.js'
import { makePoints } from './oracles.js'
import { watchSessions } from './watchSessions.js'

const file = temporaryFolder()
const quiet = { device: 'reference', minPointsPerCentroid: 0 } as const
const x = makePoints(1, 300, 3, 'groups')

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

/** x in blocks of 70 rows; `read` counts those that were asked for. */
function stream(values = x, read = { blocks: 0 }): PointsStream {
  return {
    n: 300,
    d: 3,
    async *blocks() {
      for (let from = 0; from < values.length; from += 210) {
        read.blocks++
        yield values.slice(from, from + 210)
      }
    },
  }
}

describe('a stream of points', () => {
  it.each([20, null])('trains as the same points in memory do, also where they are subsampled (maxPointsPerCentroid %s)', async (most) => {
    const options = { ...quiet, maxPointsPerCentroid: most, seed: 3 }
    const [streamed, held] = await Promise.all([new FastKMeans(3, 4, options).fit(stream()), new FastKMeans(3, 4, options).fit(x)])
    expect(streamed.centroids).toStrictEqual(held.centroids)
    expect(streamed.labels).toStrictEqual(held.labels)
    expect(streamed.trainRows).toStrictEqual(held.trainRows)
    expect(await streamed.predict(stream())).toStrictEqual(await held.predict(x))
  })

  it('may be a file that is open, or shards: files, generators and points in memory', async () => {
    await writeNpy(file('a.npy'), x.subarray(0, 300), [100, 3])
    await writeNpy(file('b.npy'), Float64Array.from(x.subarray(300)), [200, 3])
    const [a, b] = await Promise.all([openPoints(file('a.npy')), openPoints(file('b.npy'))])
    const model = (most: number | null) => new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: most })
    const { centroids } = await model(20).fit(x)
    expect((await model(20).fit([a, b])).centroids).toStrictEqual(centroids)
    expect((await model(20).fit([await readPoints(file('a.npy')), b])).centroids).toStrictEqual(centroids)
    const all = await model(null).fit([a, b])
    expect(all.stats.input).toBe('float64 rounded to float32')
    expect(all.inertia).toBe((await model(null).fit(x)).inertia)
    await Promise.all([a.close(), b.close()])
  })

  it('is read no further than an abort', async () => {
    const read = { blocks: 0 }
    const stop = new AbortController()
    const source = stream(x, read)
    const stopping: PointsStream = {
      ...source,
      async *blocks() {
        for await (const block of source.blocks()) {
          stop.abort()
          yield block
        }
      },
    }
    const km = new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: 20 })
    await expect(km.fit(stopping, { signal: stop.signal })).rejects.toThrow('aborted')
    await expect(FastKMeans.fromCentroids(x.slice(0, 12), 3).predict(stopping, { signal: stop.signal })).rejects.toThrow('aborted')
    expect(read.blocks).toBe(1)
  })

  it('is read whole where a subsample is taken: a bad value is found whatever the seed', async () => {
    const bad = x.slice()
    bad[299 * 3 + 1] = Infinity
    for (const seed of [1, 2])
      await expect(new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid: 10, seed }).fit(stream(bad))).rejects.toThrow(
        'FastKMeans.fit: expected finite values, got Infinity (row 299, column 1)',
      )
  })

  // 64 MiB and more at a time: 1300 rows of 2^14 columns are two parts, of 1200 and 100 rows.
  const wide = { d: 2 ** 14, n: 1300, blocks: [600, 600, 100].map((rows, i) => makePoints(i, rows, 2 ** 14, 'groups')) }
  const parts = (blocks = wide.blocks): PointsStream => ({ ...wide, blocks: () => blocks })
  const wideModel = (options = {}) => FastKMeans.fromCentroids(wide.blocks[2].slice(0, 3 * wide.d), wide.d, { ...quiet, ...options })

  it('is labelled part by part, as the same points in memory are', async () => {
    const held = await wideModel().assign(wide.blocks)
    const sessions = watchSessions()
    const shares: number[] = []
    expect(await wideModel().assign(parts(), { onProgress: ({ share }) => shares.push(share) })).toStrictEqual(held)
    expect(await wideModel().predict(parts())).toStrictEqual(held.labels)
    expect(sessions.length).toBe(4)
    for (const session of sessions) expect(session.dispose).toHaveBeenCalledOnce()
    expect(shares).toStrictEqual([...shares].sort((a, b) => a - b))
    expect(new Set(held.labels).size).toBe(3)
  })

  it('is refused for a value in any part, with its row in the stream', async () => {
    for (const [value, options, message] of [
      [NaN, {}, 'expected finite values, got NaN (row 1250, column 7)'],
      [1e5, { dtype: 'float16' }, "expected values up to 65504 for dtype 'float16', got 100000 (row 1250, column 7)"],
    ] as const) {
      const last = wide.blocks[2].slice()
      last[50 * wide.d + 7] = value
      await expect(wideModel(options).predict(parts([...wide.blocks.slice(0, 2), last]))).rejects.toThrow(message)
    }
    await expect(wideModel().predict(parts(wide.blocks.slice(0, 2)))).rejects.toThrow('expected n = 1300 rows, got blocks of 1200')
    await expect(wideModel().assign(parts(), { n: 7 })).rejects.toThrow('FastKMeans.assign: expected n = 7 rows, got 1300')
    await expect(FastKMeans.fromCentroids(x.slice(0, 12), 3).predict(parts())).rejects.toThrow('expected d = 3 columns, got 16384')
  })

  const blocksOf = (...blocks: unknown[]): PointsStream => ({ n: 300, d: 3, blocks: () => blocks as Float32Array[] })
  it.each<[string, unknown, string]>([
    ['too few rows', blocksOf(x.slice(0, 210)), 'expected n = 300 rows, got blocks of 70'],
    ['too many rows', blocksOf(x, x), 'expected n = 300 rows, got blocks of more'],
    ['part of a row', blocksOf(x.slice(0, 30), x.slice(0, 4)), 'got a Float32Array of 4 values (from row 10 on)'],
    ['other numbers', blocksOf(new Float64Array(900)), 'expected blocks that are Float32Arrays of whole rows of 3, got a Float64Array'],
    ['other columns', { n: 9, d: 2, blocks: () => [] }, 'expected d = 3 columns, got 2'],
    ['no number of rows', { d: 3, blocks: () => [] }, 'expected points with d ≥ 1 columns and n rows, got n = undefined, d = 3'],
    ['shards of other columns', [stream(), { n: 1, d: 2, blocks: [x] }], 'expected shards of d = 3 columns as the first, got 2 (shard 1)'],
    ['a shard of too few rows', [stream(), { n: 301, d: 3, blocks: [x] }], '(shard 1): expected n = 301 rows, got blocks of 300'],
    ['fewer rows than k', { n: 3, d: 3, blocks: () => [] }, 'expected at least k = 4 points, got n = 3'],
  ])('of %s is refused', async (_, input, message) => {
    for (const maxPointsPerCentroid of [10, null])
      await expect(new FastKMeans(3, 4, { ...quiet, maxPointsPerCentroid }).fit(input as PointsStream)).rejects.toThrow(message)
  })
})
