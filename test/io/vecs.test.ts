import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readBvecs, readFvecs, readIvecs, readPoints, writeBvecs, writeFvecs, writeIvecs } from '../../src/io/index.js'
import { golden, goldenBytes, goldenPath, numbers, scratch, sha256 } from './helpers.js'

const files = scratch()
const kinds = [
  { kind: 'fvecs', read: readFvecs, write: writeFvecs },
  { kind: 'bvecs', read: readBvecs, write: writeBvecs },
  { kind: 'ivecs', read: readIvecs, write: writeIvecs },
] as const

test.each(kinds)(
  '.$kind is read as numpy wrote it in the layout of faiss, and written back byte for byte',
  async ({ kind, read, write }) => {
    const entry = golden.points.find(({ file }) => file === `points.${kind}`)
    for (const input of [goldenPath(`points.${kind}`), goldenBytes(`points.${kind}`)]) {
      const { data, n, d } = await read(input)
      expect([n, d]).toEqual([entry?.n, entry?.d])
      expect(sha256(Float32Array.from(data))).toBe(entry?.sha256)
      await write(files.path(`copy.${kind}`), [data.subarray(0, d), data.subarray(d)], d)
      expect(new Uint8Array(readFileSync(files.path(`copy.${kind}`)))).toEqual(goldenBytes(`points.${kind}`))
    }
  },
)

test('rows wider than one piece of reading come back whole', async () => {
  const x = numbers(5_000_000)
  await writeFvecs(files.path('wide.fvecs'), x, 5_000_000)
  expect(sha256((await readFvecs(files.path('wide.fvecs'))).data)).toBe(sha256(x))
  await writeFvecs(files.path('tall.fvecs'), x, 1)
  expect(sha256(...(await readPoints(files.path('tall.fvecs'), { maxBlock: 999_999 })).blocks)).toBe(sha256(x))
})

test('more rows than one piece of reading holds come back whole, the last piece a short one', async () => {
  const n = Math.floor(2 ** 24 / 5) + 3
  const bytes = new Uint8Array(5 * n)
  for (let i = 0; i < n; i++) bytes.set([1, 0, 0, 0, i % 251], 5 * i)
  const { data } = await readBvecs(bytes)
  expect(sha256(data)).toBe(sha256(Uint8Array.from({ length: n }, (_, i) => i % 251)))
})

test('a damaged file is named', async () => {
  const good = goldenBytes('points.fvecs')
  const cut = files.write('cut.fvecs', good.slice(0, -1))
  await expect(readFvecs(cut)).rejects.toThrow(
    /rows of d = 6 float32 \(28 bytes each, as the first row says\), got 1399 bytes: the file is truncated/,
  )
  await expect(readPoints(cut)).rejects.toThrow(`(${cut})`)
  const torn = good.slice()
  torn[17 * 28] = 5
  await expect(readFvecs(torn)).rejects.toThrow('readFvecs: expected d = 6 columns as in the first row, got 5 (row 17)')
  await expect(readFvecs(new Uint8Array(0))).rejects.toThrow('expected at least one row, got 0 bytes: the file is truncated')
  await expect(readFvecs(new Uint8Array(28))).rejects.toThrow('rows of at least one column, got d = 0 (row 0)')
  await expect(readIvecs(new Uint8Array(28).fill(255))).rejects.toThrow('got d = -1 (row 0)')
  await expect(readBvecs(Uint8Array.of(255, 255, 255, 127, 1))).rejects.toThrow('rows of d = 2147483647 uint8')
})

test('data that is no whole rows of the right type is refused', async () => {
  const path = files.path('refused.fvecs')
  await expect(writeFvecs(path, numbers(5), 2)).rejects.toThrow('writeFvecs: expected whole rows of d = 2 columns, got 5 values')
  await expect(writeFvecs(path, new Float64Array(4), 2)).rejects.toThrow('writeFvecs: expected float32 values, got float64')
  await expect(writeFvecs(path, [], 2)).rejects.toThrow('writeFvecs: expected at least one row, got none')
  await expect(writeFvecs(path, numbers(4), 0)).rejects.toThrow('expected d to be a positive integer, got 0')
  expect(files.list()).not.toContain('refused.fvecs')
})
