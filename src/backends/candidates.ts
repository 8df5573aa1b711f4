/**
 * @file What 'auto' chooses from: for each device an estimate of time and memory, and how to find out whether it is there. Rates were read off
 * runs of bench/ (two cores with AMX, the other instruction sets on the same, one H100) so that most lie within a factor of two: clusters that are
 * far apart take less, noise takes more, up to five times. They order the devices, and promise nothing to the second.
 */
import { availableParallelism } from 'node:os'
import type { Device } from '../options.js'
import { isScreened } from './screenFrom.js'

/** The work to be done: E-steps over n points of d columns and k centroids. */
export interface Work {
  n: number
  d: number
  k: number
  /** Of each run. */
  niter: number
  /** Runs; default 1. */
  nredo?: number
}

/** A device that 'auto' may take. */
export interface Candidate {
  device: Device
  /** Seconds before the first E-step. */
  start: number
  /** The same where this process has had the device before; default: start. */
  again?: number
  /** Multiplications and additions a second. */
  rate: number
  /** The rate of this processor instead, where that can be told. */
  rateHere?(): Promise<number | undefined>
  /** Seconds per E-step and row, and per E-step and value of x, for what is done beside the scores. */
  perRow: number
  perValue: number
  /** Whether E-steps look at less the nearer the end is. */
  settles?: boolean
  /** Whether all cores work: the figures are those of CORES then, and taken to fall in proportion. */
  threaded?: boolean
  /** Bytes beyond the caller's points; of 'cuda' on the device. */
  bytes(work: Work): number
  /** Why it cannot be had; undefined where it can. */
  obstacle?(gpu: boolean): Promise<string | undefined>
  /** To ask takes time: it is not asked where plain loops would be done before it has started. */
  slowToAsk?: boolean
}

const CORES = 2
/** niter E-steps that settle take as long as niter to this power: 10 as 5.6, 25 as 11. */
const SETTLING = 0.75

/** Bytes of one float32 value of x. */
const VALUE = 4

/** Labels, distances, limb sums of one thread, and what a process takes on the way. */
const hostBytes = ({ n, d, k }: Work): number => 24 * n + 32 * k * d + 64e6
/** The same, limb sums for every thread, and points packed into bytes where they are screened. */
const cpuBytes = ({ n, d, k }: Work): number => (isScreened(k, d) ? n * d : 0) + 24 * n + 16 * k * d * (availableParallelism() + 1) + 32e6
/** Chunks of scores and of points as tensors. */
const tfjsBytes = (work: Work): number => hostBytes(work) + 256e6

/** Packed for the tensor cores, rows take whole lines of this many bytes; in int8 from the first E-step on with so many clusters (cuda/screen/screenChoice.ts). */
const LINE = 128
const INT8_FROM = 16_384
/** Labels, sums' orders, bounds, limits, distances of a row; candidates and copies of the rows of a part, of which so many are at most. */
const ROW = 80
const PART = { rows: 540_672, bytes: 268 }
/** The points, their packing, what is kept of rows and centroids, where all stay on a Hopper device. */
function cudaBytes({ n, d, k }: Work): number {
  const packed = LINE * Math.ceil(((k >= INT8_FROM ? 1 : 2) * d) / LINE)
  return n * (VALUE * d + packed + ROW) + Math.min(n, PART.rows) * (PART.bytes + packed) + 40 * k * d
}

/** Plain loops: what is quickest while nothing has to start. */
export const PLAIN: Candidate = { device: 'reference', start: 0, rate: 0.9e9, perRow: 0, perValue: 0, bytes: hostBytes }

/** Of 'cpu', by instruction set. Not measured: those of Arm, which stand where sets of x86 with products as wide do. */
const CPU_RATES: Readonly<Record<string, number>> = {
  amx: 1350e9,
  avx512vnni: 900e9,
  avxvnni: 600e9,
  avx2: 420e9,
  neonmatrix: 600e9,
  neondot: 420e9,
  neon: 200e9,
  plain: 24e9,
}

/** All that 'auto' considers; their order decides between equal estimates. */
export const CANDIDATES: readonly Candidate[] = [
  {
    device: 'cuda',
    start: 0.6,
    rate: 3e15,
    perRow: 0,
    perValue: 5e-11,
    bytes: cudaBytes,
    obstacle: cudaObstacle,
    slowToAsk: true,
  },
  PLAIN,
  {
    device: 'cpu',
    start: 0.05,
    again: 0.002,
    rate: CPU_RATES.avx2,
    rateHere: async () => CPU_RATES[(await import('./cpu/cpu.js')).cpuIsa() ?? ''],
    perRow: 38e-9,
    perValue: 0.4e-9,
    settles: true,
    threaded: true,
    bytes: cpuBytes,
    obstacle: cpuObstacle,
  },
  {
    device: 'wasm',
    start: 0.04,
    rate: 220e9,
    perRow: 72e-9,
    perValue: 1.1e-9,
    settles: true,
    threaded: true,
    // A copy of the points beside it.
    bytes: (work) => VALUE * work.n * work.d + cpuBytes(work),
    obstacle: wasmObstacle,
  },
  { device: 'tfjs:wasm', start: 0.25, rate: 22e9, perRow: 0, perValue: 1e-9, bytes: tfjsBytes },
  { device: 'tfjs:tensorflow', start: 0.8, rate: 90e9, perRow: 0, perValue: 1e-9, bytes: tfjsBytes, obstacle: tfjsNodeObstacle },
]

/** Seconds of all runs, where none ends early, and of the E-step that follows each; without the init. At the rate that is given. */
export function secondsAt({ start, settles, threaded, perRow, perValue }: Candidate, work: Work, rate: number): number {
  const { n, d, k, niter, nredo = 1 } = work
  const steps = nredo * (1 + (settles ? niter ** SETTLING : niter))
  const cores = threaded ? availableParallelism() : CORES
  return start + (steps * n * (perRow + perValue * d + (2 * d * k) / rate) * CORES) / cores
}

/** Seconds of plain loops. */
export const plainSeconds = (work: Work): number => secondsAt(PLAIN, work, PLAIN.rate)

/** The same on this processor, which is asked only where plain loops would not be done before. */
export async function secondsOf(candidate: Candidate, work: Work): Promise<number> {
  const asked = candidate.rateHere !== undefined && candidate.start < plainSeconds(work)
  return secondsAt(candidate, work, (asked ? await candidate.rateHere?.() : undefined) ?? candidate.rate)
}

async function cudaObstacle(gpu: boolean): Promise<string | undefined> {
  if (!gpu) return 'gpu: false'
  const { available, why } = await (await import('./cuda/cuda.js')).cudaAvailable()
  return available ? undefined : why
}

async function cpuObstacle(): Promise<string | undefined> {
  const { available, why } = (await import('./cpu/cpu.js')).cpuAvailable()
  return available ? undefined : why
}

async function wasmObstacle(): Promise<string | undefined> {
  const { available, why } = (await import('./wasm/wasm.js')).wasmAvailable()
  return available ? undefined : why
}

/** tfjs-node-gpu is taken only where GPUs are wanted. */
async function tfjsNodeObstacle(gpu: boolean): Promise<string | undefined> {
  const { node } = (await import('./tfjs/tfjs.js')).tfjsAvailable()
  if (node === undefined) return '@tensorflow/tfjs-node is not installed'
  if (!node.built) return `the addon of ${node.name} is not built`
  return node.name.endsWith('-gpu') && !gpu ? 'gpu: false' : undefined
}
