/** @file Everything that is timed, by the name that --libraries takes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchCase } from '../cases/cases.js'
import { workOf } from '../cases/cases.js'
import { ROOT } from '../cache.js'
import { jsReady, pythonReady } from '../rivals/install.js'

export interface BenchLibrary {
  /** As it stands in charts and tables. */
  label: string
  ours: boolean
  /** Command that starts its process. @throws Error where it cannot be had, with the reason */
  command(): [file: string, args: string[]]
  /** Most work (multiplications) of a case it is given: beyond, one training would take minutes. */
  maxWork?: number
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const node = (name: string, ...args: string[]): [string, string[]] => [
  process.execPath,
  ['--expose-gc', '--import', 'tsx', file(name), ...args],
]

function ours(device: string, precision = 'exact'): BenchLibrary {
  const command = (): [string, string[]] => {
    if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('the package is not built; npm run build')
    return node('ours.ts', device, precision)
  }
  return { label: `ours, ${device}${precision === 'fast' ? ', fast' : ''}`, ours: true, command }
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
  'cuda-fast': ours('cuda', 'fast'),
  faiss: python('faiss', 'faiss-cpu'),
  sklearn: python('sklearn', 'scikit-learn'),
  superkmeans: python('superkmeans', 'SuperKMeans'),
  fastkmeans: python('fastkmeans', 'fastkmeans (Python, torch)'),
  'fast-pytorch': python('fast-pytorch', 'fast-pytorch-kmeans', { maxWork: 2e10 }),
  float64: python('float64', 'float64 Lloyd'),
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
