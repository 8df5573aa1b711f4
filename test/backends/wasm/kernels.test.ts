import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { loadKernels } from '../../../src/backends/wasm/module.js'

test('kernels.wasm says what made it, and these are the C sources of today; else run node .ci/build-wasm.mjs', async () => {
  const { origin } = await loadKernels()
  expect(origin).toStrictEqual(JSON.parse(execFileSync(process.execPath, ['.ci/build-wasm.mjs', '--origin'], { encoding: 'utf8' })))
})
