import { afterEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import type { FastKMeansOptions, InitContext } from '../src/options.js'
import { isas } from './backends/cpu/helpers.js'
import { expectSame } from './matchers.js'
import { expectBelongsTogether, makePoints } from './oracles.js'

const quiet: FastKMeansOptions = { device: 'reference', maxPointsPerCentroid: null, minPointsPerCentroid: 0, tol: -1 }
const small = makePoints(1, 200, 3, 'uniform')
const large = makePoints(2, 20_000, 32, 'uniform')

/** So many different points that a start or an E-step takes seconds where there are many clusters. */
const distinct = Float32Array.from({ length: 400_000 }, (_, i) => (i % 2 === 0 ? i : Math.floor(i / 2) * 37) % 400_009)
/** Without the native library (helpers.ts says why), all others. */
const DEVICES = (['reference', 'cpu', 'wasm'] as const).filter((device) => device !== 'cpu' || isas.length > 0)
const rowsOf = (values: Float32Array, d: number): string[] =>
  Array.from({ length: values.length / d }, (_, i) => values.subarray(i * d, (i + 1) * d).join())

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('an abort', () => {
  it('before the start is an error, and nothing is changed', async () => {
    const km = await new FastKMeans(3, 4, quiet).fit(small)
    const before = km.centroids
    const signal = AbortSignal.abort()
    const error = await km.train(small, { signal }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      name: 'AbortError',
      message: 'FastKMeans.train: expected a live signal, got one aborted before the start',
    })
    await expect(km.predict(small, { signal })).rejects.toThrow(
      'FastKMeans.predict: expected a live signal, got one aborted before the start',
    )
    await expect(km.transform(small, { signal })).rejects.toThrow('FastKMeans.transform: expected a live signal, got one aborted')
    expect(km.centroids).toBe(before)
  })

  it('between iterations keeps the labels of the last one, and the centroids they belong to', async () => {
    const controller = new AbortController()
    const km = new FastKMeans(3, 4, { ...quiet, niter: 50, signal: controller.signal })
    await km.train(small, { onIteration: ({ iteration }) => void (iteration === 3 && controller.abort()) })
    expect([km.stopReason, km.nIter, km.obj.length]).toEqual(['aborted', 3, 3])
    expectBelongsTogether(km, small, 'aborted')
    expect(km.inertia).toBeCloseTo(km.obj[2], 6)
  })

  it('within an E-step does the same', async () => {
    const controller = new AbortController()
    const km = new FastKMeans(32, 60, { ...quiet, niter: 1000 })
    const start = performance.now()
    await km.train(large, {
      signal: controller.signal,
      onIteration: ({ iteration }) => void (iteration === 1 && setTimeout(() => controller.abort(), 20)),
    })
    expect(performance.now() - start).toBeLessThan(5000)
    expect(km.stopReason).toBe('aborted')
    expect(km.nIter).toBeGreaterThan(0)
    expectBelongsTogether(km, large, 'aborted')
    const again = await new FastKMeans(32, 60, { ...quiet, niter: km.nIter }).fit(large)
    expectSame(again.obj.slice(0, km.nIter), km.obj, 'obj')
  })

  it('within the first E-step keeps the starting centroids, which have no labels', async () => {
    const controller = new AbortController()
    const init = large.slice(0, 32 * 400)
    const km = new FastKMeans(32, 400, { ...quiet, init, signal: controller.signal })
    setTimeout(() => controller.abort(), 60)
    await km.train(large)
    expect([km.stopReason, km.nIter]).toEqual(['aborted', 0])
    expectSame(km.centroids, init)
    expect(() => km.labels).toThrow('FastKMeans.labels: there is none: the training was stopped before its first E-step')
    expect(() => km.inertia).toThrow('FastKMeans.inertia: there is none')
  })

  it.each(['k-means++', 'k-means||', 'afk-mc2'] as const)(
    'within the start rejects with the reason, and the model stays as it was: %s',
    async (init) => {
      const km = await new FastKMeans(32, 400, { ...quiet, niter: 1 }).fit(large.subarray(0, 32 * 400))
      const before = km.centroids
      const reason = new Error('enough')
      km.setParams({ init, signal: AbortSignal.timeout(1e6) })
      const controller = new AbortController()
      setTimeout(() => controller.abort(reason), 50)
      const start = performance.now()
      await expect(km.train(large, { signal: controller.signal })).rejects.toBe(reason)
      expect(performance.now() - start).toBeLessThan(3000)
      expect(km.centroids).toBe(before)
    },
  )

  it.each(['predict', 'assign', 'transform', 'score'] as const)('within %s rejects with the reason', async (method) => {
    const km = FastKMeans.fromCentroids(large.slice(0, 32 * 1000), 32, quiet)
    const reason = new Error('enough')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 50)
    await expect(km[method](large, { signal: controller.signal })).rejects.toBe(reason)
  })

  it('in a later run of nredo keeps the best of the runs before', async () => {
    const controller = new AbortController()
    const km = new FastKMeans(3, 4, { ...quiet, niter: 5, nredo: 3, signal: controller.signal })
    await km.train(small, { onIteration: ({ redo, iteration }) => void (redo === 1 && iteration === 1 && controller.abort()) })
    const single = await new FastKMeans(3, 4, { ...quiet, niter: 5 }).fit(small)
    expect(km.stopReason).toBe('aborted')
    expectSame(km.centroids, single.centroids)
    expectBelongsTogether(km, small, 'best')
  })

  it('leaves a model that can be trained again', async () => {
    const controller = new AbortController()
    const km = new FastKMeans(3, 4, { ...quiet, niter: 8, onIteration: () => controller.abort() })
    await km.train(small, { signal: controller.signal })
    await km.train(small, { onIteration: () => {} })
    expectSame(km.centroids, (await new FastKMeans(3, 4, { ...quiet, niter: 8 }).fit(small)).centroids)
  })
})

describe('maxSeconds', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['long iterations', large, 32, 60],
    ['very short ones', small, 3, 4],
  ])('ends a run of %s in time, with labels that belong to the centroids', async (_, x, d, k) => {
    const km = new FastKMeans(d, k, { ...quiet, niter: 10_000_000, maxSeconds: 0.4 })
    const start = performance.now()
    await km.train(x)
    expect(performance.now() - start).toBeLessThan(3000)
    expect(km.stopReason).toBe('maxSeconds')
    expectBelongsTogether(km, x, 'maxSeconds')
  })

  it('lets a short first E-step end, however short the time', async () => {
    const km = await new FastKMeans(3, 4, { ...quiet, maxSeconds: 1e-9 }).fit(small)
    expect([km.stopReason, km.nIter]).toEqual(['maxSeconds', 1])
    expectBelongsTogether(km, small, 'maxSeconds')
  })

  it.each(DEVICES)('ends a long first E-step, and keeps the centroids it started from: %s', async (device) => {
    const x = makePoints(4, 100_000, 8, 'uniform')
    const init = x.slice(0, 8 * 50_000)
    const km = new FastKMeans(8, 50_000, { ...quiet, device, init, maxSeconds: 0.5 })
    const start = performance.now()
    const { setTimeout: real } = globalThis
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((then: () => void, ms: number) => real(then, ms / 50)) as typeof setTimeout)
    await km.train(x)
    expect(performance.now() - start).toBeLessThan(3000)
    expect([km.stopReason, km.nIter]).toEqual(['maxSeconds', 0])
    expectSame(km.centroids, init)
    expect(() => km.labels).toThrow('FastKMeans.labels: there is none: the training was stopped before its first E-step')
  })

  it.each((['k-means++', 'k-means||', 'afk-mc2'] as const).flatMap((init) => DEVICES.map((device) => ({ init, device }))))(
    'ends a long start, and takes different rows for the centroids that are missing: $init, $device',
    async ({ init, device }) => {
      const km = new FastKMeans(2, 20_000, { ...quiet, device, init, maxSeconds: 0.05 })
      const start = performance.now()
      await km.train(distinct)
      expect(performance.now() - start).toBeLessThan(3000)
      expect([km.stopReason, km.nIter < 2]).toEqual(['maxSeconds', true])
      const given = new Set(rowsOf(distinct, 2))
      const rows = rowsOf(km.centroids, 2)
      expect(new Set(rows).size).toBe(20_000)
      for (const row of rows) expect(given.has(row)).toBe(true)
    },
  )

  it('in the start of a later run keeps the run before', async () => {
    const slow = async ({ redo, rows }: InitContext): Promise<Float32Array> => {
      if (redo === 1) await wait(300)
      return rows(Uint32Array.of(redo, 11, 12, 13))
    }
    const km = await new FastKMeans(3, 4, { ...quiet, niter: 5, nredo: 3, init: slow, maxSeconds: 0.2 }).fit(small)
    const single = await new FastKMeans(3, 4, { ...quiet, niter: 5, init: slow }).fit(small)
    expect(km.stopReason).toBe('maxSeconds')
    expectSame(km.centroids, single.centroids)
    expectBelongsTogether(km, small, 'best')
  })

  it('ends the series of nredo, and leaves no timer', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const km = await new FastKMeans(3, 4, { ...quiet, niter: 100, nredo: 10_000_000, maxSeconds: 0.3 }).fit(small)
    expect(km.stopReason).toBe('maxSeconds')
    await new FastKMeans(3, 4, { ...quiet, maxSeconds: 1000 }).train(small)
    await expect(new FastKMeans(3, 4, { ...quiet, maxSeconds: 1000, init: new Float32Array(1) }).train(small)).rejects.toThrow(
      'expected init',
    )
    const ended = cleared.mock.calls.map(([timer]) => timer)
    expect(set.mock.results.length).toBeGreaterThanOrEqual(3)
    for (const { value } of set.mock.results) expect(ended).toContain(value)
  })
})

describe('onIteration', () => {
  it('that throws is thrown on, and the best centroids so far are kept', async () => {
    const reason = new Error('mine')
    const km = new FastKMeans(3, 4, { ...quiet, niter: 50 })
    const throwing = ({ iteration }: { iteration: number }): void => {
      if (iteration === 4) throw reason
    }
    await expect(km.train(small, { onIteration: throwing })).rejects.toBe(reason)
    expect([km.stopReason, km.nIter]).toEqual(['failed', 4])
    expectBelongsTogether(km, small, 'failed')
    await expect(km.train(small, { onIteration: async (stats) => throwing(stats) })).rejects.toBe(reason)
  })

  it('that throws nothing at all ends the training with an error all the same', async () => {
    const km = new FastKMeans(3, 4, quiet)
    await expect(km.train(small, { onIteration: () => Promise.reject() })).rejects.toThrow(
      'FastKMeans: expected onIteration to return or to throw an Error, got undefined thrown',
    )
    expect(km.stopReason).toBe('failed')
  })

  it('that throws after it aborted is thrown on as well', async () => {
    const controller = new AbortController()
    const km = new FastKMeans(3, 4, { ...quiet, signal: controller.signal, maxSeconds: 1e-9 })
    const onIteration = async (): Promise<void> => {
      controller.abort()
      await wait(5)
      throw new Error('mine')
    }
    await expect(km.train(small, { onIteration })).rejects.toThrow('mine')
    expect(km.stopReason).toBe('failed')
  })

  it('is awaited, and told of every iteration in order', async () => {
    const seen: number[] = []
    const km = new FastKMeans(3, 4, { ...quiet, niter: 4 })
    await km.train(small, {
      onIteration: async (stats) => {
        await wait(2)
        seen.push(stats.iteration)
        expect(Object.keys(stats).sort()).toEqual([
          'changed',
          'imbalance',
          'iteration',
          'obj',
          'rechecked',
          'redo',
          'replaced',
          'shift',
          'time',
        ])
      },
    })
    expect(seen).toEqual([1, 2, 3, 4])
    expect(km.iterationStats.map(({ iteration }) => iteration)).toEqual(seen)
    expect(km.iterationStats[0].changed).toBe(200)
  })
})

describe('the event loop', () => {
  it.each<[string, Float32Array, number, number, FastKMeansOptions]>([
    ['long iterations', large, 32, 100, { niter: 8 }],
    ['very many short ones', small, 3, 4, { niter: 10_000_000, maxSeconds: 1 }],
    ['many short runs', small, 3, 4, { nredo: 10_000_000, niter: 2, maxSeconds: 1 }],
    ['a long start', large.subarray(0, 32 * 2000), 32, 400, { init: 'k-means++', niter: 1 }],
  ])('stays alive: a timer of 50 ms keeps firing during %s', async (_, x, d, k, options) => {
    const ticks: number[] = [performance.now()]
    const timer = setInterval(() => ticks.push(performance.now()), 50)
    await new FastKMeans(d, k, { ...quiet, ...options }).train(x)
    clearInterval(timer)
    ticks.push(performance.now())
    const gaps = ticks.slice(1).map((tick, i) => tick - ticks[i])
    const [longest, next] = gaps.sort((a, b) => b - a)
    expect(ticks.length).toBeGreaterThan(4)
    // A machine with more to do than it has cores may keep the process waiting once.
    expect(longest).toBeLessThan(1000)
    expect(next).toBeLessThan(300)
  })
})
