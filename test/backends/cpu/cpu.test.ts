/** @file The native CPU backend beside the reference: every instruction set that this processor has, 1, 2 and 5 threads. */
import { describe, expect, test } from 'vitest'
import { openCpu } from '../../../src/backends/cpu/cpu.js'
import { CASES, LONG_CASE } from '../../conformance/cases.js'
import { expectRuns, expectedSeeds, seeded, seeds, testKernels } from '../sessionRuns.js'
import { isas } from './helpers.js'

describe.skipIf(isas.length === 0).each(isas.length === 0 ? ['none'] : isas)('cpu:%s', (isa) => {
  testKernels((options) => openCpu({ isa, ...options }))

  test('does so where small problems are not screened', async () => {
    const backend = await openCpu({ isa, threads: 2 })
    await expectRuns(backend, CASES)
  })

  test('k-means++ passes give the same integers', async () => {
    const backend = await openCpu({ isa, threads: 3 })
    for (const c of seeded([...CASES, LONG_CASE])) expect(await seeds(backend, c), c.name).toStrictEqual(await expectedSeeds(c))
  })
})
