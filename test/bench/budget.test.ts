import { expect, test } from 'vitest'
import { expectedSeconds, leftOut, shareOf } from '../../bench/budget.js'
import type { BenchCase } from '../../bench/cases/cases.js'
import type { CaseRecord } from '../../bench/results.js'

const benchCase = (n: number, k: number): BenchCase => ({ name: `${n}`, kind: 'blobs', n, d: 100, k, niter: 10 })
const SMALL = benchCase(10_000, 100)
const LARGE = benchCase(40_000, 400)
const measured = (c: BenchCase, seconds: number): CaseRecord => ({
  ...c,
  libraries: { faiss: { label: 'faiss', ours: false, rounds: [{ seconds, iterations: 10, peakBytes: 0 }] } },
})

test('a share is as the root of the work: 16 times the work, 4 times the seconds; what libraries do not run they do not take', () => {
  expect(shareOf(500, [SMALL, LARGE], ['cpu', 'faiss'])).toStrictEqual({ seconds: 50, tooLong: 50 })
  expect(shareOf(500, [LARGE, SMALL], ['cpu', 'faiss', 'ml-kmeans'])).toStrictEqual({ seconds: 200, tooLong: 60 })
})

test('however little is left, small trainings are repeated and long ones are not', () => {
  expect(shareOf(-1, [SMALL], ['cpu'])).toStrictEqual({ seconds: 2, tooLong: 20 })
})

test('without a limit nothing is cut', () => {
  expect(shareOf(Infinity, [SMALL, LARGE], ['cpu'])).toStrictEqual({ seconds: Infinity, tooLong: 60 })
  expect(leftOut(Infinity, LARGE, ['faiss'], [measured(SMALL, 1000)])).toBeUndefined()
})

test('a case is left out where its first trainings would not fit, judged by the case of the nearest work', () => {
  const records = [measured(SMALL, 2), measured(benchCase(1, 1), 2)]
  expect(expectedSeconds('faiss', LARGE, records[0])).toBe(32)
  expect(expectedSeconds('sklearn', LARGE, records[0])).toBeUndefined()
  expect(leftOut(60, LARGE, ['faiss', 'sklearn'], records)).toBeUndefined()
  expect(leftOut(40, LARGE, ['faiss', 'sklearn'], records)).toBe('about 48 s, and 40 s are left')
  expect(leftOut(40, LARGE, ['faiss'], [])).toBeUndefined()
  expect(leftOut(40, LARGE, ['faiss'], records.slice(1))).toBeUndefined()
  expect(leftOut(0, SMALL, ['faiss'], [])).toBe('no time is left')
})
