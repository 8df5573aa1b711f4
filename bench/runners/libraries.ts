/** @file Everything that is timed, by the name that --libraries takes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchCase } from '../cases/cases.js'
import { workOf } from '../cases/cases.js'
import type { FastKMeansOptions } from '../../src/index.js'
import { ROOT } from '../cache.js'
import { jsReady, pythonReady } from '../rivals/install.js'

export interface BenchLibrary {
  /** Its name in charts and tables. */
  label: string
  ours: boolean
  /** Its labels must all be right: a wrong one stops the bench. */
  exact?: boolean
  /** Rounds the points to half precision first. */
  half?: boolean
  /** Command that starts its process. @throws Error where it cannot be had, with the reason */
  command(): [file: string, args: string[]]
  /** It is not given cases of more multiplications than this, as one training would take minutes. */
  maxWork?: number
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const node = (name: string, ...args: string[]): [string, string[]] => [
  process.execPath,
  ['--expose-gc', '--import', 'tsx', file(name), ...args],
]

function ours(device: string, variant = '', options: FastKMeansOptions = {}): BenchLibrary {
  const command = (): [string, string[]] => {
    if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('the package is not built; npm run build')
    return node('ours.ts', JSON.stringify({ device, ...options }))
  }
  const { precision, dtype } = options
  return {
    label: `ours, ${device}${variant && `, ${variant}`}`,
    ours: true,
    exact: precision !== 'fast',
    half: dtype === 'float16',
    command,
  }
}

const python = (name: string, label: string, more: Partial<BenchLibrary> = {}): BenchLibrary => ({
  label,
  ours: false,
  command: () => [pythonReady(), [join(ROOT, 'bench/rivals/runner.py'), name]],
  ...more,
})

export const LIBRARIES: Readonly<Record<string, BenchLibrary>> = {
  cpu: ours('cpu'),
  wasm: ours('wasm'),
  'tfjs:wasm': ours('tfjs:wasm'),
  'tfjs:tensorflow': ours('tfjs:tensorflow'),
  cuda: ours('cuda'),
  'cuda-fast': ours('cuda', 'fast', { precision: 'fast' }),
  'cuda-half': ours('cuda', 'float16 points', { dtype: 'float16' }),
  'cuda-11GB': ours('cuda', 'in 11 GB', { memoryBudget: 11e9 }),
  faiss: python('faiss', 'faiss-cpu'),
  sklearn: python('sklearn', 'scikit-learn'),
  superkmeans: python('superkmeans', 'SuperKMeans'),
  fastkmeans: python('fastkmeans', 'fastkmeans (Python, torch)'),
  'fast-pytorch': python('fast-pytorch', 'fast-pytorch-kmeans', { maxWork: 2e10 }),
  float64: python('float64', 'float64 Lloyd', { maxWork: 2e11 }),
  flash: python('flash', 'flash-kmeans fp16'),
  'flash-tf32': python('flash-tf32', 'flash-kmeans TF32'),
  flashlib: python('flashlib', 'flashlib fp16'),
  'fastkmeans-triton': python('fastkmeans-triton', 'fastkmeans (Python, Triton)'),
  'fastkmeans-torch-gpu': python('fastkmeans-torch-gpu', 'fastkmeans (Python, torch)'),
  'faiss-gpu': python('faiss-gpu', 'faiss-gpu'),
  cuml: python('cuml', 'cuML'),
  'float64-gpu': python('float64-gpu', 'float64 Lloyd'),
  'ml-kmeans': {
    label: 'ml-kmeans',
    ours: false,
    command: () => {
      jsReady()
      return node('mlKmeans.ts')
    },
    maxWork: 1e9,
  },
  'tfjs-naive': { label: 'TensorFlow.js ops', ours: false, command: () => node('tfjsNaive.ts'), maxWork: 5e9 },
}

/** Why a library is not given a case, if so. */
export function unsuited({ maxWork = Infinity }: BenchLibrary, c: BenchCase): string | undefined {
  return workOf(c) > maxWork ? 'not run: one training would take minutes' : undefined
}
