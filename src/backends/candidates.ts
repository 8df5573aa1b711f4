/**
 * @file What 'auto' chooses from: for each device an estimate of time and memory, and how to find out whether it is there. Rates were read off
 * runs of bench/ (two cores with AVX-512, one H100); they order the devices, and promise nothing to the second.
 */
import { availableParallelism } from 'node:os'
import type { Device } from '../options.js'

/** The work to be done: E-steps over n points of d columns and k centroids. */
export interface Work {
  n: number
  d: number
  k: number
  niter: number
}

/** A device that 'auto' may take. */
export interface Candidate {
  device: Device
  /** Seconds before the first E-step. */
  start: number
  /** Multiplications and additions a second. */
  rate: number
  /** Seconds per E-step and value of x, for what is done beside the scores. */
  perValue: number
  /** Bytes beyond the caller's points; of 'cuda' on the device. */
  bytes(work: Work): number
  /** Why it cannot be had; undefined where it can. */
  obstacle?(gpu: boolean): Promise<string | undefined>
  /** To ask takes time: it is not asked where plain loops would be done before it has started. */
  slowToAsk?: boolean
}

/** Bytes of one float32 value of x. */
const VALUE = 4

/** Labels, distances, limb sums of one thread, and what a process takes on the way. */
const hostBytes = ({ n, d, k }: Work): number => 24 * n + 32 * k * d + 64e6
/** The same, packed points in half their size, and limb sums for every thread. */
const cpuBytes = ({ n, d, k }: Work): number => (VALUE * n * d) / 2 + 24 * n + 16 * k * d * (availableParallelism() + 1) + 64e6
/** Chunks of scores and of points as tensors. */
const tfjsBytes = (work: Work): number => hostBytes(work) + 256e6

/** Packed for the tensor cores, rows take whole lines of this many bytes; in int8 from the first E-step on with so many clusters (cuda/screenChoice.ts). */
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
export const PLAIN: Candidate = { device: 'reference', start: 0, rate: 0.9e9, perValue: 0, bytes: hostBytes }

/** All that 'auto' considers; their order decides between equal estimates. */
export const CANDIDATES: readonly Candidate[] = [
  {
    device: 'cuda',
    start: 0.6,
    rate: 300e12,
    perValue: 5e-11,
    bytes: cudaBytes,
    obstacle: cudaObstacle,
    slowToAsk: true,
  },
  PLAIN,
  { device: 'cpu', start: 0.05, rate: 600e9, perValue: 0.5e-9, bytes: cpuBytes, obstacle: cpuObstacle },
  {
    device: 'wasm',
    start: 0.04,
    rate: 330e9,
    perValue: 0.8e-9,
    // A copy of the points beside it.
    bytes: (work) => VALUE * work.n * work.d + cpuBytes(work),
    obstacle: wasmObstacle,
  },
  { device: 'tfjs:wasm', start: 0.25, rate: 22e9, perValue: 1e-9, bytes: tfjsBytes },
  { device: 'tfjs:tensorflow', start: 0.8, rate: 90e9, perValue: 1e-9, bytes: tfjsBytes, obstacle: tfjsNodeObstacle },
]

/** start + work ÷ rate. */
export function secondsOf({ start, rate, perValue }: Candidate, { n, d, k, niter }: Work): number {
  return start + (niter + 1) * n * d * ((2 * k) / rate + perValue)
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
