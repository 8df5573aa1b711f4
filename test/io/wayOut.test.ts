import { expect, test } from 'vitest'
import { loadModel, openPoints, readPoints } from '../../src/io/index.js'
import { wayOut } from '../../src/io/wayOut.js'
import { fastkmeans } from '../cli/run.js'
import { scratch } from './helpers.js'

const files = scratch()

test.each([
  ['x.npz', 'numpy.load', 'x.npz x.npy'],
  ['x.PARQUET', 'write_feather', 'x.PARQUET x.arrow'],
  ['a/x.pt', 'torch.load', 'a/x.pt a/x.npy'],
  ['x.pth', 'torch.load', 'x.pth x.npy'],
  ['x.bin', 'torch.load', 'x.bin x.npy'],
])('%s is refused with the command that converts it', async (path, call, names) => {
  for (const refused of [readPoints(path), openPoints(path)]) {
    const { message } = await refused.then(
      () => Promise.reject(new Error('read')),
      (error: Error) => error,
    )
    expect(message).toMatch(/expected a file ending in \.npy, .*; convert it first: python -c "import sys, /)
    expect(message).toContain(call)
    expect(message.endsWith(`" ${names}`)).toBe(true)
  }
})

test('the command line says the same', async () => {
  const { code, stderr } = await fastkmeans('train', 'x.npz', '-k', '2', '-o', files.path('c.npy'))
  expect([code, stderr]).toEqual([2, expect.stringContaining(wayOut('x.npz'))])
})

test('centroids in such a file are refused the same way, unless it is a .safetensors file by another name', async () => {
  await expect(loadModel(files.write('c.npz', 'PK not a zip file'))).rejects.toThrow(`c.npz)${wayOut(files.path('c.npz'))}`)
})

test('names that a shell would take apart are quoted', () => {
  expect(wayOut("it's $(a).npz")).toMatch(/" 'it'\\''s \$\(a\)\.npz' 'it'\\''s \$\(a\)\.npy'$/)
  expect(wayOut('x.csv') + wayOut('x') + wayOut('npz')).toBe('')
})
