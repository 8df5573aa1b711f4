import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FastKMeans } from '../../src/fastkmeans.js'
import { loadModel, readPoints, readSafetensors, saveModel, writeFvecs, writeNpy, writeSafetensors } from '../../src/io/index.js'
import type { ModelLike } from '../../src/io/index.js'
import { numbers, scratch } from './helpers.js'

const files = scratch()
const params = { niter: 25, tol: 1e-8, seed: 0, init: 'k-means++', gpu: true, maxPointsPerCentroid: null, maxSeconds: Infinity }
const model: ModelLike = {
  centroids: numbers(12),
  k: 4,
  d: 3,
  labels: Int32Array.of(0, 3, 3, 1, 2),
  counts: Float64Array.of(1, 1, 1, 2),
  inertia: 0.1 + 0.2,
  nIter: 7,
  stopReason: 'labels unchanged',
  stats: { backend: 'cpu', why: 'no GPU', recheckedRows: 12, nested: { memory: [1, 2] } },
  getParams: () => ({ ...params, onIteration: () => {}, signal: new AbortController().signal, initial: numbers(3), missing: undefined }),
}

test('saveModel and loadModel keep centroids, labels, counts, options and statistics', async () => {
  const path = files.path('model.safetensors')
  await saveModel(path, model)
  const { centroids, k, d, labels, counts, inertia, nIter, stopReason, stats } = model
  expect(await loadModel(path)).toEqual({ centroids, k, d, labels, counts, inertia, nIter, stopReason, stats, options: params })
})

test('a saved model is a .safetensors file that any other reader takes', async () => {
  const path = files.path('plain.safetensors')
  await saveModel(path, model, { labels: false })
  const { tensors, metadata } = await readSafetensors(path)
  expect(Object.fromEntries(Object.entries(tensors).map(([name, { shape, dtype }]) => [name, [dtype, ...shape]]))).toEqual({
    centroids: ['float32', 4, 3],
    counts: ['float64', 4],
  })
  expect(metadata.format).toBe('fastkmeans')
  expect(JSON.parse(metadata.options)).toMatchObject({ niter: 25, maxSeconds: 'Infinity' })
  expect(await readPoints(path)).toEqual({ blocks: [model.centroids], n: 4, d: 3 })
})

test('a model of centroids alone is enough', async () => {
  const path = files.path('bare')
  await saveModel(path, { centroids: numbers(2), k: 1, d: 2, labels: null, counts: null, inertia: null })
  expect(await loadModel(path)).toEqual({ centroids: numbers(2), k: 1, d: 2, options: {}, stats: {} })
})

test('a FastKMeans that was given its centroids, or stopped before it had labels, is saved with what it has', async () => {
  const given = FastKMeans.fromCentroids([1, 2, 3, 4], 2, { seed: 7 })
  await saveModel(files.path('given.safetensors'), given)
  const { centroids, labels, inertia, options } = await loadModel(files.path('given.safetensors'))
  expect([centroids, labels, inertia, options.seed]).toEqual([Float32Array.of(1, 2, 3, 4), undefined, undefined, 7])

  const stop = new AbortController()
  const init = (): Float32Array => (stop.abort(), Float32Array.of(0, 0, 9, 9))
  const stopped = new FastKMeans(2, 2, { device: 'reference', minPointsPerCentroid: 0, init, signal: stop.signal })
  await stopped.fit(Float32Array.of(1, 2, 3, 4, 5, 6))
  await saveModel(files.path('stopped.safetensors'), stopped)
  expect(await loadModel(files.path('stopped.safetensors'))).toMatchObject({ k: 2, stopReason: 'aborted', nIter: 0 })
  await expect(saveModel(files.path('none.safetensors'), new FastKMeans(2, 2))).rejects.toThrow('expected a trained model, got none')
})

test('loadModel takes centroids that others wrote', async () => {
  const expected = { centroids: Float32Array.of(1, 2, 3, 4), k: 2, d: 2, options: {}, stats: {} }
  await writeNpy(files.path('c.npy'), Float64Array.of(1, 2, 3, 4), [2, 2])
  expect(await loadModel(files.path('c.npy'))).toEqual(expected)
  await writeFvecs(files.path('c.fvecs'), expected.centroids, 2)
  expect(await loadModel(files.path('c.fvecs'))).toEqual(expected)
  await writeSafetensors(files.path('c.safetensors'), { cluster_centers_: { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] } })
  expect(await loadModel(files.path('c.safetensors'))).toEqual(expected)
  const half = { data: expected.centroids, shape: [2, 2], dtype: 'float16' } as const
  await writeSafetensors(files.path('c.safetensors'), { centroids: half, other: half })
  expect(await loadModel(files.path('c.safetensors'))).toEqual(expected)
})

test('a model that is not trained, or disagrees with itself, is not saved', async () => {
  const path = files.path('refused.safetensors')
  await expect(saveModel(path, { ...model, centroids: undefined })).rejects.toThrow(
    'saveModel: expected a trained model, got one without centroids',
  )
  await expect(saveModel(path, { ...model, k: 5 })).rejects.toThrow('saveModel: expected k · d = 5 · 3 centroid values, got 12')
  await expect(saveModel(path, { ...model, counts: Int32Array.of(1) })).rejects.toThrow('saveModel: expected k = 4 counts, got 1')
  await expect(saveModel('model.npy', model)).rejects.toThrow(
    "saveModel: expected a path ending in .safetensors, got 'model.npy'; writePoints writes",
  )
  expect(files.list()).not.toContain('refused.safetensors')
})

test('loadModel names what is wrong with a file', async () => {
  const path = files.path('wrong.safetensors')
  const centroids = { data: numbers(4), shape: [2, 2] }
  await writeSafetensors(path, { centroids: { data: numbers(4), shape: [4] } })
  await expect(loadModel(path)).rejects.toThrow(`loadModel: expected a tensor 'centroids' of shape [k, d], got [4] (${path})`)
  await writeSafetensors(path, { a: centroids, b: centroids })
  await expect(loadModel(path)).rejects.toThrow('got the tensors a, b')
  await writeSafetensors(path, {})
  await expect(loadModel(path)).rejects.toThrow('got the tensors none')
  await writeSafetensors(path, { centroids, counts: { data: new Int32Array(3), shape: [3] } })
  await expect(loadModel(path)).rejects.toThrow('expected k = 2 counts, got 3')
  for (const options of ['{', '[]', 'null', '1']) {
    await writeSafetensors(path, { centroids }, { metadata: { options } })
    await expect(loadModel(path)).rejects.toThrow(`expected 'options' in the metadata to be a JSON object, got ${options}`)
  }
  await writeSafetensors(path, { centroids: { data: Float64Array.of(1e300), shape: [1, 1] } })
  await expect(loadModel(path)).rejects.toThrow("expected centroids within float32's range, got 1e+300")
  writeFileSync(path, 'no model')
  await expect(loadModel(path)).rejects.toThrow(path)
  await expect(loadModel(files.path('none.safetensors'))).rejects.toThrow('expected a file, found none')
})
