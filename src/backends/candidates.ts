/**
 * @file What 'auto' chooses from: for each device an estimate of time and memory, and a check whether it is available. The rates were taken
 * from runs of bench/ on two cores with AMX (the other instruction sets on the same processor) and on one H100. Most runs were within a
 * factor of two of the estimate; well separated clusters took less, points without clusters up to five times as long. That is enough to
 * put the devices in order.
 */
import { availableParallelism } from 'node:os'
import type { Device } from '../options.js'
import { isScreened } from './screenFrom.js'

/** The work to be done: E-steps over n points of d columns with k centroids. */
export interface Work {
  n: number
  d: number
  k: number
  /** Iterations of each run. */
  niter: number
  /** Number of runs. Default 1. */
  nredo?: number
  /** Not E-steps but the table of all distances in float64. */
  table?: boolean
}

/** A device that 'auto' may choose. */
export interface Candidate {
  device: Device
  /** Seconds before the first E-step, when the process uses the device for the first time. */
  start: number
  /** The same when the process has used the device before. Default: as `start`. */
  again?: number
  /** Floating-point or integer operations a second in the scores, of which an E-step has 2·n·k·d. */
  rate: number
  /** The rate on this very processor, if it is known; undefined: `rate` counts. */
  rateHere?(): Promise<number | undefined>
  /** Seconds per row of an E-step, for all that is not the scores. */
  perRow: number
  /** Seconds per value of x (n·d of them) of an E-step, for all that is not the scores. */
  perValue: number
  /** Whether E-steps get faster towards the end of a run, since labels that are proved unchanged are not computed again. */
  settles?: boolean
  /** Whether all cores work. The figures are then those of CORES cores, and scaled to the number of cores here. */
  threaded?: boolean
  /** Bytes beside the caller's points: on the GPU for 'cuda', in this process otherwise. */
  bytes(work: Work): number
  /** Why the device is not available; undefined if it is. */
  obstacle?(gpu: boolean): Promise<string | undefined>
  /** Whether calling `obstacle` takes long. It is not called where plain loops would be done before the device has started. */
  slowToAsk?: boolean
}

/** Number of cores of the machine on which the rates were measured. */
const CORES = 2
/** Where E-steps get faster (settles), niter of them take as long as niter^SETTLING first ones: 10 as 5.6, 25 as 11. */
const SETTLING = 0.75

/** Bytes of one float32 value of x. */
const VALUE = 4

/** Labels and distances (24 bytes a row), the limb sums of one thread, and 64 MB for the rest. */
const hostBytes = ({ n, d, k }: Work): number => 24 * n + 32 * k * d + 64e6
/** The same with limb sums for every thread, and the points packed into one byte per value where the integer screen is used. */
const cpuBytes = ({ n, d, k }: Work): number => (isScreened(k, d) ? n * d : 0) + 24 * n + 16 * k * d * (availableParallelism() + 1) + 32e6
/** As hostBytes, and chunks of scores and of points as tensors. */
const tfjsBytes = (work: Work): number => hostBytes(work) + 256e6

/** Rows packed for the tensor cores take whole lines of so many bytes. */
const LINE = 128
/** From so many clusters on, rows are packed as int8 from the first E-step on, else as float16 (cuda/screen/screenChoice.ts). */
const INT8_FROM = 16_384
/** Bytes per row for its label, its bounds, its distance, and its place in the order by label. */
const ROW = 80
/** An E-step goes through the rows in parts of at most so many, with so many bytes per row for candidates and copies. */
const PART = { rows: 540_672, bytes: 268 }
/** The points, their packed form, and what is kept per row and per centroid, on a Hopper device that holds all of it at once. */
function cudaBytes({ n, d, k }: Work): number {
  const packed = LINE * Math.ceil(((k >= INT8_FROM ? 1 : 2) * d) / LINE)
  return n * (VALUE * d + packed + ROW) + Math.min(n, PART.rows) * (PART.bytes + packed) + 40 * k * d
}

/** Plain loops: the fastest for small problems, since nothing has to start. */
const PLAIN: Candidate = { device: 'reference', start: 0, rate: 0.9e9, perRow: 0, perValue: 0, bytes: hostBytes }

/**
 * Rates of 'cpu' by instruction set. Those of Arm (neon…) are not measured: each is that of the x86 set with products of the same width.
 */
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

/** The devices that compute tables of distances, and how many operations a second, of which a table has 2·n·k·d as scores have. */
export const TABLE_RATES: Readonly<Partial<Record<Device, number>>> = { reference: 1.3e9, cpu: 40e9, wasm: 14e9 }

/** The devices that 'auto' considers. Of equal estimates the earlier one wins. */
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
    again: 0.0001,
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
    // As 'cpu', and the points are copied into the memory of WebAssembly.
    bytes: (work) => VALUE * work.n * work.d + cpuBytes(work),
    obstacle: wasmObstacle,
  },
  { device: 'tfjs:wasm', start: 0.25, rate: 22e9, perRow: 0, perValue: 1e-9, bytes: tfjsBytes },
  {
    device: 'tfjs:tensorflow',
    start: 0.8,
    rate: 90e9,
    perRow: 0,
    perValue: 1e-9,
    bytes: tfjsBytes,
    obstacle: tfjsNodeObstacle,
    slowToAsk: true,
  },
]

/** Seconds for niter iterations and a final E-step in each of nredo runs, at the given rate; without the init. */
function secondsAt({ start, settles, threaded, perRow, perValue }: Candidate, work: Work, rate: number): number {
  const { n, d, k, niter, nredo = 1 } = work
  const steps = nredo * (1 + (settles ? niter ** SETTLING : niter))
  const cores = threaded ? availableParallelism() : CORES
  return start + (steps * n * (perRow + perValue * d + (2 * d * k) / rate) * CORES) / cores
}

/** Seconds for the same by plain loops. */
export const plainSeconds = (work: Work): number => secondsAt(PLAIN, work, PLAIN.rate)

/** Seconds for the same on this machine. rateHere is called only if plain loops would still be running when the device has started. */
export async function secondsOf(candidate: Candidate, work: Work): Promise<number> {
  if (work.table) return secondsAt(candidate, work, TABLE_RATES[candidate.device] ?? candidate.rate)
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

/** Why tfjs-node is not available; with gpu: false its GPU version counts as not available. */
async function tfjsNodeObstacle(gpu: boolean): Promise<string | undefined> {
  const { node } = (await import('./tfjs/tfjs.js')).tfjsAvailable()
  if (node === undefined) return '@tensorflow/tfjs-node is not installed'
  if (!node.built) return `the addon of ${node.name} is not built`
  return node.name.endsWith('-gpu') && !gpu ? 'gpu: false' : undefined
}
