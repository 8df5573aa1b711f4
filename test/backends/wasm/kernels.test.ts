import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { chooseIsa } from '../../../src/backends/wasm/module.js'
import { WebAssembly } from '../../../src/backends/wasm/webAssembly.js'

afterEach(() => {
  vi.restoreAllMocks()
})

test('each file of kernels says what made it, and these are the C sources of today; else run node .ci/build-wasm.mjs', () => {
  const expected = JSON.parse(execFileSync(process.execPath, ['.ci/build-wasm.mjs', '--origin'], { encoding: 'utf8' })) as object
  expect(Object.keys(expected)).toStrictEqual(['kernels.wasm', 'kernelsRelaxed.wasm'])
  for (const [name, origin] of Object.entries(expected)) {
    // An engine without relaxed SIMD does not compile all of them. The section is the last.
    const text = readFileSync(`src/backends/wasm/${name}`, 'latin1')
    const title = 'fastkmeans{'
    expect(JSON.parse(text.slice(text.lastIndexOf(title) + title.length - 1)), name).toStrictEqual(origin)
  }
})

describe('the instruction set', () => {
  /** An engine whose four products of signed a and b add up to `dot`. */
  const engineOf = (dot: (a: number, b: number) => number): void => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(true)
    vi.spyOn(WebAssembly, 'Module').mockImplementation(Object as never)
    vi.spyOn(WebAssembly, 'Instance').mockImplementation(
      class {
        exports = { dot }
      } as never,
    )
  }
  const product = (a: number, b: number): number => 4 * a * b
  const saturating = (a: number, b: number): number => 2 * Math.min(2 * a * b, 2 ** 15 - 1)

  test('is the relaxed one where its dot product is one instruction, whatever set the native code is told', () => {
    engineOf(product)
    expect(['', 'avx2', 'relaxed', 'simd128'].map(chooseIsa)).toStrictEqual(['relaxed', 'relaxed', 'relaxed', 'simd128'])
    engineOf((a, b) => product(a, b > 127 ? b - 256 : b))
    expect(chooseIsa('')).toBe('relaxed')
  })

  test('is the plain one where sums of two products saturate, unless told otherwise', () => {
    engineOf(saturating)
    expect(['', 'relaxed', 'simd128'].map(chooseIsa)).toStrictEqual(['simd128', 'relaxed', 'simd128'])
  })

  test('is the plain one where dot products are wrong, as with V8 11.3, or not there', () => {
    const refused = /^openWasm: expected a JavaScript engine with relaxed SIMD for 'relaxed' \(FASTKMEANS_ISA\), got none/
    engineOf((a, b) => 2 * product(a, b))
    expect(['', 'simd128'].map(chooseIsa)).toStrictEqual(['simd128', 'simd128'])
    expect(() => chooseIsa('relaxed')).toThrow(refused)
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    expect(chooseIsa('')).toBe('simd128')
    expect(() => chooseIsa('relaxed')).toThrow(refused)
  })
})
