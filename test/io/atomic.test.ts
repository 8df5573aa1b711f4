import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readNpy, saveModel, writeArrow, writeFvecs, writeNpy, writeSafetensors } from '../../src/io/index.js'
import { writeAtomic } from '../../src/io/atomic.js'
import { numbers, scratch } from './helpers.js'

const files = scratch()
async function* broken(): AsyncGenerator<Float32Array> {
  yield numbers(4)
  throw new Error('the source failed')
}

test('a write that fails leaves the file that was there, and no other', async () => {
  const path = files.write('kept.npy', 'what stood here')
  const before = files.list()
  await expect(writeNpy(path, broken(), [4, 2])).rejects.toThrow('the source failed')
  await expect(writeFvecs(path, broken(), 2)).rejects.toThrow('the source failed')
  await expect(writeNpy(path, numbers(5), [4, 2])).rejects.toThrow('expected 4 x 2 = 8 values')
  const huge = { data: Float32Array.of(1, 1e30), shape: [2], dtype: 'float16' } as const
  await expect(writeSafetensors(path, { a: huge })).rejects.toThrow('float16')
  expect(readFileSync(path, 'utf8')).toBe('what stood here')
  expect(files.list()).toEqual(before)
})

test('a write replaces the whole file, and keeps its mode', async () => {
  const path = files.write('replaced.npy', 'x'.repeat(10_000))
  chmodSync(path, 0o640)
  await writeNpy(path, numbers(4), [2, 2])
  expect((await readNpy(path)).data).toEqual(numbers(4))
  expect(statSync(path).mode & 0o777).toBe(0o640)
})

test('a reader sees the old file or the new one, never a part', async () => {
  const path = files.path('swap.npy')
  await writeNpy(path, new Float32Array(100_000), [100_000])
  const writing = (async () => {
    for (let i = 1; i <= 10; i++) await writeNpy(path, new Float32Array(100_000).fill(i), [100_000])
    return 'written'
  })()
  while ((await Promise.race([writing, readNpy(path)])) !== 'written') {
    const { data } = await readNpy(path)
    expect(data[99_999]).toBe(data[0])
  }
  expect((await readNpy(path)).data[99_999]).toBe(10)
})

test('a link stays a link, and the file behind it is written', async () => {
  const target = files.write('target.npy', 'old')
  symlinkSync(target, files.path('link.npy'))
  await writeNpy(files.path('link.npy'), numbers(2), [2])
  expect(lstatSync(files.path('link.npy')).isSymbolicLink()).toBe(true)
  expect((await readNpy(target)).data).toEqual(numbers(2))
})

test('a device is written to, not replaced', async () => {
  await writeNpy('/dev/null', numbers(2), [2])
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
})

test('a folder that is not there, or in the place of the file, is named', async () => {
  await expect(writeNpy(files.path('no/such/x.npy'), numbers(2), [2])).rejects.toThrow(
    /writeNpy: expected an existing folder, found none \(.*no\/such\)/,
  )
  mkdirSync(files.path('folder.safetensors'))
  const model = { centroids: numbers(2), k: 1, d: 2 }
  await expect(saveModel(files.path('folder.safetensors'), model)).rejects.toThrow('expected the path of a file, got a folder')
  await expect(writeArrow(undefined as never, { a: numbers(1) })).rejects.toThrow('writeArrow: expected a path, got undefined')
})

test('names as long as a file system takes are written', async () => {
  const path = files.path(`${'é'.repeat(120)}.npy`)
  await writeNpy(path, numbers(2), [2])
  expect((await readNpy(path)).data).toEqual(numbers(2))
})

test('the sink takes pieces of any size, none included', async () => {
  await writeAtomic(files.path('pieces'), 'test', async (sink) => {
    for (const piece of ['', 'ab', '', 'c']) await sink(new TextEncoder().encode(piece))
  })
  expect(readFileSync(files.path('pieces'), 'utf8')).toBe('abc')
})
