/** @file The three ways in which tfjs-node can be missing are three errors, each with its way out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openTfjs, tfjsAvailable } from '../../../src/backends/tfjs/tfjs.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tfjs-node-'))
  vi.stubEnv('FASTKMEANS_TFJS_NODE', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function fakePackage(main: string, addon: boolean): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node', version: '4.22.0', main: 'index.js' }))
  writeFileSync(join(folder, 'index.js'), main)
  if (!addon) return
  mkdirSync(join(folder, 'lib/napi-v8'), { recursive: true })
  writeFileSync(join(folder, 'lib/napi-v8/tfjs_binding.node'), '')
}

test('an absent package is an error that says how to install it', async () => {
  expect(tfjsAvailable().node?.built ?? false).toBe(false)
  expect(tfjsAvailable().node).toBeUndefined()
  await expect(openTfjs('tensorflow')).rejects.toThrow(/expected @tensorflow\/tfjs-node, got none at FASTKMEANS_TFJS_NODE=.*npm install/)
})

test('an addon that was not built is an error that says how to build it, and nothing is loaded', async () => {
  fakePackage('throw new Error("must not be loaded")', false)
  expect(tfjsAvailable().node?.built ?? false).toBe(false)
  expect(tfjsAvailable().node).toEqual({ name: '@tensorflow/tfjs-node', folder, built: false })
  await expect(openTfjs('tensorflow')).rejects.toThrow(/expected the addon of @tensorflow\/tfjs-node .*npm rebuild/)
})

test('an addon that does not load is an error with the reason: here it is no shared object', async () => {
  fakePackage("module.exports = require('./lib/napi-v8/tfjs_binding.node')", true)
  expect(tfjsAvailable().node?.built ?? false).toBe(true)
  await expect(openTfjs('tensorflow')).rejects.toThrow(/expected @tensorflow\/tfjs-node to load its libraries, got '.*reinstall/)
})

test('a failure leaves other tf backends to be opened, and none active', async () => {
  await expect(openTfjs('tensorflow')).rejects.toThrow('tfjs-node')
  expect((await openTfjs('wasm')).name).toBe('tfjs:wasm')
  expect(tfjsAvailable().active).toBeUndefined()
})

test('without a name and without tfjs-node, wasm is taken, and nothing is printed', async () => {
  const warn = vi.spyOn(console, 'warn')
  expect((await openTfjs()).name).toBe('tfjs:wasm')
  expect((await openTfjs('cpu')).name).toBe('tfjs:cpu')
  expect(warn).not.toHaveBeenCalled()
})
