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
      new TypeError(`${name}: expected the options averageMethod, got 'average_method'`),
    )
  })

  test('vMeasureScore refuses an unknown option', () => {
    expect(() => vMeasureScore(LABELS, LABELS, { Beta: 2 } as never)).toThrow(
      new TypeError("vMeasureScore: expected the options beta, got 'Beta'"),
    )
  })

  test('silhouetteScore refuses a signal that is none', async () => {
    await expect(silhouetteScore(X, LABELS, { d: 2, signal: 5 as never })).rejects.toThrow(
      'silhouetteScore: expected signal to be an AbortSignal, got number',
    )
  })

  test.each([
    ['calinskiHarabaszScore', calinskiHarabaszScore, 'd, signal'],
    ['daviesBouldinScore', daviesBouldinScore, 'd, signal'],
    ['silhouetteSamples', silhouetteSamples, 'd, signal'],
    ['silhouetteScore', silhouetteScore, 'd, sampleSize, seed, signal'],
  ] as const)('%s refuses an unknown option', async (name, metric, known) => {
    const result = metric(X, LABELS, { d: 2, metric: 'cosine' } as never)
    await expect(result).rejects.toThrow(new TypeError(`${name}: expected the options ${known}, got 'metric'`))
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
      new TypeError('normalizedMutualInfoScore: expected an object of options, got string'),
    )
    expect(() => vMeasureScore(LABELS, LABELS, null as never)).toThrow(
      new TypeError('vMeasureScore: expected an object of options, got null'),
    )
    await expect(silhouetteScore(X, LABELS, 2 as never)).rejects.toThrow('silhouetteScore: expected an object of options, got number')
  })

  test('options are not changed', async () => {
    const options = Object.freeze({ d: 2, sampleSize: 4, seed: 1 })
    await silhouetteScore(X, LABELS, options)
    expect(options).toEqual({ d: 2, sampleSize: 4, seed: 1 })
  })
})
