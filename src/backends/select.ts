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

/** What 'auto' may take. Rates are multiplications and additions per second, measured on two cores of an AMD EPYC (Zen 4). */
interface Candidate {
  device: Device
  start: number
  rate: number
  /** Seconds per E-step and value of x, for what is done beside the scores. */
  perValue: number
  available(gpu: boolean): Promise<boolean>
}

const CANDIDATES: readonly Candidate[] = [
  { device: 'reference', start: 0, rate: 0.9e9, perValue: 0, available: async () => true },
  { device: 'tfjs:wasm', start: 0.25, rate: 22e9, perValue: 1e-9, available: async () => true },
  { device: 'tfjs:tensorflow', start: 0.8, rate: 90e9, perValue: 1e-9, available: tfjsNodeInstalled },
]

/** Whether tfjs-node can be expected to open; tfjs-node-gpu only where GPUs are wanted. */
async function tfjsNodeInstalled(gpu: boolean): Promise<boolean> {
  const { node } = (await import('./tfjs/tfjs.js')).tfjsAvailable()
  return node !== undefined && node.built && (gpu || !node.name.endsWith('-gpu'))
}

/** Devices of the design that this version does not have yet. */
const ABSENT = ['cpu', 'wasm', 'webgpu', 'cuda']

/**
 * @throws Error where a device that was asked for by name is not there, with the reason and the way to get it
 */
export async function selectBackend(where: string, options: Pick<Options, 'device' | 'gpu'>, work: Work): Promise<Choice> {
  const { device, gpu } = options
  if (device === 'auto') return chooseAutomatically(where, gpu, work)
  const [kind, detail] = device.split(':')
  if (kind === 'reference') return { backend: (await import('./reference.js')).reference, why: "device: 'reference'" }
  if (kind === 'tfjs') return { backend: await (await import('./tfjs/tfjs.js')).openTfjs(detail), why: `device: '${device}'` }
  if (ABSENT.includes(kind))
    throw new Error(`${where}: device '${device}' is not there: this version has no ${kind} backend; use 'auto', 'tfjs' or 'reference'`)
  throw new Error(`${where}: expected a device, got '${device}'`)
}

async function chooseAutomatically(where: string, gpu: boolean, work: Work): Promise<Choice> {
  const estimates: { device: Device; seconds: number }[] = []
  for (const candidate of CANDIDATES) {
    if (!(await candidate.available(gpu))) continue
    const { n, d, k, niter } = work
    const seconds = candidate.start + (niter + 1) * n * d * ((2 * k) / candidate.rate + candidate.perValue)
    estimates.push({ device: candidate.device, seconds })
  }
  estimates.sort((a, b) => a.seconds - b.seconds)
  const { backend } = await selectBackend(where, { device: estimates[0].device, gpu }, work)
  const others = estimates.slice(1).map(({ device, seconds }) => `${device} ${readable(seconds)}`)
  return { backend, why: `auto: estimated ${readable(estimates[0].seconds)}${others.length > 0 ? `, ${others.join(', ')}` : ''}` }
}

function readable(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`
  return seconds < 100 ? `${seconds.toPrecision(2)} s` : `${Math.round(seconds)} s`
}
