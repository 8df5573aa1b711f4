/**
 * @file Compiles kernels/*.cu to ptx/: for developers, after a change there (`npm run build && node dist/backends/cuda/build.js`). NVCC names
 * the compiler (default: nvcc); .ci/setup-cuda.sh gets one, of the version that the committed files are made with, without a toolkit.
 * With --check nothing is written: it fails where a committed file differs from what the compiler makes now, or where PTXAS (default: ptxas)
 * refuses it or says that it serialised the tensor cores' work (C75xx), for the architecture itself and for those above.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { archOf, KERNELS, NVCC_FLAGS, PTX, PTX_VERSION, ptxPath, sourceHash } from './driver/ptx.js'

/** What the PTX of an architecture must assemble for. */
const ASSEMBLED_FOR: Readonly<Record<string, readonly string[]>> = {
  sm_75: ['sm_75', 'sm_80', 'sm_90a'],
  sm_80: ['sm_80', 'sm_90a'],
  sm_90a: ['sm_90a'],
}

/** Names of all device files, without their ending. */
export function kernelFiles(): string[] {
  return readdirSync(KERNELS)
    .filter((file) => file.endsWith('.cu'))
    .map((file) => file.slice(0, -3))
    .sort()
}

/** Compiles kernels/NAME.cu. @returns the PTX, its origin in the first line */
function compile(name: string, folder: string): string {
  const nvcc = process.env.NVCC ?? 'nvcc'
  const output = join(folder, `${name}.ptx`)
  const arch = archOf(name).replace('sm_', 'compute_')
  execFileSync(nvcc, [...NVCC_FLAGS, `-gencode=arch=${arch},code=${arch}`, '-ptx', '-o', output, join(KERNELS, `${name}.cu`)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const release = /release (\S+),/.exec(execFileSync(nvcc, ['--version'], { encoding: 'utf8' }))?.[1]
  const text = readFileSync(output, 'utf8')
    .replace(/^\.version .*$/m, `.version ${PTX_VERSION}`)
    .replace(/^\/\/.*\n/gm, '')
    .trim()
  return `// ${name}.cu from sources ${sourceHash(name)} by nvcc ${release} ${NVCC_FLAGS.join(' ')} -arch=${archOf(name)}; see build.ts\n${text}\n`
}

/** @returns what ptxas has against the PTX, undefined: nothing */
function assemble(path: string, arch: string): string | undefined {
  const { status, stderr, error } = spawnSync(process.env.PTXAS ?? 'ptxas', [`-arch=${arch}`, '-v', '-o', '/dev/null', path], {
    encoding: 'utf8',
  })
  if (error !== undefined) return error.message
  const lines = stderr.split('\n')
  return status !== 0 ? stderr : lines.find((line) => /C75\d\d/.test(line))
}

function main(check: boolean): void {
  const folder = mkdtempSync(join(tmpdir(), 'fastkmeans-ptx-'))
  try {
    mkdirSync(PTX, { recursive: true })
    for (const name of kernelFiles()) {
      const path = ptxPath(name)
      const text = compile(name, folder)
      if (!check) writeFileSync(path, text)
      else if (!existsSync(path) || readFileSync(path, 'utf8') !== text)
        throw new Error(`build: expected ${path} to be what its sources give, got another; run node dist/backends/cuda/build.js`)
      for (const arch of check ? ASSEMBLED_FOR[archOf(name)] : []) {
        const obstacle = assemble(path, arch)
        if (obstacle !== undefined) throw new Error(`build: expected ptxas to take ${name} for ${arch}, got: ${obstacle}`)
      }
      console.log(`${name} for ${archOf(name)}: ${check ? 'fresh, assembles' : 'written'}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.includes('--check'))
