/**
 * @file From the option `device` to a backend: the one file that names them. Backends are loaded only when they are taken. 'auto' estimates
 * the time of each that is there (start + work ÷ rate) and takes the least; nothing is measured and nothing falls back without saying so.
 */
import type { Device, Options } from '../options.js'
import type { Backend } from './backend.js'

export interface Choice {
  backend: Backend
  /** The reason, for stats.why. */
  why: string
}

/** The work to be done: E-steps over n points of d columns and k centroids. */
export interface Work {
  n: number
  d: number
  k: number
  niter: number
}

/** What 'auto' may take. Rates are multiplications and additions per second, measured on two cores (AVX-512). */
interface Candidate {
  device: Device
  /** Seconds before the first E-step. */
  start: number
  rate: number
  /** Seconds per E-step and value of x, for what is done beside the scores. */
  perValue: number
  /** Why it cannot be had; undefined where it can. */
  obstacle?(gpu: boolean): Promise<string | undefined>
  /** To ask takes time: it is not asked where plain loops would be done before it has started. */
  slowToAsk?: boolean
}

const PLAIN: Candidate = { device: 'reference', start: 0, rate: 0.9e9, perValue: 0 }

const CANDIDATES: readonly Candidate[] = [
  { device: 'cuda', start: 0.6, rate: 20e12, perValue: 5e-11, obstacle: cudaObstacle, slowToAsk: true },
  PLAIN,
  { device: 'cpu', start: 0.05, rate: 250e9, perValue: 1.5e-9, obstacle: cpuObstacle },
  { device: 'wasm', start: 0.06, rate: 130e9, perValue: 3e-9, obstacle: wasmObstacle },
  { device: 'tfjs:wasm', start: 0.25, rate: 22e9, perValue: 1e-9 },
  { device: 'tfjs:tensorflow', start: 0.8, rate: 90e9, perValue: 1e-9, obstacle: tfjsNodeObstacle },
]

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

/** Devices of the design that this version does not have yet. */
const ABSENT = ['webgpu']

/**
 * @throws Error where a device that was asked for by name is not there, with the reason and the way to get it
 */
export async function selectBackend(where: string, options: Pick<Options, 'device' | 'gpu'>, work: Work): Promise<Choice> {
  const { device, gpu } = options
  if (device === 'auto') return chooseAutomatically(where, gpu, work)
  const [kind, detail] = device.split(':')
  if (kind === 'reference') return { backend: (await import('./reference.js')).reference, why: "device: 'reference'" }
  if (kind === 'cpu') return { backend: await (await import('./cpu/cpu.js')).openCpu(), why: `device: '${device}'` }
  if (kind === 'wasm') return { backend: await (await import('./wasm/wasm.js')).openWasm(), why: `device: '${device}'` }
  if (kind === 'cuda') return { backend: await (await import('./cuda/cuda.js')).openCuda(detail), why: `device: '${device}'` }
  if (kind === 'tfjs') return { backend: await (await import('./tfjs/tfjs.js')).openTfjs(detail), why: `device: '${device}'` }
  if (ABSENT.includes(kind))
    throw new Error(
      `${where}: device '${device}' is not there: this version has no ${kind} backend; use 'auto', 'cpu', 'wasm', 'tfjs' or 'reference'`,
    )
  throw new Error(`${where}: expected a device, got '${device}'`)
}

async function chooseAutomatically(where: string, gpu: boolean, work: Work): Promise<Choice> {
  const estimates: { device: Device; seconds: number }[] = []
  const obstacles: string[] = []
  for (const candidate of CANDIDATES) {
    const { device, start, obstacle, slowToAsk } = candidate
    if (slowToAsk && start > secondsOf(PLAIN, work)) continue
    const why = await obstacle?.(gpu)
    if (why === undefined) estimates.push({ device, seconds: secondsOf(candidate, work) })
    else if (device === 'cuda' || device === 'cpu' || device === 'wasm') obstacles.push(`no ${device}: ${why}`)
  }
  estimates.sort((a, b) => a.seconds - b.seconds)
  for (const [i, { device, seconds }] of estimates.entries()) {
    try {
      const { backend } = await selectBackend(where, { device, gpu }, work)
      const others = estimates.slice(i + 1).map((other) => `${other.device} ${readable(other.seconds)}`)
      return { backend, why: `auto: ${[`estimated ${readable(seconds)}`, ...others, ...obstacles].join(', ')}` }
    } catch (error) {
      obstacles.push(`no ${device}: ${(error as Error).message}`)
    }
  }
  throw new Error(`${where}: expected a device, got none: ${obstacles.join(', ')}`)
}

function secondsOf({ start, rate, perValue }: Candidate, { n, d, k, niter }: Work): number {
  return start + (niter + 1) * n * d * ((2 * k) / rate + perValue)
}

function readable(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`
  return seconds < 100 ? `${seconds.toPrecision(2)} s` : `${Math.round(seconds)} s`
}
