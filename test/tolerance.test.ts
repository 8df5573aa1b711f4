import { describe, expect, it } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import type { FastKMeansOptions } from '../src/options.js'
import { toleranceTest } from '../src/tolerance.js'
import { golden, goldenSet, goldenStart, replay } from './golden/kmeans.js'
import { expectClose } from './matchers.js'
import { makePoints } from './oracles.js'

const quiet: FastKMeansOptions = { device: 'reference', maxPointsPerCentroid: null, minPointsPerCentroid: 0 }

describe("tolMode 'sklearn'", () => {
  it.each(golden.tolerance)('stops after as many iterations as scikit-learn, with its labels: $set tol=$tol niter=$niter', async (run) => {
    const { km, differing } = await replay(run)
    expect(km.nIter).toBe(run.nIter)
    expect(differing).toBe(0)
    expectClose(km.inertia, run.inertia, 'inertia')
  })

  it('compares with tol times the mean variance of the columns', async () => {
    // numpy: np.mean(np.var([[1, 10], [2, 20], [4, 60]], axis=0)) = 234.11111111111111
    const points = { blocks: [Float32Array.of(1, 10, 2, 20, 4, 60)], n: 3, d: 2 }
    const { measure, reached } = await toleranceTest('sklearn', 0.5, points)
    const bound = 0.5 * 234.11111111111111
    expect(measure(Float64Array.of(3, 4), 0)).toBe(25)
    expect([reached(bound * (1 - 1e-15)), reached(bound * (1 + 1e-15))]).toEqual([true, false])
    const simple = await toleranceTest('sklearn', 0.5, { blocks: [Float32Array.of(0, 2)], n: 2, d: 1 })
    expect(simple.reached(0.5)).toBe(true)
  })
})

describe("tolMode 'faiss'", () => {
  it.each(golden.faiss)('gives the objectives of faiss 1.15.1 and stops with it: $set k=$k niter=$niter tol=$tol', async (run) => {
    const set = await goldenSet(run.set)
    const { niter, tol } = run
    const km = new FastKMeans(set.d, run.k, { ...quiet, init: goldenStart(set, run), niter, tol, tolMode: 'faiss' })
    await km.train(set.x)
    const common = Math.min(km.nIter, run.obj.length)
    expectClose(km.obj.slice(0, common), run.obj.slice(0, common), 'faissObj')
    if (km.stopReason === 'tol' && tol > 0) expect(km.nIter).toBe(run.obj.length)
    // faiss does not look at labels, and its float32 sums may settle an iteration before or after
    else expect(Math.abs(km.nIter - run.obj.length)).toBeLessThanOrEqual(1)
  })

  it('compares the change of the inertia, whatever its sign, with tol times the inertia before', async () => {
    const points = { blocks: [Float32Array.of(1)], n: 1, d: 1 }
    const steps = async (objs: number[]): Promise<boolean[]> => {
      const { measure, reached } = await toleranceTest('faiss', 0.25, points)
      return objs.map((obj) => reached(measure(Float64Array.of(0), obj)))
    }
    expect(await steps([8, 5, 4])).toEqual([false, false, true])
    expect(await steps([8, 16, 20])).toEqual([false, false, true])
    expect(await steps([0, 0])).toEqual([false, false])
  })
})

describe('tol', () => {
  const x = makePoints(3, 300, 2, 'uniform')
  const train = async (options: FastKMeansOptions): Promise<FastKMeans> =>
    new FastKMeans(2, 6, { ...quiet, seed: 1, niter: 60, ...options }).fit(x)

  it("is compared with the sum of the centroids' shifts by default, with the largest by 'max'", async () => {
    const shifts = [0.3, 0.4]
    const points = { blocks: [x], n: 300, d: 2 }
    const sum = await toleranceTest('fastkmeans', 0.7, points)
    expect([sum.measure(Float64Array.from(shifts), 1), sum.reached(0.7), sum.reached(0.69)]).toEqual([0.7, false, true])
    const max = await toleranceTest('max', 0.4, points)
    expect([max.measure(Float64Array.from(shifts), 1), max.reached(0.4), max.reached(0.39)]).toEqual([0.4, false, true])
  })

  it.each(['fastkmeans', 'max', 'sklearn', 'faiss'] as const)("stops with reason 'tol' where it is reached: %s", async (tolMode) => {
    const km = await train({ tol: 0.05, tolMode })
    expect(km.stopReason).toBe('tol')
    expect(km.nIter).toBeLessThan((await train({ tol: 0, tolMode })).nIter)
  })

  it('0 and the default stop when the labels do not change', async () => {
    for (const tol of [0, undefined]) {
      const km = await train({ tol })
      expect(km.stopReason).toBe('labels')
      expect(km.iterationStats.at(-1)).toMatchObject({ changed: 0, shift: 0 })
      expect(km.nIter).toBeLessThan(60)
    }
  })

  it.each(['fastkmeans', 'max', 'sklearn', 'faiss'] as const)('−1 runs all iterations: %s', async (tolMode) => {
    const km = await train({ tol: -1, tolMode })
    expect([km.nIter, km.stopReason]).toEqual([60, 'niter'])
  })
})
