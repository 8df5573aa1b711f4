/** @file package.json as a tested artefact: what is exported, what is packed, which files may import which. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Runs a script in a Node of its own, from a folder of the package, so that the package's name resolves to dist. */
const node = (script: string): string =>
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: join(root, 'notebooks'), encoding: 'utf8' })

describe('the package', () => {
  test('exports these names and no others', () => {
    const names = node("import * as all from 'fastkmeans'; console.log(Object.keys(all).sort().join())")
    expect(names.trim()).toBe('FastKMeans,datasets,io,metrics,notebook,plots')
  })

  test('is imported by require as well, as the notebook kernel does', () => {
    const type = node(
      "import { createRequire } from 'node:module'; console.log(typeof createRequire(process.cwd() + '/x.cjs')('fastkmeans').FastKMeans)",
    )
    expect(type.trim()).toBe('function')
  })

  test('is light to import: no tensor library, no arrow, no plotting code', () => {
    const loaded = node(`
      import { createRequire } from 'node:module'
      createRequire(process.cwd() + '/x.cjs')('fastkmeans')
      await import('fastkmeans')
      console.log([...Object.keys(createRequire(import.meta.url).cache), String(globalThis._tfengine)].filter((f) => /tensorflow|arrow|plotly|\\[object/.test(f)).join())`)
    expect(loaded.trim()).toBe('')
  })

  test('pins every dependency to an exact version', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })
    for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test('depends on these packages and no others', () => {
    expect(Object.keys(manifest.dependencies).sort()).toStrictEqual([
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-core',
      'apache-arrow',
      'plotly.js-cartesian-dist-min',
    ])
  })

  test('packs dist, the data sets, and nothing unexpected', () => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=silent'], {
      cwd: root,
      encoding: 'utf8',
    })
    const files: string[] = JSON.parse(output)[0].files.map((file: { path: string }) => file.path)
    const unexpected = files.filter(
      (file) =>
        !/^(dist\/.*\.(js|d\.ts)|dist\/prebuilt\/fastkmeans-[\w-]+\.(so|dylib|dll)|src\/backends\/cpu\/kernels\/(\w+\/)?\w+\.[ch]|src\/backends\/cuda\/ptx\/[\w.]+\.ptx|src\/backends\/wasm\/kernels(Relaxed)?\.wasm|datasets\/[^/]+|package\.json|README\.md|LICENSE)$/.test(
          file,
        ),
    )
    expect(unexpected).toStrictEqual([])
    for (const file of [
      manifest.exports['.'].types,
      manifest.exports['.'].default,
      `./${manifest.bin.fastkmeans}`,
      './src/backends/wasm/kernels.wasm',
      './src/backends/wasm/kernelsRelaxed.wasm',
    ])
      expect(files.map((name) => `./${name}`)).toContain(file)
  })

  test('has a lock file without download addresses', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": *"http/)
  })
})

/** Every import between the folders and files of src, type imports apart. */
function imports(): { from: string; to: string }[] {
  const src = join(root, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8')
    const found = [...text.matchAll(/^(?:import|export)\s(?!type\b)[^'"]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm)]
    return found.map((match) => {
      const path = join(src, dirname(file), match[1] ?? match[2])
      const target = existsSync(path) ? path : path.replace(/\.js$/, '.ts') // what threads run as it stands is JavaScript
      expect(existsSync(target), `${file} imports ${match[1] ?? match[2]}`).toBe(true)
      return { from: file, to: relative(src, target) }
    })
  })
}

/** Room of a file: its folder, or the file itself. */
const room = (file: string): string => (file.includes('/') ? file.split('/')[0] : file.replace('.ts', ''))

/** What each folder may import beside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  metrics: ['describe', 'labelCount', 'optionChecks', 'points', 'random', 'pace'],
  datasets: ['describe', 'optionChecks', 'points', 'pointsText', 'random', 'pace'],
  plots: ['labelCount', 'numberText', 'optionChecks', 'points', 'random', 'pace'],
  io: ['describe', 'optionChecks', 'points', 'pointsText', 'pace'],
  init: ['describe', 'exact', 'numberText', 'random', 'pace', 'points', 'signals', 'stages'],
  backends: ['exact', 'pace', 'points'],
  notebook: ['describe', 'followTraining', 'numberText', 'optionChecks', 'pace', 'plots', 'pointsText', 'signals', 'stages'],
  exact: ['points'],
  lloyd: ['emptyClusters', 'exact', 'signals', 'stages'],
  signals: [],
  labelCount: [],
  stages: [],
  timeLimit: [],
  followTraining: ['numberText'],
  points: ['arrowPoints', 'blockWriter', 'describe', 'pace', 'pointsStream'],
  blockWriter: [],
  pointsStream: ['describe'],
  arrowPoints: ['pace'],
  numberText: [],
  pointsText: [],
  random: [],
  pace: [],
  options: ['describe', 'optionChecks'],
  optionChecks: ['describe'],
  describe: [],
}

/** Folders of backends/cuda: each imports from those before it. */
const CUDA_FOLDERS = ['threads', 'driver', 'context', 'points', 'mStep', 'screen', 'eStep']
/** Folders of backends/cpu/kernels: each includes from those before it. */
const KERNEL_FOLDERS = ['isa', 'sets', 'session', 'sums', 'reduction', 'screen', 'groups', 'direct', 'leads', 'seeding', 'eStep']

describe('the layers', () => {
  test.each(Object.entries(MAY_IMPORT))('%s imports only from %j', (from, allowed) => {
    const others = imports()
      .filter((arrow) => room(arrow.from) === from && room(arrow.to) !== from)
      .filter((arrow) => !allowed.includes(room(arrow.to)))
    expect(others).toStrictEqual([])
  })

  test('the folders of backends/cuda import from those below them', () => {
    const cuda = 'backends/cuda/'
    const level = (file: string): number => CUDA_FOLDERS.indexOf(file.slice(cuda.length).split('/')[0])
    const within = imports().filter(({ from, to }) => from.startsWith(cuda) && to.startsWith(cuda) && level(from) >= 0)
    expect(within.length).toBeGreaterThan(0)
    expect(within.filter(({ from, to }) => level(to) < 0 || level(to) > level(from))).toStrictEqual([])
  })

  test('the folders of backends/cpu/kernels include from those below them, and all paths start there', () => {
    const kernels = join(root, 'src/backends/cpu/kernels')
    const level = (file: string): number => (file.includes('/') ? KERNEL_FOLDERS.indexOf(file.split('/')[0]) : Infinity)
    const files = readdirSync(kernels, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[ch]$/.test(file))
    const includes = files.flatMap((from) =>
      [...readFileSync(join(kernels, from), 'utf8').matchAll(/^#include "(.+)"$/gm)].map(([, to]) => ({ from, to })),
    )
    expect(includes.length).toBeGreaterThan(0)
    expect(files.filter((file) => level(file) < 0)).toStrictEqual([])
    expect(includes.filter(({ to }) => !files.includes(to))).toStrictEqual([])
    expect(includes.filter(({ from, to }) => to.includes('/') && level(to) > level(from))).toStrictEqual([])
  })

  test('a file that acts when it is the program is imported by none, so that no bundle runs it', () => {
    const programs = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && (file.endsWith('Now.ts') || readFileSync(join(root, 'src', file), 'utf8').includes('process.argv')),
    )
    expect(programs).toContain('backends/cpu/buildNow.ts')
    expect(imports().filter(({ to }) => programs.includes(to))).toStrictEqual([])
  })

  test('only the tfjs files import tfjs at run time, and only select names backends', () => {
    const src = join(root, 'src')
    for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
      const text = readFileSync(join(src, file), 'utf8')
      if (!file.startsWith('backends/tfjs')) expect(text, file).not.toMatch(/import\('@tensorflow|^import (?!type).*@tensorflow/m)
      if (!file.startsWith('backends/')) expect(text, file).not.toMatch(/backends\/(reference|tfjs)/)
    }
  })
})
