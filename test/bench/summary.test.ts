import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Machine } from '../../bench/machine.js'
import { readRecord, saveCase } from '../../bench/results.js'
import type { CaseRecord, LibraryRecord } from '../../bench/results.js'
import { speedUp, summarize } from '../../bench/summary.js'
import { fittedExponent, spreadOf } from '../../bench/timing.js'

const run = (seconds: number, iterations = 10): { seconds: number; iterations: number; peakBytes: number } => ({
  seconds,
  iterations,
  peakBytes: 0,
})
const library = (label: string, ours: boolean, rounds: LibraryRecord['rounds'], more: Partial<LibraryRecord> = {}): LibraryRecord => ({
  label,
  ours,
  rounds,
  ...more,
})
const record = (libraries: CaseRecord['libraries']): CaseRecord => ({ name: 'a', kind: 'blobs', n: 100, d: 2, k: 4, niter: 10, libraries })

test('spreadOf gives the middle, or the mean of the middle two', () => {
  expect(spreadOf([3, 1, 2])).toStrictEqual({ median: 2, min: 1, max: 3 })
  expect(spreadOf([4, 1, 2, 3])).toStrictEqual({ median: 2.5, min: 1, max: 4 })
})

test('fittedExponent is the slope of numpy.polyfit over logarithms', () => {
  expect(fittedExponent([2, 4, 8], [12, 48, 192])).toBeCloseTo(2, 12)
  // numpy.polyfit(numpy.log([1, 2, 5, 10]), numpy.log([1, 3, 4, 12]), 1)[0]
  expect(fittedExponent([1, 2, 5, 10], [1, 3, 4, 12])).toBeCloseTo(0.9745701009407658, 12)
})

test('speedUp compares rounds in which both ran, per iteration done', () => {
  const both = record({
    cpu: library('cpu', true, [run(1, 8), run(2, 8), run(1, 8)]),
    faiss: library('faiss', false, [run(4, 8), null, run(3, 4)]),
  })
  expect(speedUp(both, 'cpu', 'faiss')).toStrictEqual({ median: 5, min: 4, max: 6 })
})

test('a library whose only training is the first one is compared by it, one that failed not at all', () => {
  const slow = record({
    cpu: library('cpu', true, [run(1), run(3)]),
    faiss: library('faiss', false, [], { first: run(80) }),
    broken: library('broken', false, [], { first: run(1), missing: 'failed: no' }),
  })
  expect(speedUp(slow, 'cpu', 'faiss')?.median).toBe(40)
  expect(speedUp(slow, 'cpu', 'broken')).toBeUndefined()
  expect(summarize(slow).map(({ runs, missing }) => [runs, missing])).toStrictEqual([[2, undefined], [1, undefined], [0, 'failed: no']]) // prettier-ignore
})

test('saveCase replaces a case, and with append puts its rounds behind the earlier ones', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-test-'))
  const path = join(folder, 'out/cpu.json')
  const head = { suite: 'cpu', command: 'c', machine: {} as Machine }
  try {
    saveCase(path, head, record({ cpu: library('cpu', true, [run(9)]) }))
    saveCase(path, head, record({ cpu: library('cpu', true, [run(1)]), faiss: library('faiss', false, [run(2)]) }))
    saveCase(path, head, record({ cpu: library('cpu', true, [run(3)]), sklearn: library('sklearn', false, [run(4)]) }), true)
    const { libraries } = readRecord(path)!.cases[0]
    expect(libraries.cpu.rounds.map((round) => round?.seconds)).toStrictEqual([1, 3])
    expect(libraries.faiss.rounds.map((round) => round?.seconds)).toStrictEqual([2])
    expect(libraries.sklearn.rounds).toStrictEqual([null, run(4)])
    expect(readFileSync(path, 'utf8')).toContain('{ "seconds": 3, "iterations": 10, "peakBytes": 0 }')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
