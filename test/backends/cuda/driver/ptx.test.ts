import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { screenShape } from '../../../../src/backends/cuda/screen/screenShape.js'
import { archOf, KERNELS, moduleOf, PTX, ptxHash, readPtx, sourceHash } from '../../../../src/backends/cuda/driver/ptx.js'

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

  it.each(['fp16', 'int8'] as const)('has the screen of any number of columns in %s, which is loaded alone', (format) => {
    const hopper = { ordinal: 0, name: '', major: 9, minor: 0, multiprocessors: 132, sharedBytes: 232_448, totalBytes: 8e10 }
    for (const d of [1, 17, 33, 65, 97, 129, 193, 256, ...(format === 'fp16' ? [257, 4096] : [])]) {
      const { file, kernel } = screenShape(hopper, d, format)!
      const text = readPtx(moduleOf(file, kernel)).toString()
      expect(text.match(/^\.visible \.entry \w+/gm)).toStrictEqual([`.visible .entry ${kernel}`])
      expect(text).toMatch(/^\.extern \.shared .* raw\[\];/m)
      expect(text.match(/^[{}]$/gm)).toStrictEqual(['{', '}'])
    }
    expect(() => readPtx('screenHopper:screen3')).toThrow('expected a kernel screen3 in the PTX, got none')
  })
})
