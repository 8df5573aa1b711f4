import { afterEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../src/fastkmeans.js'
import { followTraining } from '../src/followTraining.js'
import type { FastKMeansOptions, TrainingProgress } from '../src/options.js'
import { seldom } from '../src/stages.js'
import { expectSame } from './matchers.js'
import { makePoints } from './oracles.js'

const quiet: FastKMeansOptions = { device: 'reference', maxPointsPerCentroid: null, minPointsPerCentroid: 0, tol: -1, niter: 2 }
const x = makePoints(5, 12_000, 8, 'uniform')

let now = performance.now()
/**
 * A clock on which `step` milliseconds pass between two looks: everything takes long. It goes on where it was left, since pace.ts
 * remembers.
 */
function slowClock(step: number): void {
  vi.spyOn(performance, 'now').mockImplementation(() => (now += step))
}

async function reports(options: FastKMeansOptions): Promise<TrainingProgress[]> {
  const all: TrainingProgress[] = []
  slowClock(60)
  await new FastKMeans(8, 40, { ...quiet, ...options, onProgress: (progress) => void all.push(progress) }).fit(x)
  vi.restoreAllMocks()
  return all
}

/** Stage by stage, the words with their numbers left out. */
const stagesOf = (all: readonly TrainingProgress[]): string[] => [
  ...new Set(all.map(({ stage, redo, iteration, text }) => `${stage} ${redo} ${iteration} ${text.replace(/\d+ (?=%|of 40 )/, '# ')}`)),
]

afterEach(() => vi.restoreAllMocks())

describe('onProgress', () => {
  it('tells of every E-step, with a share that grows', async () => {
    const all = await reports({ init: x.slice(0, 320), nredo: 2 })
    const run = (redo: number): string[] => [
      `iteration ${redo} 1 iteration 1 of at most 2: # % of the rows`,
      `iteration ${redo} 2 iteration 2 of at most 2: # % of the rows`,
      `labels ${redo} 2 the last labels: # % of the rows`,
    ]
    expect(stagesOf(all).map((words) => words.replace('# %', '# %'))).toEqual([...run(0), ...run(1)])
    for (const [i, { share, iteration, stage }] of all.entries()) {
      expect(share >= 0 && share <= 1).toBe(true)
      const before = all[i - 1]
      if (i > 0 && before.iteration === iteration && before.stage === stage) expect(share).toBeGreaterThan(before.share)
    }
    const half = all.find(({ share }) => share >= 0.5)!
    expect(half.text).toBe(`iteration 1 of at most 2: ${Math.floor(half.share * 100)} % of the rows`)
  })

  it.each([
    ['k-means++', ['k-means++: # of 40 centroids']],
    ['afk-mc2', ['afk-mc2: # of 40 centroids']],
    [
      'k-means||',
      [
        ...[1, 2, 3, 4, 5].map((round) => `k-means||: round ${round} of 5, # % of the rows`),
        expect.stringMatching(/^k-means\|\|: \d+ candidates, # % of the rows$/),
        'k-means||: # of 40 centroids',
      ],
    ],
  ] as const)('tells how far the start is: %s', async (init, words) => {
    const all = await reports({ init })
    const start = all.filter(({ stage }) => stage === 'start')
    expect(stagesOf(start).map((text) => text.replace('start 0 0 ', ''))).toEqual(words)
    expect(all.findLastIndex(({ stage }) => stage === 'start')).toBe(start.length - 1)
    start.forEach(({ share }, i) => expect(share).toBeGreaterThan(start[i - 1]?.share ?? -1))
    expect(start[start.length - 1]).toMatchObject({ share: 1, text: `${init}: 40 of 40 centroids` })
  })

  it('changes no bit, and is not called while nothing takes long', async () => {
    const onProgress = vi.fn()
    slowClock(0)
    const options = { ...quiet, init: 'k-means++', seed: 4 } as const
    const km = await new FastKMeans(8, 40, { ...options, onProgress }).fit(x)
    expect(onProgress).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    expectSame(km.centroids, (await new FastKMeans(8, 40, options).fit(x)).centroids, 'centroids')
  })

  it.each(['start', 'iteration', 'labels'] as const)('ends the training by what it throws, within: %s', async (stage) => {
    slowClock(60)
    const wrong = new Error('mine')
    const km = new FastKMeans(8, 40, { ...quiet, init: 'k-means++' })
    const onProgress = (progress: TrainingProgress): void => {
      if (progress.stage === stage) throw wrong
    }
    await expect(km.train(x, { onProgress })).rejects.toBe(wrong)
    if (stage === 'start') expect(() => km.centroids).toThrow('expected a trained model')
    else expect([km.stopReason, km.nIter]).toEqual(['failed', stage === 'labels' ? 2 : 0])
  })

  it('tells of predict, assign, transform and score', async () => {
    const km = FastKMeans.fromCentroids(x.slice(0, 320), 8, quiet)
    for (const method of ['predict', 'assign', 'transform', 'score'] as const) {
      const texts: string[] = []
      slowClock(60)
      await km[method](x, { onProgress: ({ share, text }) => void texts.push(`${Math.floor(100 * share)} ${text}`) })
      vi.restoreAllMocks()
      expect(texts.length, method).toBeGreaterThan(1)
      for (const text of texts) expect(text).toMatch(/^(\d+) \1 % of the rows$/)
      slowClock(60)
      const throwing = km[method](x, {
        onProgress: () => {
          throw new Error('mine')
        },
      })
      await expect(throwing, method).rejects.toThrow('mine')
      vi.restoreAllMocks()
    }
    await expect(km.predict(x, { onProgress: 5 as never })).rejects.toThrow(
      'FastKMeans.predict: expected onProgress to be a function, got 5',
    )
  })
})

describe('seldom', () => {
  it('passes on at most one report in 50 ms, none in the first, and makes no words for the others', () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const passed: number[] = []
    const made: number[] = []
    const { tell } = seldom<number>((value) => passed.push(value))
    for (; now < 200; now += 20)
      tell(() => {
        made.push(now)
        return now
      })
    expect([passed, made]).toEqual([
      [60, 120, 180],
      [60, 120, 180],
    ])
  })
})

describe('followTraining', () => {
  const following = (niter: number, nredo: number) => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now * 1000)
    const follow = followTraining({ niter, nredo })
    return {
      stage: (seconds: number, stage: TrainingProgress['stage'], redo: number, iteration: number, share: number) => {
        now = seconds
        return follow.stage({ stage, redo, iteration, share, text: '' })
      },
      iteration: (seconds: number, redo: number, iteration: number) => {
        now = seconds
        return follow.iteration({ redo, iteration })
      },
    }
  }

  it('counts a start that takes long as half of the run, and its time for nothing after it', () => {
    const follow = following(9, 1)
    expect(follow.stage(10, 'start', 0, 0, 0.25)).toEqual({ share: 0.125, left: ', at most 30 s to the first iteration' })
    expect(follow.stage(40, 'start', 0, 0, 1)).toEqual({ share: 0.5, left: '' })
    expect(follow.iteration(42, 0, 1)).toEqual({ share: 0.55, left: ', at most 18 s left' })
  })

  it('without one takes all E-steps for the whole, that of the last labels among them', () => {
    const follow = following(4, 1)
    expect(follow.stage(1, 'iteration', 0, 1, 0.5)).toEqual({ share: 0.1, left: ', at most 9 s left' })
    expect(follow.iteration(8, 0, 4)).toEqual({ share: 0.8, left: ', at most 2 s left' })
    // A run that ended after two iterations.
    expect(follow.stage(5, 'labels', 0, 2, 0.5)).toEqual({ share: 2.5 / 3, left: ', at most 1 s left' })
  })

  it('of several runs takes the starts with the iterations, since each run has one', () => {
    const follow = following(4, 2)
    follow.stage(10, 'start', 0, 0, 1)
    expect(follow.stage(40, 'start', 1, 0, 0.5)).toEqual({ share: 0.625, left: '' })
    expect(follow.iteration(60, 1, 2)).toEqual({ share: expect.closeTo(0.85), left: ', at most 26 s left' })
  })
})
