import { expect, test } from 'vitest'
import type { LibraryRecord } from '../../bench/results.js'
import { takesTurn } from '../../bench/turns.js'

const training = (seconds: number): LibraryRecord['rounds'][number] => ({ seconds, iterations: 10, peakBytes: 0 })
const library = (first: number, ...rounds: number[]): LibraryRecord => ({
  label: 'a library',
  ours: false,
  first: training(first)!,
  rounds: rounds.map(training),
})

test('every library has a first round, however long its warm-up took, but for what is too long to be repeated', () => {
  expect(takesTurn(library(30), 10, 60)).toBe(true)
  expect(takesTurn(library(61), 10, 60)).toBe(false)
})

test('further rounds stay within the seconds of a library; a slow warm-up does not count', () => {
  expect(takesTurn(library(30, 2, 2), 6, 60)).toBe(true)
  expect(takesTurn(library(30, 2, 2, 2), 6, 60)).toBe(false)
  expect(takesTurn(library(1, 20), 12, 60)).toBe(false)
})

test('rounds that a library sat out cost it nothing, and one that failed has no more turns', () => {
  const record = library(1, 2)
  record.rounds.push(null, null)
  expect(takesTurn(record, 4, 60)).toBe(true)
  expect(takesTurn({ ...record, missing: 'failed in a later round: out of memory' }, 4, 60)).toBe(false)
})
