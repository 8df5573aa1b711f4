/**
 * @file Finding and building the native library, in a copy of the package whose compiler is a script: it takes a while, and "links" by
 * copying the library of this checkout.
 */
import { execFile } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compileObjects } from '../../../src/backends/cpu/compile.js'
import * as files from '../../../src/backends/cpu/files.js'

const ROOT = resolve(import.meta.dirname, '../../..')
const library = files.findLibraries(files.BUILT).find(({ damaged }) => !damaged)?.file
let copy: string

/** What a Node of its own says: the backend's name or the error, with a compiler on its path or without. */
async function opened(compiler = true): Promise<string> {
  const script = `
    const { openCpu } = await import(${JSON.stringify(join(copy, 'dist/backends/cpu/cpu.js'))})
    console.log(await openCpu().then(({ name }) => name, ({ message }) => message))`
  const env = { ...process.env, PATH: compiler ? `${join(copy, 'bin')}:${process.env.PATH}` : '' }
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })).stdout
}
const cache = (): string => join(copy, '.cache/cpu')

describe.skipIf(library === undefined || process.platform === 'win32')('the native library', () => {
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'fastkmeans-'))
    for (const part of ['dist', 'src/backends/cpu', 'package.json']) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
    rmSync(join(copy, 'dist/prebuilt'), { recursive: true, force: true })
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    mkdirSync(join(copy, 'bin'))
    const compiler = `#!/bin/sh
for last; do [ "$before" = -o ] && out=$last; before=$last; done
case "$*" in *-shared*) sleep 0.3; cp '${library}' "$out" ;; esac`
    writeFileSync(join(copy, 'bin/cc'), compiler)
    chmodSync(join(copy, 'bin/cc'), 0o755)
  })
  afterEach(() => rmSync(copy, { recursive: true, force: true }))

  test('is built by several processes at once, each of which can use it, and lies there once', async () => {
    const names = await Promise.all([opened(), opened(), opened()])
    for (const name of names) expect(name).toMatch(/^cpu:/)
    expect(readdirSync(cache())).toHaveLength(1)
  })

  test('is not loaded where it was cut off, and built anew', async () => {
    await opened()
    const [name] = readdirSync(cache())
    truncateSync(join(cache(), name), 20_000)
    expect(await opened(false)).toMatch(/is damaged; with a C compiler .* builds it; building it failed: no C compiler/)
    expect(await opened()).toMatch(/^cpu:/)
    expect(readdirSync(cache())).toHaveLength(1)
  })

  test('is refused with the reason where its folder cannot be written', async () => {
    writeFileSync(join(copy, '.cache'), '')
    expect(await opened()).toMatch(/there is no native library .*; building it failed: (ENOTDIR|EEXIST).*\.cache/)
  })

  test('that the system does not load is replaced by one that is built here', async () => {
    const { PREBUILT, installLibrary } = (await import(join(copy, 'dist/backends/cpu/files.js'))) as typeof files
    mkdirSync(PREBUILT)
    writeFileSync(join(copy, 'other'), 'of another system')
    installLibrary(join(copy, 'other'), PREBUILT)
    expect(await opened(false)).toMatch(/does not load: .*building it failed: no C compiler/)
    expect(await opened()).toMatch(/^cpu:/)
  })
})

test.skipIf(process.platform === 'win32')('a compiler that does not know an instruction set leaves it out, and the choice is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-'))
  try {
    const old = join(folder, 'cc')
    writeFileSync(old, `#!/bin/sh\ncase "$*" in *-mavxvnni*) exit 1 ;; *isa.c*) echo "$*" > '${folder}/isa' ;; esac\n`)
    chmodSync(old, 0o755)
    const objects = compileObjects({ compiler: [old], arch: 'x64' }, folder)
    expect(objects).toContain(join(folder, 'avx2.c.o'))
    expect(objects).not.toContain(join(folder, 'avxVnni.c.o'))
    expect(readFileSync(join(folder, 'isa'), 'utf8').match(/-DWITHOUT_\w+/g)).toEqual(['-DWITHOUT_avxVnni'])
    writeFileSync(old, '#!/bin/sh\ncase "$*" in *sets/avx2.c*) exit 1 ;; esac\n')
    expect(() => compileObjects({ compiler: [old], arch: 'x64' }, folder)).toThrow(/Command failed/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
