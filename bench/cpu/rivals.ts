/** @file faiss-cpu and scikit-learn in a virtual environment that is made on first use, behind one process per case that keeps the points. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BenchCase } from './cases.js'

const here = dirname(fileURLToPath(import.meta.url))
const VENV = resolve(here, '../../.cache/bench-cpu')
const PACKAGES = ['faiss-cpu==1.15.1', 'scikit-learn==1.9.1']

export const RIVALS = ['faiss', 'sklearn'] as const
export type Rival = (typeof RIVALS)[number]

export interface RivalRun {
  seconds: number
  iterations: number
  objective: number
}

export interface Rivals {
  versions: Record<Rival, string>
  run(rival: Rival): Promise<RivalRun>
  dispose(): void
}

/** Makes the virtual environment unless it holds these packages; needs python3 and a network. */
function makeVenv(): string {
  const python = join(VENV, 'bin/python')
  const inherit = { stdio: 'inherit' } as const
  if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', VENV], inherit)
  execFileSync(join(VENV, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES], inherit)
  return python
}

/** Starts the rivals on one case's points. */
export async function startRivals(c: BenchCase, x: Float32Array, start: Float32Array): Promise<Rivals> {
  const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-bench-'))
  const files = [join(folder, 'x.f32'), join(folder, 'start.f32')]
  writeFileSync(files[0], x)
  writeFileSync(files[1], start)
  const { n, d, k, niter } = c
  const child = spawn(makeVenv(), [join(here, 'rivals.py'), files[0], ...[n, d].map(String), files[1], ...[k, niter].map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('bench/cpu: expected an answer of the rivals, got the end of their process')
    return JSON.parse(value) as T
  }
  const versions = await answer<Record<Rival, string>>()
  rmSync(folder, { recursive: true })
  return {
    versions,
    run: (rival) => {
      child.stdin.write(`${rival}\n`)
      return answer<RivalRun>()
    },
    dispose: () => child.stdin.end(),
  }
}
