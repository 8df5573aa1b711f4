import { expect, test } from 'vitest'
import * as metrics from '../../src/metrics/index.js'

test('metrics has the names of scikit-learn in camel case, and purity', () => {
  expect(Object.keys(metrics).sort()).toEqual([
    'adjustedMutualInfoScore',
    'adjustedRandScore',
    'calinskiHarabaszScore',
    'completenessScore',
    'contingencyMatrix',
    'daviesBouldinScore',
    'fowlkesMallowsScore',
    'homogeneityCompletenessVMeasure',
    'homogeneityScore',
    'mutualInfoScore',
    'normalizedMutualInfoScore',
    'pairConfusionMatrix',
    'purityScore',
    'randScore',
    'silhouetteSamples',
    'silhouetteScore',
    'vMeasureScore',
  ])
})
