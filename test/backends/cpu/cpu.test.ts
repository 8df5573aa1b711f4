/** @file The native CPU backend beside the reference: every instruction set that this processor has, 1, 2 and 5 threads. */
import { describe, expect, test } from 'vitest'
import { openCpu } from '../../../src/backends/cpu/cpu.js'
import { reference } from '../../../src/backends/reference.js'
import { CASES, LEAD_CASES, LONG_CASE } from '../../conformance/cases.js'
import { SCREEN_ALL, expectedRun, run, seeds } from '../kernelRuns.js'
import { isas } from './helpers.js'

describe.skipIf(isas.length === 0).each(isas.length === 0 ? ['none'] : isas)('cpu:%s', (isa) => {
  test.each([1, 2, 5])('equals the reference bit for bit on %i threads, everything screened', async (threads) => {
    const backend = await openCpu({ isa, threads, screenFrom: SCREEN_ALL })
    for (const c of [...CASES, LONG_CASE]) expect(await run(backend, c), c.name).toStrictEqual(await expectedRun(c))
  })

  test.each([
    ['always', 1],
    ['always', 2],
    ['always', 5],
    ['bare', 2],
    ['estimated', 3],
  ] as const)('does so by the columns of most spread, %s, on %i threads', async (leads, threads) => {
    const backend = await openCpu({ isa, threads, leads })
    for (const c of [...CASES, ...LEAD_CASES, LONG_CASE]) expect(await run(backend, c), c.name).toStrictEqual(await expectedRun(c))
  })

  test('does so where small problems are not screened', async () => {
    const backend = await openCpu({ isa, threads: 2 })
    for (const c of CASES) expect(await run(backend, c), c.name).toStrictEqual(await expectedRun(c))
  })

  test('k-means++ passes give the same integers', async () => {
    const backend = await openCpu({ isa, threads: 3 })
    for (const c of [...CASES, LONG_CASE].filter(({ n, name }) => n > 100 && !name.includes('e37')))
      expect(await seeds(backend, c), c.name).toStrictEqual(await seeds(reference, c))
  })
})
