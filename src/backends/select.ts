/**
 * @file From the option `device` to a backend. Beside candidates.ts the only file that names backends; each is loaded when it is first
 * used. 'auto' takes the available device with the least estimated time. Nothing is measured for it, and a device that could not be used is
 * named in stats.why.
 */
import type { Device, Options } from '../options.js'
import type { Backend } from './backend.js'
import { CANDIDATES, plainSeconds, secondsOf, TABLE_RATES } from './candidates.js'
import type { Candidate, Work } from './candidates.js'

/** The backend that is used, and why. */
export interface Choice {
  backend: Backend
  /** The device as the option has it: backend.name may say more, such as the instruction set. */
  device: Device
  /** The reason, for stats.why. */
  why: string
}

/** Devices that are planned, but not in this version. */
const ABSENT = ['webgpu']

/** Devices that this process has used already. */
const opened = new Set<Device>()
/** Seconds that work in this process has been estimated to take longer than on a device that would have been faster, had it been started. */
const missed = new Map<Device, number>()

/**
 * The backend for the options, loaded.
 * @param work the work to be done, by which 'auto' chooses
 * @throws Error if a device that was asked for by name is not available; the message gives the reason and the way to get it
 */
export async function selectBackend(where: string, options: Pick<Options, 'device' | 'gpu'>, work: Work): Promise<Choice> {
  const { device, gpu } = options
  if (device === 'auto') return chooseAutomatically(where, gpu, work)
  return { backend: await open(where, device), device, why: `device: '${device}'` }
}

/**
 * The backend that computes the table of all distances: the device by name, if it is one of those that can. Otherwise, as with 'auto', the one
 * of them with the least estimated time: the table is the same to the bit.
 * @throws Error as selectBackend does
 */
export async function selectTableBackend(where: string, options: Pick<Options, 'device' | 'gpu'>, work: Work): Promise<Choice> {
  const device = TABLE_RATES[options.device] === undefined ? 'auto' : options.device
  return selectBackend(where, { ...options, device }, { ...work, table: true })
}

async function open(where: string, device: Device): Promise<Backend> {
  const backend = await load(where, device)
  opened.add(device)
  return backend
}

async function load(where: string, device: Device): Promise<Backend> {
  const [kind, detail] = device.split(':')
  if (kind === 'reference') return (await import('./reference.js')).reference
  if (kind === 'cpu') return (await import('./cpu/cpu.js')).openCpu()
  if (kind === 'wasm') return (await import('./wasm/wasm.js')).openWasm()
  if (kind === 'cuda') return (await import('./cuda/cuda.js')).openCuda(detail)
  if (kind === 'tfjs') return (await import('./tfjs/tfjs.js')).openTfjs(detail)
  if (ABSENT.includes(kind))
    throw new Error(
      `${where}: device '${device}' is not there: this version has no ${kind} backend; use 'auto', 'cuda', 'cpu', 'wasm', 'tfjs' or 'reference'`,
    )
  throw new Error(`${where}: expected a device, got '${device}'`)
}

async function chooseAutomatically(where: string, gpu: boolean, work: Work): Promise<Choice> {
  const estimates: { device: Device; seconds: number }[] = []
  const obstacles: string[] = []
  for (const candidate of CANDIDATES) {
    const { device, start, obstacle, slowToAsk } = candidate
    if (work.table && TABLE_RATES[device] === undefined) continue
    if (slowToAsk && start > plainSeconds(work)) continue
    const why = await obstacle?.(gpu)
    if (why === undefined) estimates.push({ device, seconds: await secondsOf(asItIs(candidate), work) })
    else if (device === 'cuda' || device === 'cpu' || device === 'wasm') obstacles.push(`no ${device}: ${why}`)
  }
  estimates.sort((a, b) => a.seconds - b.seconds)
  for (const [i, { device, seconds }] of estimates.entries()) {
    try {
      const backend = await open(where, device)
      await regret(seconds, work)
      const others = estimates.slice(i + 1).map((other) => `${other.device} ${readable(other.seconds)}`)
      return { backend, device, why: `auto: ${[`estimated ${readable(seconds)}`, ...others, ...obstacles].join(', ')}` }
    } catch (error) {
      obstacles.push(`no ${device}: ${(error as Error).message}`)
    }
  }
  throw new Error(`${where}: expected a device, got none: ${obstacles.join(', ')}`)
}

/**
 * The candidate as it is now: a device that this process has used before starts faster. So does one that much work has missed: many small
 * trainings together take no more than about twice as long as if it had been known that they would be many.
 */
function asItIs(candidate: Candidate): Candidate {
  const { device, start, again = start } = candidate
  return { ...candidate, start: opened.has(device) ? again : Math.max(again, start - (missed.get(device) ?? 0)) }
}

/** Notes by how much work that takes so many seconds would have been faster on devices that have not been started. */
async function regret(seconds: number, work: Work): Promise<void> {
  for (const candidate of CANDIDATES) {
    const { device, again } = candidate
    if (again === undefined || opened.has(device)) continue
    const less = seconds - (await secondsOf({ ...candidate, start: again }, work))
    if (less > 0) missed.set(device, (missed.get(device) ?? 0) + less)
  }
}

function readable(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`
  return seconds < 100 ? `${seconds.toPrecision(2)} s` : `${Math.round(seconds)} s`
}
