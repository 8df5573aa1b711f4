/** @file The points of generated cases, made by as many processes as there are cores, each writing its rows into the file. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { BenchCase } from './cases.js'
import { generatedRows } from './generate.js'
import type { GeneratedKind } from './generate.js'

/** Values that are made and written at a time. */
const PORTION = 2 ** 22

/** What one process makes: rows [from, to). */
interface Part extends Pick<BenchCase, 'd' | 'k'> {
  kind: GeneratedKind
  from: number
  to: number
  x: string
  truth?: string
}

/** Writes n·d float32, and the n classes as int32 if `truth` names a file; whole or not at all. */
export async function writeInParts({ kind, n, d, k }: BenchCase & { kind: GeneratedKind }, x: string, truth?: string): Promise<void> {
  const parts = Math.min(availableParallelism(), Math.ceil((n * d) / PORTION))
  const paths = truth === undefined ? [x] : [x, truth]
  const [unfinished, unfinishedTruth] = paths.map((path) => `${path}.part`)
  for (const path of paths) closeSync(openSync(`${path}.part`, 'w'))
  const rows = (part: number): number => Math.floor((part * n) / parts)
  await Promise.all(
    Array.from({ length: parts }, (_, i) => run({ kind, d, k, from: rows(i), to: rows(i + 1), x: unfinished, truth: unfinishedTruth })),
  )
  for (const path of paths.reverse()) renameSync(`${path}.part`, path)
}

function run(part: Part): Promise<void> {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), JSON.stringify(part)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`bench: expected points of ${part.kind}, got exit code ${code}`)),
    )
  })
}

function writePart({ kind, d, k, from, to, x, truth }: Part): void {
  const writeRows = generatedRows({ kind, d, k })
  const files = [x, truth].map((path) => (path === undefined ? undefined : openSync(path, 'r+')))
  const portionRows = Math.max(1, Math.floor(PORTION / d))
  for (let first = from; first < to; first += portionRows) {
    const rows = Math.min(portionRows, to - first)
    const block = new Float32Array(rows * d)
    const labels = new Int32Array(rows)
    writeRows(first, block, labels)
    writeAt(files[0], block, first * d * 4)
    writeAt(files[1], labels, first * 4)
  }
  for (const file of files) if (file !== undefined) closeSync(file)
}

function writeAt(file: number | undefined, { buffer, byteLength }: Float32Array | Int32Array, position: number): void {
  if (file === undefined) return
  for (let at = 0; at < byteLength;) at += writeSync(file, new Uint8Array(buffer, at), 0, byteLength - at, position + at)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writePart(JSON.parse(process.argv[2]) as Part)
