import { describe, expect, it } from 'vitest'
import { checkOptions, checkSize } from '../src/options.js'
import type { FastKMeansOptions } from '../src/options.js'

const check = (options: unknown): unknown => checkOptions('f', options as FastKMeansOptions)

describe('checkOptions', () => {
  it('fills in the defaults of the Python library', () => {
    expect(check({})).toEqual({
      niter: 25,
      tol: 1e-8,
      tolMode: 'fastkmeans',
      seed: 0,
      nredo: 1,
      verbose: false,
      maxPointsPerCentroid: 256,
      minPointsPerCentroid: 39,
      chunkSizeData: 51_200,
      chunkSizeCentroids: 10_240,
      gpu: true,
      device: 'auto',
      dtype: 'float32',
      precision: 'exact',
      progress: false,
      init: 'random',
      spherical: false,
      emptyCluster: 'random',
    })
  })

  it('takes undefined for the default, and changes nothing of its argument', () => {
    const options = Object.freeze({ niter: undefined, tol: -1 })
    expect(check(options)).toMatchObject({ niter: 25, tol: -1 })
  })

  it.each<[unknown, string]>([
    [{ nIter: 3 }, "f: unknown option 'nIter'; did you mean 'niter'?"],
    [{ max_points_per_centroid: 3 }, "f: unknown option 'max_points_per_centroid'; did you mean 'maxPointsPerCentroid'?"],
    [{ chunk_size_data: 3 }, "did you mean 'chunkSizeData'?"],
    [{ tolerance: 3 }, "unknown option 'tolerance'"],
    [{ Seed: 3 }, "did you mean 'seed'?"],
    [{ toString: 3 }, "unknown option 'toString'"],
    [{ max_iter: 300 }, "f: unknown option 'max_iter'; did you mean 'niter'?"],
    [{ n_init: 10 }, "f: unknown option 'n_init'; did you mean 'nredo'?"],
    [{ random_state: 0 }, "f: unknown option 'random_state'; did you mean 'seed'?"],
    [{ early_stop_threshold: 0 }, "did you mean 'tol', with tolMode 'faiss'?"],
    [{ n_clusters: 8 }, "f: unknown option 'n_clusters'; k, the number of clusters, comes after d and before the options"],
    [{ k: 8 }, "f: unknown option 'k'; d and k come before the options"],
    [{ sampleWeight: [1] }, "f: unknown option 'sampleWeight'; weights are given to train, fit and score, beside the points"],
    [{ foo: 1 }, "f: unknown option 'foo'; known are niter, tol, tolMode, "],
    [[], 'f: expected an options object, got an empty array'],
    [Float32Array.of(1), 'f: expected an options object, got Float32Array'],
    [() => 1, 'f: expected an options object, got a function'],
    [{ niter: 5n }, 'f: expected niter to be a positive integer, got 5n'],
    [null, 'f: expected an options object, got null'],
    ['niter', "f: expected an options object, got 'niter'"],
    [{ niter: 0 }, 'f: expected niter to be a positive integer, got 0'],
    [{ niter: 2.5 }, 'f: expected niter to be a positive integer, got 2.5'],
    [{ niter: '25' }, "f: expected niter to be a positive integer, got '25'"],
    [{ niter: null }, 'f: expected niter to be a positive integer, got null'],
    [{ tol: NaN }, 'f: expected tol to be a number, got NaN'],
    [{ seed: 0.5 }, 'f: expected seed to be an integer, got 0.5'],
    [{ seed: 2 ** 53 }, 'f: expected seed to be an integer, got 9007199254740992'],
    [{ nredo: 0 }, 'f: expected nredo to be a positive integer, got 0'],
    [{ verbose: 1 }, 'f: expected verbose to be true or false, got 1'],
    [{ chunkSizeData: 0 }, "f: expected chunkSizeData to be a positive integer or 'auto', got 0"],
    [{ chunkSizeCentroids: 0 }, "f: expected chunkSizeCentroids to be a positive integer or 'auto', got 0"],
    [{ chunkSizeData: -1 }, "f: expected chunkSizeData to be a positive integer or 'auto', got -1"],
    [{ maxPointsPerCentroid: 0 }, 'f: expected maxPointsPerCentroid to be a positive integer or null, got 0'],
    [{ minPointsPerCentroid: -1 }, 'f: expected minPointsPerCentroid to be a number of at least 0, got -1'],
    [{ device: 'gpu' }, "f: expected device to be one of 'auto', 'reference', 'tfjs', 'wasm', 'cpu', 'webgpu', 'cuda', got 'gpu'"],
    [{ device: 'cuda:x' }, "got 'cuda:x'"],
    [{ dtype: 'float64' }, "f: expected dtype to be one of 'float32', 'float16', got 'float64'"],
    [{ precision: 'half' }, "f: expected precision to be one of 'exact', 'fast', got 'half'"],
    [{ tolMode: 'x' }, "f: expected tolMode to be one of 'fastkmeans', 'sklearn', 'faiss', 'max', got 'x'"],
    [{ emptyCluster: 'x' }, "f: expected emptyCluster to be one of 'random', 'farthest', 'split', 'keep', got 'x'"],
    [
      { init: 'kmeans++' },
      "f: expected init to be 'random', 'k-means++', 'k-means||', 'afk-mc2', a Float32Array or a function, got 'kmeans++'",
    ],
    [{ init: [[1]] }, 'a Float32Array or a function, got an array of 1'],
    [{ spherical: 'yes' }, "f: expected spherical to be true or false, got 'yes'"],
    [{ onIteration: 5 }, 'f: expected onIteration to be a function, got 5'],
    [{ signal: {} }, 'f: expected signal to be an AbortSignal, got Object'],
    [{ maxSeconds: 0 }, 'f: expected maxSeconds to be a number above 0, got 0'],
    [{ memoryBudget: -5 }, 'f: expected memoryBudget to be a number above 0, got -5'],
  ])('refuses %o', (options, message) => {
    expect(() => check(options)).toThrow(message)
  })

  it.each(['auto', 'reference', 'tfjs', 'tfjs:wasm', 'tfjs:cpu', 'cuda', 'cuda:1', 'webgpu', 'cpu', 'wasm'])(
    'takes the device %s',
    (device) => {
      expect(check({ device })).toMatchObject({ device })
    },
  )
})

describe('checkSize', () => {
  it.each([0, -1, 1.5, NaN, Infinity, 2 ** 31, '3', null, undefined])('refuses %s', (value) => {
    expect(() => checkSize('f', 'k', value as number)).toThrow(/^f: expected k to be a positive integer below 2\^31, got /)
  })

  it('takes 1 and 2^31 − 1', () => {
    for (const size of [1, 2 ** 31 - 1]) expect(() => checkSize('f', 'd', size)).not.toThrow()
  })
})
