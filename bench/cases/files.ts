/** @file The points of a case as files, made once: what every library reads, so that all are given the same bytes. */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { random, sampleWithoutReplacement, STREAM } from '../../src/random.js'
import { DATA } from '../cache.js'
import type { BenchCase } from './cases.js'
import { hasClasses } from './generate.js'
import { writeInParts } from './parts.js'
import { isReal, REAL } from './real.js'

/** Raised whenever a generator changes, so that points which an older one wrote are not taken. */
const VERSION = 'v1'
/** Bytes that one call of the system reads or writes at most. */
const PORTION = 2 ** 30

/** A case whose points lie on the disk. Plain numbers, native byte order. */
export interface CaseFiles {
  /** n·d float32, row-major. */
  x: string
  /** k int32: the rows that are the initial centroids. */
  start: string
  /** n int32: the classes, where there are any. */
  truth?: string
}

/** The files of a case; those that are missing are made. */
export async function caseFiles(c: BenchCase): Promise<CaseFiles> {
  const { kind, n, d, k, seed = 0 } = c
  const folder = join(DATA, VERSION, isReal(kind) ? kind : `${kind}-${n}x${d}-k${k}`)
  mkdirSync(folder, { recursive: true })
  const x = join(folder, 'x.f32')
  const truth = join(folder, 'labels.i32')
  if (!existsSync(x)) {
    if (isReal(kind)) {
      const { x: points, labels } = await REAL[kind]()
      if (labels !== undefined) writeArrays(truth, [labels])
      writeArrays(x, points.blocks)
    } else await writeInParts({ ...c, kind }, x, hasClasses(kind) ? truth : undefined)
  }
  const start = join(folder, `start-${k}-s${seed}.i32`)
  if (!existsSync(start)) writeArrays(start, [Int32Array.from(sampleWithoutReplacement(n, k, random(seed, STREAM.init)))])
  return { x, start, ...(existsSync(truth) && { truth }) }
}

/** Writes pieces one after the other into a file, which is there as a whole or not at all. */
export function writeArrays(path: string, arrays: readonly (Float32Array | Int32Array)[]): void {
  const file = openSync(`${path}.part`, 'w')
  for (const { buffer, byteOffset, byteLength } of arrays)
    for (let at = 0; at < byteLength;) at += writeSync(file, new Uint8Array(buffer, byteOffset + at, Math.min(PORTION, byteLength - at)))
  closeSync(file)
  renameSync(`${path}.part`, path)
}

/** Reads a file of float32 as blocks of whole rows. */
export function readBlocks(path: string, d: number): Float32Array[] {
  const file = openSync(path, 'r')
  const rows = fstatSync(file).size / 4 / d
  const blockRows = Math.floor(PORTION / 4 / d)
  const blocks: Float32Array[] = []
  for (let row = 0; row < rows; row += blockRows) {
    const block = new Float32Array(Math.min(blockRows, rows - row) * d)
    readWhole(file, block)
    blocks.push(block)
  }
  closeSync(file)
  return blocks
}

/** Reads a file of float32 into one array. */
export const readFloats = (path: string): Float32Array => readAll(path, Float32Array)

/** Reads a file of int32 into one array. */
export const readIntegers = (path: string): Int32Array => readAll(path, Int32Array)

function readAll<Values extends Float32Array | Int32Array>(path: string, Kind: new (length: number) => Values): Values {
  const file = openSync(path, 'r')
  const values = new Kind(fstatSync(file).size / 4)
  readWhole(file, values)
  closeSync(file)
  return values
}

function readWhole(file: number, { buffer, byteLength }: Float32Array | Int32Array): void {
  for (let at = 0; at < byteLength;) {
    const got = readSync(file, new Uint8Array(buffer, at, Math.min(PORTION, byteLength - at)))
    if (got === 0) throw new Error(`readWhole: expected ${byteLength} bytes, got ${at}`)
    at += got
  }
}

/** Removes a case's points, for sizes of which only one fits on the disk or in memory at a time. */
export function discardCase(files: CaseFiles): void {
  rmSync(dirname(files.x), { recursive: true, force: true })
}
