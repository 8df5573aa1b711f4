/** @file Estimates how long a training would take on every device, and how much memory, before any data is touched. */
import { CANDIDATES, secondsOf } from './backends/candidates.js'
import { checkSize } from './options.js'
import type { Device, Options } from './options.js'

/** How long a training would take on one device, and how much memory. */
export interface Estimate {
  /** The device, as the option of that name takes it. */
  device: Device
  /**
   * Seconds for all niter iterations of all nredo runs, without the init. Based on rates measured on two cores with each instruction set
   * and on an H100, and scaled to the number of cores. Most trainings were within a factor of two of it; points without any clusters took
   * up to five times as long.
   */
  seconds: number
  /** Upper estimate of the memory in bytes, beside your points: on the GPU for 'cuda', in this process otherwise. */
  bytes: number
  /** Number of points that would be trained on: n, or maxPointsPerCentroid · k where that is less. */
  n: number
  /** Why the device is not available on this machine; undefined where it is. */
  obstacle?: string
}

/**
 * Estimates for n points: available devices first, and the fastest first.
 * @throws RangeError unless n is a positive integer below 2^31
 */
export async function estimate(where: string, options: Options & { d: number; k: number }, n: number): Promise<Estimate[]> {
  checkSize(where, 'n', n)
  const { d, k, niter, nredo, maxPointsPerCentroid, gpu } = options
  const trained = maxPointsPerCentroid === null ? n : Math.min(n, maxPointsPerCentroid * k)
  const work = { n: trained, d, k, niter, nredo }
  const estimates = await Promise.all(
    CANDIDATES.map(async (candidate) => {
      const obstacle = await candidate.obstacle?.(gpu)
      const known = { device: candidate.device, seconds: await secondsOf(candidate, work), bytes: candidate.bytes(work), n: trained }
      return obstacle === undefined ? known : { ...known, obstacle }
    }),
  )
  return estimates.sort((a, b) => Number('obstacle' in a) - Number('obstacle' in b) || a.seconds - b.seconds)
}
