import { open, truncate } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { openPoints, pointsFormat, readNpy, readPoints, writeLabels, writeNpy, writePoints, writeSafetensors } from '../../src/io/index.js'
import { formatNpyHeader } from '../../src/io/npyHeader.js'
import { golden, goldenBytes, goldenPath, numbers, scratch, sha256 } from './helpers.js'

const files = scratch()
const x = numbers(60)

test.each(golden.points.filter(({ file }) => !/arrow|feather/.test(file)))(
  'readPoints reads $file',
  async ({ file, n, d, sha256: expected }) => {
    for (const maxBlock of [2 ** 28, 7 * d, 1]) {
      const points = await readPoints(goldenPath(file), { maxBlock })
      expect([points.n, points.d]).toEqual([n, d])
      expect(sha256(...points.blocks)).toBe(expected)
    }
  },
)

test('readPoints refuses what it cannot read, and names what it can', async () => {
  const supported = 'ending in .npy, .safetensors, .fvecs, .bvecs, .ivecs, .arrow, .arrows, .feather, .ipc, or options.format'
  for (const name of ['x.csv', 'x.idx3-ubyte.gz', 'x', 'x.npy.gz', 'x.constructor'])
    await expect(readPoints(files.path(name))).rejects.toThrow(`readPoints: expected a file ${supported}, got '${files.path(name)}'`)
  await expect(readPoints('x.npy', { format: 'csv' as never })).rejects.toThrow("got 'csv'")
  await expect(readPoints('x.npy', { colum: 'y' } as never)).rejects.toThrow("readPoints: unknown option 'colum'; did you mean 'column'?")
  await expect(readPoints('x.npy', { maxBlock: 0 })).rejects.toThrow('expected maxBlock to be a positive integer, got 0')
  await expect(readPoints('x.npy', null as never)).rejects.toThrow('readPoints: expected an options object, got null')
  await expect(readPoints(null as never)).rejects.toThrow('readPoints: expected a path, got null')
  await expect(readPoints(files.path('none.npy'))).rejects.toThrow('readPoints: expected a file, found none')
})

test('readPoints takes a URL, any case of the extension, and a format for other names', async () => {
  await writeNpy(files.path('a.NPY'), x, [20, 3])
  const expected = { n: 20, d: 3, blocks: [x] }
  expect(await readPoints(files.path('a.NPY'))).toEqual(expected)
  expect(await readPoints(pathToFileURL(files.path('a.NPY')))).toEqual(expected)
  await writeNpy(files.path('data.bin'), x, [20, 3])
  expect(await readPoints(files.path('data.bin'), { format: 'npy' })).toEqual(expected)
  expect(pointsFormat('a.b.FVECS')).toBe('fvecs')
  expect(pointsFormat('a.csv')).toBeUndefined()
})

test('readPoints says which numbers were rounded', async () => {
  expect((await readPoints(goldenPath('f8be.npy'))).note).toBe('float64 rounded to float32')
  expect((await readPoints(goldenPath('i8.npy'))).note).toBe('int64 rounded to float32')
  for (const file of ['f2.npy', 'f4.npy', 'u1.npy', 'i2.npy', 'bool.npy']) expect((await readPoints(goldenPath(file))).note).toBeUndefined()
})

test('a value beyond float32 is named by row and column, in either order', async () => {
  const wide = new Float64Array(12)
  wide[7] = -1e300
  await writeNpy(files.path('wide.npy'), wide, [4, 3])
  await expect(readPoints(files.path('wide.npy'))).rejects.toThrow("within float32's range, got a larger one (row 2, column 1)")
  await expect(readPoints(files.path('wide.npy'), { maxBlock: 3 })).rejects.toThrow('(row 2, column 1)')
  const fortran = formatNpyHeader('float64', [3, 4])
  const text = new TextDecoder('latin1').decode(fortran).replace('False', 'True ')
  const bytes = Uint8Array.from([...Array.from(text, (c) => c.charCodeAt(0)), ...new Uint8Array(wide.buffer)])
  await expect(readPoints(files.write('wide-f.npy', bytes))).rejects.toThrow('(row 1, column 2)')
  await expect(readPoints(files.write('wide-f.npy', bytes), { maxBlock: 4 })).rejects.toThrow('(row 1, column 2)')
})

test('infinities and NaN in a file are passed on; the model refuses them', async () => {
  await writeNpy(files.path('nan.npy'), Float64Array.of(NaN, Infinity, 1, 2), [2, 2])
  expect((await readPoints(files.path('nan.npy'))).blocks[0]).toEqual(Float32Array.of(NaN, Infinity, 1, 2))
})

test('shapes that are no points are refused', async () => {
  await expect(readPoints(goldenPath('i8-extremes.npy'))).rejects.toThrow('expected an array of shape (n, d), got (6,); reshape it first')
  await expect(readPoints(goldenPath('c-3d.npy'))).rejects.toThrow('got (2, 3, 4); reshape it first')
  await expect(readPoints(goldenPath('empty.npy'))).rejects.toThrow('expected at least one point, got 0 x 3')
  await writeNpy(files.path('flat.npy'), new Float32Array(0), [4, 0])
  await expect(readPoints(files.path('flat.npy'))).rejects.toThrow('expected at least one point, got 4 x 0')
})

test('options.tensor names one of several tensors of a .safetensors file', async () => {
  const path = files.path('two.safetensors')
  await writeSafetensors(path, { a: { data: x, shape: [20, 3] }, b: { data: x, shape: [3, 20] }, c: { data: x, shape: [60] } })
  expect(await readPoints(path, { tensor: 'b' })).toEqual({ n: 3, d: 20, blocks: [x] })
  await expect(readPoints(path)).rejects.toThrow("options.tensor to name a tensor of shape [n, d] (there are: 'a', 'b'), got no name")
  await expect(readPoints(path, { tensor: 'c' })).rejects.toThrow("got 'c' of shape [60]")
  await expect(readPoints(path, { tensor: 'z' })).rejects.toThrow("got 'z'")
})

test('openPoints reads any range of rows, and streams all in blocks', async () => {
  for (const name of [
    'points.safetensors',
    'points.fvecs',
    'list.arrow',
    'list-lz4.arrow',
    'variable.arrow',
    'columns.arrow',
    'fortran-2d.npy',
    'f8be.npy',
  ]) {
    const { blocks, n, d } = await readPoints(goldenPath(name))
    const whole = blocks[0]
    const file = await openPoints(goldenPath(name))
    expect([file.n, file.d, file.path]).toEqual([n, d, goldenPath(name)])
    for (const [start, end] of [
      [0, n],
      [0, 0],
      [n, n],
      [1, 2],
      [2, n],
      [n - 1, n],
    ])
      // prettier-ignore
      expect(await file.read(start, end)).toEqual(whole.slice(start * d, end * d))
    // Reads at the same time do not disturb each other.
    const both = await Promise.all([file.read(0, 2), file.read(n - 2, n), file.read(1, n - 1)])
    expect(both).toEqual([whole.slice(0, 2 * d), whole.slice((n - 2) * d), whole.slice(d, (n - 1) * d)])
    const streamed: Float32Array[] = []
    for await (const block of file.blocks({ rows: 3 })) streamed.push(block)
    expect(streamed.length).toBe(Math.ceil(n / 3))
    expect(sha256(...streamed)).toBe(sha256(whole))
    await expect(file.read(0, n + 1)).rejects.toThrow(`PointsFile.read: expected rows within [0, ${n}), got [0, ${n + 1})`)
    await expect(file.read(0.5, 1)).rejects.toThrow('got [0.5, 1)')
    await expect(file.blocks({ rows: 0 }).next()).rejects.toThrow('expected rows to be a positive integer, got 0')
    await file.close()
  }
})

test('blocks start at multiples of 4,096 rows where they are that long', async () => {
  await writeNpy(files.path('tall.npy'), new Uint8Array(30_000), [10_000, 3])
  const { blocks } = await readPoints(files.path('tall.npy'), { maxBlock: 3 * 5000 })
  expect(blocks.map(({ length }) => length / 3)).toEqual([4096, 4096, 1808])
})

test('Fortran order is read in row blocks larger and smaller than a column', async () => {
  const [n, d] = [3000, 500]
  const columns = Float32Array.from({ length: n * d }, (_, i) => (i % n) * d + Math.floor(i / n))
  const text = new TextDecoder('latin1').decode(formatNpyHeader('float32', [n, d])).replace('False', 'True ')
  const path = files.write('fortran.npy', Buffer.concat([Buffer.from(text, 'latin1'), new Uint8Array(columns.buffer)]))
  const expected = sha256(Float32Array.from({ length: n * d }, (_, i) => i))
  for (const maxBlock of [2 ** 28, 1000 * d, 101 * d]) expect(sha256(...(await readPoints(path, { maxBlock })).blocks)).toBe(expected)
  expect(sha256((await readNpy(path)).data)).toBe(expected)
})

test('a file of 9 GB is read where it is asked for, and nowhere else', async () => {
  const [n, d] = [17_578_125, 128]
  const path = files.write('huge.npy', formatNpyHeader('float32', [n, d]))
  await truncate(path, 128 + n * d * 4)
  const last = numbers(d)
  const handle = await open(path, 'r+')
  await handle.write(new Uint8Array(last.buffer), 0, d * 4, 128 + (n - 1) * d * 4)
  await handle.close()
  const file = await openPoints(path)
  expect([file.n, file.d]).toEqual([n, d])
  expect(await file.read(n - 1, n)).toEqual(last)
  expect(await file.read(n - 2, n - 1)).toEqual(new Float32Array(d))
  const first = await file.blocks().next()
  expect(first.value?.length).toBe(2 ** 24)
  await file.close()
  await truncate(path, 128 + n * d * 4 - 1)
  await expect(openPoints(path)).rejects.toThrow(
    '17578125 x 128 float32 (9000000000 bytes after the header), got 8999999999 bytes: the file is truncated',
  )
})

test('a file that shrinks after it was opened is named as truncated', async () => {
  const path = files.write('shrinks.npy', goldenBytes('f4.npy'))
  const file = await openPoints(path)
  await truncate(path, 150)
  await expect(file.read(0, 5)).rejects.toThrow(
    /openPoints: expected 60 bytes at offset 128, got 22: the file is truncated \(.*shrinks\.npy\)/,
  )
  await file.close()
})

test.each(['npy', 'safetensors', 'fvecs', 'arrow', 'arrows', 'feather', 'ipc'])(
  'writePoints and readPoints agree on .%s',
  async (extension) => {
    const path = files.path(`points.${extension}`)
    await writePoints(path, { blocks: [x.subarray(0, 24), x.subarray(24)], n: 20, d: 3 }, { name: 'centroids' })
    const { blocks, n, d } = await readPoints(path)
    expect([n, d, sha256(...blocks)]).toEqual([20, 3, sha256(x)])
    expect((await readPoints(path, { maxBlock: 3 })).blocks.length).toBe(20)
  },
)

test('writeLabels writes int32 by the extension', async () => {
  const labels = Int32Array.of(3, 0, 2)
  await writeLabels(files.path('labels.npy'), labels)
  expect(await readNpy(files.path('labels.npy'))).toMatchObject({ data: labels, shape: [3], dtype: 'int32' })
  for (const extension of ['ivecs', 'arrow', 'arrows']) {
    await writeLabels(files.path(`labels.${extension}`), labels)
    expect(await readPoints(files.path(`labels.${extension}`))).toMatchObject({ n: 3, d: 1, blocks: [Float32Array.of(3, 0, 2)] })
  }
  await expect(writeLabels('labels.txt', labels)).rejects.toThrow(
    "writeLabels: expected a path ending in .npy, .safetensors, .ivecs, .arrow, .arrows, .feather or .ipc, got 'labels.txt'",
  )
  await expect(writePoints('points.bvecs', { blocks: [], n: 0, d: 1 })).rejects.toThrow('writePoints: expected a path ending in .npy')
})
