/** @file What the tests of io share: golden files, a folder for scratch files, hashes. */

import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

interface Golden {
  npy: { file: string; shape: number[]; dtype: string; fortran: boolean; values: (number | string)[] }[]
  headers: { dtype: string; shape: number[]; hex: string }[]
  points: { file: string; n: number; d: number; sha256: string; column?: string | string[]; needs?: 'zstd' }[]
  safetensors: Record<string, { shape: number[]; dtype: string; values: (number | string)[] }>
  float16: Record<'widen' | 'widenBfloat16' | 'narrow' | 'narrowBfloat16', string>
}

const folder = fileURLToPath(new URL('../golden/', import.meta.url))

/** What numpy, safetensors and pyarrow read in the golden files; see io.py. */
export const golden = JSON.parse(readFileSync(join(folder, 'io.json'), 'utf8')) as Golden

/** The path of a golden file. */
export const goldenPath = (file: string): string => join(folder, 'io', file)

/** The bytes of a golden file. */
export const goldenBytes = (file: string): Uint8Array => new Uint8Array(readFileSync(goldenPath(file)))

/** SHA-256 of the bytes of arrays, one after the other. */
export function sha256(...arrays: ArrayBufferView[]): string {
  const hash = createHash('sha256')
  for (const { buffer, byteOffset, byteLength } of arrays) hash.update(new Uint8Array(buffer, byteOffset, byteLength))
  return hash.digest('hex')
}

/** Scratch files in a folder of their own, removed after the tests of the file. */
export function scratch(): { path(name: string): string; write(name: string, bytes: Uint8Array | string): string; list(): string[] } {
  const dir = mkdtempSync(join(tmpdir(), 'fastkmeans-io-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const path = (name: string): string => join(dir, name)
  return {
    path,
    write(name, bytes) {
      writeFileSync(path(name), bytes)
      return path(name)
    },
    list: () => readdirSync(dir).sort(),
  }
}

/** Deterministic float32 values, small and large, of both signs. */
export const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7) * 10 ** ((i % 7) - 3))
