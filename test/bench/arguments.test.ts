/** @file The bench's command line: what is misspelt is named, with what could have been meant. */
import { expect, test } from 'vitest'
import { benchArguments } from '../../bench/arguments.js'

test('takes a suite and lists of names', () => {
  const args = benchArguments(['cpu', '--device', 'cpu,wasm', '--rivals', 'none', '--k', '256,512'])
  expect(args).toMatchObject({ suite: 'cpu', devices: ['cpu', 'wasm'], rivals: [], sizes: [256, 512], save: false })
})

test.each<[string[], RegExp]>([
  [[], /expected one suite, got none/],
  [['cpu', 'gpu'], /expected one suite, got cpu, gpu/],
  [['cpu', '--rivals', 'fais'], /expected --rivals to name some of .*faiss.*, got 'fais'/],
  [['cpu', '--device', 'gpu'], /expected --device to name some of cpu.*, got 'gpu'/],
  [['cpu', '--minutes', 'ten'], /expected --minutes to be a number of at least 0, got 'ten'/],
])('refuses %j', (args, message) => {
  expect(() => benchArguments(args)).toThrow(message)
})
