/** @file The examples of scikit-learn's documentation and tests, written out: the first thing that a reader compares. */

import { expect, test } from 'vitest'
import {
  adjustedMutualInfoScore,
  adjustedRandScore,
  completenessScore,
  contingencyMatrix,
  fowlkesMallowsScore,
  homogeneityCompletenessVMeasure,
  homogeneityScore,
  mutualInfoScore,
  normalizedMutualInfoScore,
  purityScore,
  randScore,
  vMeasureScore,
} from '../../src/metrics/index.js'

const copies = (labels: number[]): number[] => Array.from({ length: 110 }, () => labels).flat()

test('mutualInfoScore and adjustedMutualInfoScore give the worked example of scikit-learn’s test_adjusted_mutual_info_score', () => {
  const t = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3]
  const p = [1, 1, 1, 1, 2, 1, 2, 2, 2, 2, 3, 1, 3, 3, 3, 2, 2]
  // contingency_matrix(t, p)
  expect([...contingencyMatrix(t, p).counts]).toEqual([5, 1, 0, 1, 4, 1, 0, 2, 3])
  // mutual_info_score(t, p): 0.41022 in the test
  expect(mutualInfoScore(t, p)).toBeCloseTo(0.41022, 5)
  // adjusted_mutual_info_score(t, p): 0.27821 in the test; its AMI of 110 copies of both is 0.38
  expect(adjustedMutualInfoScore(t, p)).toBeCloseTo(0.27821, 5)
  expect(adjustedMutualInfoScore(copies(t), copies(p))).toBeCloseTo(0.38, 2)
  // By counting: 5 + 4 + 3 points of 17 belong to the class of their cluster.
  expect(purityScore(t, p)).toBe(12 / 17)
})

test('adjustedRandScore gives scikit-learn’s examples', () => {
  expect(adjustedRandScore([0, 0, 1, 1], [0, 0, 1, 1])).toBe(1)
  expect(adjustedRandScore([0, 0, 1, 1], [1, 1, 0, 0])).toBe(1)
  expect(adjustedRandScore([0, 0, 1, 2], [0, 0, 1, 1])).toBeCloseTo(0.57, 2)
  expect(adjustedRandScore([0, 0, 1, 1], [0, 0, 1, 2])).toBeCloseTo(0.57, 2)
  expect(adjustedRandScore([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0)
  expect(adjustedRandScore([0, 0, 1, 1], [0, 1, 0, 1])).toBe(-0.5)
})

test('randScore gives scikit-learn’s examples', () => {
  expect(randScore([0, 0, 1, 1], [1, 1, 0, 0])).toBe(1)
  expect(randScore([0, 0, 1, 2], [0, 0, 1, 1])).toBe(5 / 6)
})

test('fowlkesMallowsScore gives scikit-learn’s examples', () => {
  expect(fowlkesMallowsScore([0, 0, 1, 1], [1, 1, 0, 0])).toBe(1)
  expect(fowlkesMallowsScore([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0)
})

test('homogeneityCompletenessVMeasure gives scikit-learn’s examples', () => {
  const scores = homogeneityCompletenessVMeasure([0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2])
  expect(scores.homogeneity).toBeCloseTo(0.71, 2)
  // 0.771 there, cut off
  expect(scores.completeness).toBeCloseTo(0.7716, 4)
  expect(scores.vMeasure).toBeCloseTo(0.74, 2)
})

test('homogeneityScore and completenessScore give scikit-learn’s examples', () => {
  expect(homogeneityScore([0, 0, 1, 1], [0, 0, 1, 2])).toBe(1)
  expect(homogeneityScore([0, 0, 1, 1], [0, 1, 2, 3])).toBe(1)
  expect(homogeneityScore([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0)
  expect(homogeneityScore([0, 0, 1, 1], [0, 0, 0, 0])).toBe(0)
  expect(completenessScore([0, 0, 1, 1], [0, 0, 0, 0])).toBe(1)
  // completeness_score([0, 1, 2, 3], [0, 0, 1, 1]): 0.999… there; the definition says 1
  expect(completenessScore([0, 1, 2, 3], [0, 0, 1, 1])).toBe(1)
  expect(completenessScore([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0)
})

test('vMeasureScore and normalizedMutualInfoScore give scikit-learn’s examples', () => {
  expect(vMeasureScore([0, 0, 1, 2], [0, 0, 1, 1])).toBeCloseTo(0.8, 6)
  expect(vMeasureScore([0, 1, 2, 3], [0, 0, 1, 1])).toBeCloseTo(2 / 3, 15)
  expect(vMeasureScore([0, 0, 1, 1], [0, 0, 1, 2])).toBeCloseTo(0.8, 6)
  expect(vMeasureScore([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0)
  expect(normalizedMutualInfoScore([0, 0, 1, 1], [1, 1, 0, 0])).toBe(1)
  expect(normalizedMutualInfoScore([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0)
})
