/** @file Pieces of device memory that share one allocation. */
import { expect, test } from 'vitest'
import { CudaContext } from '../../../../src/backends/cuda/context/context.js'
import { initialise, openDevice } from '../../../../src/backends/cuda/driver/driver.js'
import { takeTogether } from '../../../../src/backends/cuda/context/memory.js'
import { fakeCuda } from '../fake/fakeCuda.js'

test('pieces lie apart in one allocation, each at a multiple of 256, and go together', async () => {
  const fake = fakeCuda({})
  const context = new CudaContext(await openDevice(await initialise(() => fake), 0))
  const { a, b, c, held, bytes } = takeTogether(context, { a: 1, b: 256, c: 700 }, 'pieces')
  expect([a, b, c]).toStrictEqual([held, held + 256, held + 512])
  expect(bytes).toBe(512 + 768)
  expect(context.bytes).toBe(bytes)
  context.free(held)
  expect(fake.held().bytes).toBe(0)
  expect(() => takeTogether(context, { a: 2 ** 60 }, 'far too much')).toThrow('far too much')
  context.dispose()
})
