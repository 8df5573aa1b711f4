/**
 * @file The rivals' packages, in the bench's cache: a Python virtual environment and a folder of npm packages, made on first use. Without a
 * network, FASTKMEANS_BENCH_PYTHON names a Python that has what can be had, and FASTKMEANS_BENCH_WHEELS a folder of wheels beside it.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, ROOT } from '../cache.js'

/** Where they are put. */
export const JS_FOLDER = join(CACHE, 'js')
const REQUIREMENTS = join(ROOT, 'bench/rivals/requirements.txt')
/** Exact versions, as package.json has them. */
export const JS_PACKAGES = { 'ml-kmeans': '7.0.0' }

/** Runs a tool. @throws Error, short enough for a table, where it is not there or fails */
function run(what: string, command: string, args: string[]): void {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(`${what}: ${(stderr || message).trim().split('\n').at(-1)}`, { cause: error })
  }
}

/** Makes a folder's contents unless they are there. A note of what they were made from is written last, so a broken run counts as none. */
function once(folder: string, contents: string, make: () => void): void {
  const note = join(folder, 'made-of')
  const digest = createHash('sha256').update(contents).digest('hex')
  if (existsSync(note) && readFileSync(note, 'utf8') === digest) return
  make()
  writeFileSync(note, digest)
}

/** The Python that has the rivals. @throws Error where it cannot be made */
export function pythonReady(): string {
  const { FASTKMEANS_BENCH_PYTHON: given, FASTKMEANS_BENCH_WHEELS: wheels } = process.env
  if (wheels !== undefined) return withWheels(given ?? 'python3', wheels)
  if (given !== undefined) return given
  const venv = join(CACHE, 'venv')
  const python = join(venv, 'bin/python')
  once(venv, readFileSync(REQUIREMENTS, 'utf8'), () => {
    console.log('making the virtual environment of the rivals from Python (once; some minutes, several GB)')
    run('python3 -m venv', 'python3', ['-m', 'venv', venv])
    run('pip install', python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS])
  })
  return python
}

/** Adds the wheels in a folder to what a Python has, without a network. */
function withWheels(python: string, wheels: string): string {
  const site = join(CACHE, 'site')
  const files = readdirSync(wheels).filter((name) => name.endsWith('.whl'))
  once(site, files.join(), () => {
    const paths = files.map((name) => join(wheels, name))
    run('pip install', python, ['-m', 'pip', 'install', '--quiet', '--no-index', '--no-deps', '--upgrade', '--target', site, ...paths])
  })
  process.env.PYTHONPATH = site
  return python
}

/** Puts the rivals from npm into the cache. @throws Error where they cannot be had */
export function jsReady(): void {
  const manifest = JSON.stringify({ private: true, dependencies: JS_PACKAGES })
  once(JS_FOLDER, manifest, () => {
    mkdirSync(JS_FOLDER, { recursive: true })
    writeFileSync(join(JS_FOLDER, 'package.json'), manifest)
    run('npm install', 'npm', ['install', '--prefix', JS_FOLDER, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'])
  })
}
