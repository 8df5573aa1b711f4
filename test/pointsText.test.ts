import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { loadIris, makeBlobs, makeMoons, makeSpeedbench } from '../src/datasets/index.js'
import { FastKMeans } from '../src/fastkmeans.js'
import { readPoints, writePoints } from '../src/io/index.js'
import { pointsText } from '../src/pointsText.js'

test('points print as their sizes and first values, alone and in the data set', async () => {
  const iris = await loadIris()
  const line = 'Points(n=150, d=4, float32 in 1 block; CSV numbers rounded to float32) [5.1, 3.5, 1.4, 0.2], [4.9, 3, 1.4, 0.2], …'
  expect(inspect(iris.x)).toBe(line)
  expect(inspect(iris)).toContain(`x: ${line}`)
})

test('points of every generator and reader print so, and stay plain data', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pointsText-'))
  try {
    const { x } = await makeBlobs({ n: 3, d: 7, seed: 1 })
    await writePoints(join(folder, 'x.npy'), x)
    const sets = [x, (await makeMoons({ n: 4 })).x, (await makeSpeedbench({ n: 5, d: 2, k: 2 })).x, await readPoints(join(folder, 'x.npy'))]
    for (const points of sets) {
      expect(inspect(points)).toBe(pointsText(points))
      expect(Object.keys(points)).toStrictEqual(['blocks', 'n', 'd'])
      expect(structuredClone(points)).toStrictEqual({ blocks: points.blocks, n: points.n, d: points.d })
    }
    expect(pointsText(x)).toMatch(/^Points\(n=3, d=7, float32 in 1 block\) \[([-\d.e]+, ){6}…\], \[([-\d.e]+, ){6}…\], …$/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('points without rows, of few values, and with a note print too', () => {
  expect(pointsText({ blocks: [], n: 0, d: 3 })).toBe('Points(n=0, d=3, float32 in 0 blocks) ')
  expect(pointsText({ blocks: [Float32Array.of(1 / 3)], n: 1, d: 1, note: 'rounded' })).toBe(
    'Points(n=1, d=1, float32 in 1 block; rounded) [0.3333]',
  )
})

test('a model prints as its sizes, its device and how its training ended', async () => {
  const km = new FastKMeans(1, 2, { device: 'reference', minPointsPerCentroid: 1 })
  expect(inspect({ km })).toBe('{ km: FastKMeans(d=1, k=2) not trained }')
  await km.train([[0], [1], [10], [11]])
  expect(inspect(km)).toBe('FastKMeans(d=1, k=2) trained on reference: inertia 1, 2 iterations, stopped by labels')
})
