// Compiles src/backends/cpu/kernels to src/backends/wasm/*.wasm, one per instruction set, with a pinned clang that is itself WebAssembly (npm:
// @yowasp/clang, about 100 MB, kept in .cache). A section of its own, 'fastkmeans', says what made it and how its functions take their
// arguments.
//   node .ci/build-wasm.mjs           writes them
//   node .ci/build-wasm.mjs --check   fails unless the committed files are what comes out, byte for byte
//   node .ci/build-wasm.mjs --origin  prints those sections as they must be, by file, without compiling
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const COMPILER = '@yowasp/clang'
const VERSION = '22.0.0-git20542-10'
// No fused multiply-adds and no reordering: the definition is to the bit.
const COMPILE =
  '--target=wasm32-wasip1 -std=c11 -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -fvisibility=hidden -Wall -Wextra -Werror -I.'
const FEATURES = '-msimd128 -matomics -mbulk-memory -mnontrapping-fptoint -msign-ext'
// One page less than 4 GiB: the end of memory is still a 32-bit address. The C library was not compiled for shared memory; of it only
// allocation keeps a state, and the library allocates on one thread at a time.
const LINK = `-nostartfiles -Wl,--no-entry,--import-memory,--shared-memory,--max-memory=${65535 * 65536},--no-check-features,--strip-all,--export=__stack_pointer`

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const sources = join(root, 'src/backends/cpu/kernels')
const folder = join(root, 'src/backends/wasm')
const TARGETS = [
  { name: 'kernels.wasm', set: 'sets/wasm.c', features: FEATURES },
  { name: 'kernelsRelaxed.wasm', set: 'sets/relaxedWasm.c', features: `${FEATURES} -mrelaxed-simd` },
]
const read = (name) => readFileSync(join(sources, name))

/** The sources of a target, by their paths. */
const filesOf = ({ set }) =>
  readdirSync(sources, { recursive: true })
    .map((path) => path.replaceAll(sep, '/'))
    .filter(
      (name) => name.endsWith('.h') || (name.endsWith('.c') && name !== 'session/threads.c' && (!name.startsWith('sets/') || name === set)),
    )
    .sort()

/** The sources as a tree of folders. */
function treeOf(files) {
  const tree = {}
  for (const name of files) {
    const folders = name.split('/')
    const file = folders.pop()
    folders.reduce((folder, inner) => (folder[inner] ??= {}), tree)[file] = read(name)
  }
  return tree
}

/** How an argument is passed: a number, an integer of 64 bits, an array that is only read, or one that is written to. */
const kindOf = (parameter) => {
  if (/\*|\[/.test(parameter)) return parameter.startsWith('const ') ? 'read' : 'write'
  return parameter.startsWith('int64_t') ? 'long' : 'number'
}
const prototypes = read('api.h')
  .toString()
  .replace(/\/\*.*?\*\//gs, '')
  .matchAll(/^ *PUBLIC [^;(]*?\bfastkmeans_(\w+)\((.*?)\);/gms)
const functions = Object.fromEntries(
  [...prototypes].map(([, name, parameters]) => [name, parameters.split(',').map((parameter) => kindOf(parameter.trim()))]),
)

/** What a target says of itself. */
function originOf(target) {
  const hash = createHash('sha256').update([COMPILE, target.features, LINK].join('\n'))
  for (const name of filesOf(target)) hash.update(name).update('\0').update(read(name)).update('\0')
  return { compiler: `${COMPILER}@${VERSION}`, by: 'node .ci/build-wasm.mjs', sources: hash.digest('hex'), functions }
}

async function clang() {
  const kept = join(root, '.cache/yowasp', VERSION)
  const bundle = join(kept, 'node_modules', COMPILER, 'gen/bundle.js')
  if (!existsSync(bundle)) {
    mkdirSync(kept, { recursive: true })
    execFileSync('npm', ['install', '--prefix', kept, '--no-save', '--ignore-scripts', '--silent', `${COMPILER}@${VERSION}`], {
      stdio: 'inherit',
    })
  }
  return (await import(pathToFileURL(bundle))).commands.clang
}

const leb128 = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)])

function customSection(name, content) {
  const parts = [Buffer.from(leb128(name.length)), Buffer.from(name), Buffer.from(content)]
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([0, ...leb128(body.length)]), body])
}

async function compile(run, target) {
  const files = filesOf(target)
  const report = (bytes) => bytes && process.stderr.write(bytes)
  const exports = [
    ...new Set(
      read('api.h')
        .toString()
        .match(/\bfastkmeans_\w+(?=\()/g),
    ),
  ].map((name) => `-Wl,--export=${name}`)
  const args = [
    ...`${COMPILE} ${target.features} ${LINK}`.split(' '),
    ...exports,
    ...files.filter((name) => name.endsWith('.c')),
    '-o',
    target.name,
  ]
  const out = await run(args, treeOf(files), { stdout: report, stderr: report, fetchProgress: () => {} })
  return Buffer.concat([out[target.name], customSection('fastkmeans', JSON.stringify(originOf(target)))])
}

if (process.argv.includes('--origin'))
  console.log(JSON.stringify(Object.fromEntries(TARGETS.map((target) => [target.name, originOf(target)]))))
else {
  const run = await clang()
  for (const target of TARGETS) {
    const path = join(folder, target.name)
    const built = await compile(run, target)
    const same = existsSync(path) && built.equals(readFileSync(path))
    if (!process.argv.includes('--check')) writeFileSync(path, built)
    else if (!same)
      throw new Error(`src/backends/wasm/${target.name} is not what its sources give: run node .ci/build-wasm.mjs and commit it`)
    console.log(`${target.name}: ${built.length} bytes, ${same ? 'unchanged' : 'written'}`)
  }
}
