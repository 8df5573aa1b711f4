/**
 * @file The kernels of relaxed SIMD beside the reference. Node 20 has it as an experiment, whose dot product is right where its optimising
 * compiler alone is used; later versions need no flags. This file has a process of its own.
 */
import { setFlagsFromString } from 'node:v8'
import { describe, expect, test } from 'vitest'
import { relaxedDot } from '../../../src/backends/wasm/module.js'
import { openWasm } from '../../../src/backends/wasm/wasm.js'
import { CASES, LONG_CASE } from '../../conformance/cases.js'
import { expectedSeeds, seeded, seeds, testKernels } from '../sessionRuns.js'

if (!relaxedDot().right) for (const flag of ['--experimental-wasm-relaxed-simd', '--no-liftoff']) setFlagsFromString(flag)

describe('device wasm with relaxed SIMD', () => {
  testKernels((options) => openWasm({ ...options, isa: 'relaxed' }))

  test('k-means++ passes give the same integers', async () => {
    const backend = await openWasm({ threads: 3, isa: 'relaxed' })
    expect(backend.name).toBe('wasm:relaxed')
    for (const c of seeded([...CASES, LONG_CASE])) expect(await seeds(backend, c), c.name).toStrictEqual(await expectedSeeds(c))
  })
})
