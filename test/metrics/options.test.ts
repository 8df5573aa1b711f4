import { describe, expect, test } from 'vitest'
import {
  adjustedMutualInfoScore,
  calinskiHarabaszScore,
  daviesBouldinScore,
  normalizedMutualInfoScore,
  silhouetteSamples,
  silhouetteScore,
  vMeasureScore,
} from '../../src/metrics/index.js'

const X = Float32Array.of(0, 0, 0, 1, 5, 5, 5, 6)
const LABELS = [0, 0, 1, 1]
const AVERAGED = Object.entries({ normalizedMutualInfoScore, adjustedMutualInfoScore })

describe('options', () => {
  test.each(AVERAGED)('%s refuses an unknown averageMethod', (name, metric) => {
    expect(() => metric(LABELS, LABELS, { averageMethod: 'harmonic' as never })).toThrow(
      new RangeError(`${name}: expected averageMethod 'arithmetic', 'geometric', 'min' or 'max', got 'harmonic'`),
    )
  })

  test.each(AVERAGED)('%s refuses an unknown option', (name, metric) => {
    expect(() => metric(LABELS, LABELS, { average_method: 'max' } as never)).toThrow(
      new TypeError(`${name}: unknown option 'average_method'; did you mean 'averageMethod'?`),
    )
  })

  test('vMeasureScore refuses an unknown option', () => {
    expect(() => vMeasureScore(LABELS, LABELS, { Beta: 2 } as never)).toThrow(
      new TypeError("vMeasureScore: unknown option 'Beta'; did you mean 'beta'?"),
    )
  })

  test('silhouetteScore refuses a signal that is none', async () => {
    await expect(silhouetteScore(X, LABELS, { d: 2, signal: 5 as never })).rejects.toThrow(
      'silhouetteScore: expected signal to be an AbortSignal, got 5',
    )
  })

  test.each([
    ['calinskiHarabaszScore', calinskiHarabaszScore, 'd, signal'],
    ['daviesBouldinScore', daviesBouldinScore, 'd, signal'],
    ['silhouetteSamples', silhouetteSamples, 'd, signal'],
    ['silhouetteScore', silhouetteScore, 'd, sampleSize, seed, signal'],
  ] as const)('%s refuses an unknown option', async (name, metric, known) => {
    const result = metric(X, LABELS, { d: 2, metric: 'cosine' } as never)
    await expect(result).rejects.toThrow(new TypeError(`${name}: unknown option 'metric'; known are ${known}`))
  })

  test('an option that is undefined takes its default', async () => {
    expect(normalizedMutualInfoScore(LABELS, [0, 1, 1, 1], { averageMethod: undefined })).toBe(
      normalizedMutualInfoScore(LABELS, [0, 1, 1, 1]),
    )
    const score = await silhouetteScore(X, LABELS, { d: 2 })
    expect(await silhouetteScore(X, LABELS, { d: 2, sampleSize: undefined, seed: undefined, signal: undefined })).toBe(score)
  })

  test('options that are no object are refused', async () => {
    expect(() => normalizedMutualInfoScore(LABELS, LABELS, 'max' as never)).toThrow(
      new TypeError("normalizedMutualInfoScore: expected an options object, got 'max'"),
    )
    expect(() => vMeasureScore(LABELS, LABELS, null as never)).toThrow(new TypeError('vMeasureScore: expected an options object, got null'))
    await expect(silhouetteScore(X, LABELS, 2 as never)).rejects.toThrow('silhouetteScore: expected an options object, got 2')
  })

  test('options are not changed', async () => {
    const options = Object.freeze({ d: 2, sampleSize: 4, seed: 1 })
    await silhouetteScore(X, LABELS, options)
    expect(options).toEqual({ d: 2, sampleSize: 4, seed: 1 })
  })
})
