import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { archOf, KERNELS, PTX, ptxHash, sourceHash } from '../../../src/backends/cuda/ptx.js'

const names = readdirSync(KERNELS)
  .filter((file) => file.endsWith('.cu'))
  .map((file) => file.slice(0, -3))

describe('the PTX in the package', () => {
  it.each(names)('of %s was made from the sources as they are', (name) => {
    expect(ptxHash(name), 'run npm run build && node dist/backends/cuda/build.js').toBe(sourceHash(name))
  })

  it('is one file for every device source, and no other', () => {
    expect(readdirSync(PTX).sort()).toEqual(names.map((name) => `${name}.${archOf(name)}.ptx`).sort())
  })
})
