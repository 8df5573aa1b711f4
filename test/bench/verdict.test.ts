import { expect, test } from 'vitest'
import type { CaseRecord, LibraryRecord } from '../../bench/results.js'
import { failuresOf } from '../../bench/verdict.js'

const run = (seconds: number) => ({ seconds, iterations: 10, peakBytes: 0 })
const library = (seconds: number[], more: Partial<LibraryRecord> = {}): LibraryRecord => ({
  label: '',
  ours: true,
  rounds: seconds.map(run),
  wrongPerMillion: 0,
  ...more,
})
const verdict = (libraries: CaseRecord['libraries']): string[] =>
  failuresOf({ name: 'a', kind: 'blobs', n: 100, d: 2, k: 4, niter: 10, libraries }, ['cpu', 'wasm'], 'tfjs-naive')
const cpu = library([1, 1])
const wasm = library([2, 2])
/** Its own labels may be wrong. */
const rival = library([10, 10], { wrongPerMillion: 7 })

test('nothing fails where labels are exact and both devices fast enough', () => {
  expect(verdict({ cpu, wasm, 'tfjs-naive': rival })).toStrictEqual([])
})

test('one slow round is a neighbour; all of them are a failure', () => {
  expect(verdict({ cpu: library([9, 1]), wasm, 'tfjs-naive': rival })).toStrictEqual([])
  expect(verdict({ cpu: library([4, 3]), wasm: library([8, 7]), 'tfjs-naive': rival })).toStrictEqual([
    'a: expected cpu to be at least 4 times as fast as tfjs-naive, got 3.33',
    'a: expected wasm to be at least 1.5 times as fast as tfjs-naive, got 1.43',
  ])
})

test('a wrong label fails however fast, and so do labels that nobody checked', () => {
  expect(verdict({ cpu: library([0.1], { wrongPerMillion: 244 }), wasm, 'tfjs-naive': rival })).toStrictEqual([
    'a: expected exact labels of cpu, got 244 wrong of a million',
  ])
  expect(verdict({ cpu, wasm: library([2], { wrongPerMillion: undefined }), 'tfjs-naive': rival })).toStrictEqual([
    'a: expected labels of wasm that were checked',
  ])
})

test('a library that is missing fails, the rival too', () => {
  expect(verdict({ cpu: library([], { missing: 'failed: no memory' }), wasm, 'tfjs-naive': rival })).toStrictEqual([
    'a: cpu failed: no memory',
  ])
  expect(verdict({ cpu, wasm, 'tfjs-naive': library([], { missing: 'not here: x' }) })).toContain('a: tfjs-naive not here: x')
  expect(verdict({ cpu: library([]), wasm, 'tfjs-naive': rival })).toStrictEqual([
    'a: expected cpu to be at least 4 times as fast as tfjs-naive, got no run of both',
  ])
})
