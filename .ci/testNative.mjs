/**
 * The self-test of the C library (test/backends/cpu/kernels/selfTest.c), built and run: `node .ci/testNative.mjs [VARIANT…]`. native: with
 * the system's compiler; address: with AddressSanitizer and UndefinedBehaviorSanitizer; memory: under valgrind, for reads of what was never
 * written (it knows neither AVX-512 nor AMX); thread: with ThreadSanitizer; package: by zig, as prebuild.ts does; arm64: by zig, run by
 * qemu-aarch64 as processors of three generations. These six by default (.ci/setup-cross.sh brings what they need); win32: by zig, run by
 * wine64, where that is installed. Several variants run beside each other, one a core; what each printed comes as it ends. The slow ones
 * (memory, thread, arm64) take a fifth of the cases, in which every shape, kind of values and number of threads still meets every way
 * (selfTest.c, --pairs).
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SOURCES, compileObjects } from '../dist/backends/cpu/compile.js'

const ROOT = resolve(fileURLToPath(import.meta.url), '../..')
const TESTS = join(ROOT, 'test/backends/cpu/kernels')
const INJECT = ['-Dcalloc=testCalloc', '-Dfree=testFree', '-Dpthread_create=testThread']
const CHECKED = ['-O1', '-g', '-fno-omit-frame-pointer']
const NATIVE = { compiler: ['cc'], arch: process.arch }
const ZIG = [join(ROOT, '.cache/zig/bin/python'), '-m', 'ziglang', 'cc']
const crossed = (target, arch) => ({ compiler: [...ZIG, '-target', target], arch, zig: true })

/**
 * Per variant: target, flags, and the commands that run the program, each with the program's arguments: the instruction sets to test (none:
 * all that are there).
 */
const VARIANTS = {
  native: { target: NATIVE, flags: [], runs: [[[], []]] },
  address: { target: NATIVE, flags: [...CHECKED, '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'], runs: [[[], []]] },
  memory: {
    target: NATIVE,
    flags: CHECKED,
    runs: [
      [
        ['valgrind', '--quiet', '--error-exitcode=1'],
        ['--pairs', process.arch === 'x64' ? 'avx2' : 'neon', 'plain'],
      ],
    ],
  },
  // ThreadSanitizer does not know the way some kernels place programs in memory; without randomness they are placed as it wants.
  thread: { target: NATIVE, flags: [...CHECKED, '-fsanitize=thread'], runs: [[['setarch', '-R'], ['--pairs']]] },
  package: {
    target: crossed(`${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu.2.17`, process.arch),
    flags: [],
    runs: [[[], []]],
  },
  win32: { target: crossed('x86_64-windows-gnu', 'x64'), flags: [], runs: [[['wine64'], []]] },
  arm64: {
    target: crossed('aarch64-linux-musl', 'arm64'),
    flags: [],
    runs: [
      [
        ['qemu-aarch64', '-cpu', 'cortex-a72'],
        ['--pairs', 'neon', 'plain'],
      ],
      [
        ['qemu-aarch64', '-cpu', 'neoverse-n1'],
        ['--pairs', 'neondot'],
      ],
      [
        ['qemu-aarch64', '-cpu', 'max'],
        ['--pairs', 'neonmatrix'],
      ],
    ],
  },
}

function test(name) {
  const { target, flags, runs } = VARIANTS[name]
  const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-'))
  try {
    const objects = compileObjects(target, folder, [...flags, ...INJECT])
    const program = join(folder, 'selfTest')
    const [command, ...first] = target.compiler
    const own = [
      '-std=c11',
      '-D_GNU_SOURCE',
      '-O2',
      '-ffp-contract=off',
      '-Wall',
      '-Wextra',
      ...flags,
      ...INJECT,
      `-I${SOURCES}`,
      `-I${TESTS}`,
    ]
    execFileSync(command, [...first, ...own, join(TESTS, 'selfTest.c'), ...objects, '-o', program, '-lpthread', '-lm'], {
      stdio: 'inherit',
    })
    for (const [runner, words] of runs) {
      const [run, ...args] = [...runner, program, ...words]
      console.log(`-- ${[name, ...runner].join(' ')}`)
      execFileSync(run, args, { stdio: 'inherit' })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A variant in a process of its own. @returns whether it passed */
function testBeside(name) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), name])
  const started = performance.now()
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data))
  return new Promise((done) => {
    child.on('close', (code) => {
      console.log(`${printed}-- ${name}: ${code === 0 ? 'passed' : 'failed'}, ${((performance.now() - started) / 1000).toFixed(0)} s`)
      done(code === 0)
    })
  })
}

/** The longest first. */
const BY_DEFAULT = ['arm64', 'thread', 'memory', 'address', 'native', 'package']
const names = process.argv.length > 2 ? process.argv.slice(2) : BY_DEFAULT
for (const name of names) {
  if (!Object.hasOwn(VARIANTS, name)) throw new Error(`testNative: expected ${Object.keys(VARIANTS).join(', ')}, got '${name}'`)
  if (VARIANTS[name].target.zig && !existsSync(ZIG[0]))
    throw new Error('testNative: expected zig in .cache/zig, got none; run .ci/setup-cross.sh')
}
if (names.length === 1) test(names[0])
else {
  const waiting = [...names]
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) if (!(await testBeside(name))) process.exitCode = 1
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}
