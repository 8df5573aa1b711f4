/**
 * @file .ci/gpuKernels.mjs, which compares kernels with the reference where there is a device: that its points take every path, seen on the
 * fake driver.
 */
import { afterEach, expect, test, vi } from 'vitest'
import { fakeCuda } from './fake/fakeCuda.js'

vi.mock('../../../dist/backends/cuda/driver/api.js', () => ({ loadApi: () => fakeCuda({ totalBytes: 8e10, sharedBytes: 232_448 }) }))

const { argv } = process

afterEach(() => {
  process.argv = argv
  vi.restoreAllMocks()
})

test('the check of all kernels launches every one, with few points too', async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  process.argv = [...argv.slice(0, 2), 'brief']
  await import('../../../.ci/gpuKernels.mjs' as string)
  expect(said.mock.lastCall).toStrictEqual([expect.stringMatching(/^all \d+ kernels were launched$/)])
})
