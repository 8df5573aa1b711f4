import { describe, expect, test } from 'vitest'
import * as metrics from '../../src/metrics/index.js'
import type { AverageMethod, Label } from '../../src/metrics/index.js'
import { golden, labelsOf, pointsOf } from './golden.js'

type LabelMetric = (t: ArrayLike<Label>, p: ArrayLike<Label>, argument?: string) => number
type PointMetric = (x: Float32Array | Float64Array, labels: ArrayLike<Label>, d: number) => Promise<number>

/** The Python call, up to what is said after it, → ours. An argument is what stands between `=` and the end of the call. */
const LABEL_METRICS: Record<string, LabelMetric> = {
  'contingency_matrix(t, p).max': (t, p) => metrics.purityScore(t, p),
  rand_score: (t, p) => metrics.randScore(t, p),
  adjusted_rand_score: (t, p) => metrics.adjustedRandScore(t, p),
  fowlkes_mallows_score: (t, p) => metrics.fowlkesMallowsScore(t, p),
  homogeneity_score: (t, p) => metrics.homogeneityScore(t, p),
  completeness_score: (t, p) => metrics.completenessScore(t, p),
  v_measure_score: (t, p, beta) => metrics.vMeasureScore(t, p, { beta: Number(beta ?? 1) }),
  mutual_info_score: (t, p) => metrics.mutualInfoScore(t, p),
  normalized_mutual_info_score: (t, p, method) => metrics.normalizedMutualInfoScore(t, p, { averageMethod: method as AverageMethod }),
  adjusted_mutual_info_score: (t, p, method) => metrics.adjustedMutualInfoScore(t, p, { averageMethod: method as AverageMethod }),
}
const POINT_METRICS: Record<string, PointMetric> = {
  silhouette_score: (x, labels, d) => metrics.silhouetteScore(x, labels, { d }),
  davies_bouldin_score: (x, labels, d) => metrics.daviesBouldinScore(x, labels, { d }),
  calinski_harabasz_score: (x, labels, d) => metrics.calinskiHarabaszScore(x, labels, { d }),
}

/** |actual − expected| ≤ tolerance · max(1, |expected|). */
function expectClose(actual: number, expected: number, tolerance: number, call: string): void {
  const gap = Math.abs(actual - expected) / Math.max(1, Math.abs(expected))
  expect(gap, `${call}: got ${actual}, expected ${expected}`).toBeLessThanOrEqual(tolerance)
}

function metricOf<M>(table: Record<string, M>, call: string): M {
  const metric = table[call.match(/^(contingency_matrix\(t, p\)\.max|\w+)/)![0]]
  if (metric === undefined) throw new Error(`golden: expected a known call, got ${call}`)
  return metric
}

describe('label metrics agree with scikit-learn 1.9.1 to 1e-12', () => {
  test.each(golden.labels)('$name', (golden) => {
    const [t, p] = labelsOf(golden)
    const calls = Object.entries(golden.scores)
    expect(calls.length).toBeGreaterThanOrEqual(16)
    for (const [call, expected] of calls)
      expectClose(
        metricOf(LABEL_METRICS, call)(
          t,
          p,
          call
            .match(/=([\d.]+|'(\w+)')\)/)
            ?.slice(1)
            .findLast(Boolean),
        ),
        expected,
        1e-12,
        call,
      )
    expect(metrics.pairConfusionMatrix(t, p)).toEqual(golden['pair_confusion_matrix(t, p)'])
  })

  test.each(golden.labels.filter((golden) => 'contingency_matrix(t, p)' in golden))('contingency matrix: $name', (golden) => {
    const [t, p] = labelsOf(golden)
    const expected = golden['contingency_matrix(t, p)']!
    const { counts, rows, columns } = metrics.contingencyMatrix(t, p)
    expect([rows, columns]).toEqual([expected.length, expected[0]?.length ?? 0])
    expect([...counts]).toEqual(expected.flat())
  })
})

describe('point metrics agree with scikit-learn 1.9.1 to 1e-12, silhouettes to 1e-9', () => {
  test.each(golden.points)('$name', async (golden) => {
    const { x, labels, d } = pointsOf(golden)
    expect(Object.keys(golden.scores)).toHaveLength(3)
    for (const [call, expected] of Object.entries(golden.scores)) {
      const actual = await metricOf(POINT_METRICS, call)(x, labels, d)
      expectClose(actual, expected, call.startsWith('silhouette') ? 1e-9 : 1e-12, call)
    }
    const samples = golden["silhouette_samples(cdist(x, x), labels, metric='precomputed')"]
    if (samples === undefined) return
    const actual = await metrics.silhouetteSamples(x, labels, { d })
    expect(actual).toHaveLength(samples.length)
    for (const [i, expected] of samples.entries()) expectClose(actual[i], expected, 1e-9, `silhouette_samples[${i}]`)
  })
})
