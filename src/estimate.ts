/** @file What a training would take, on every device, before any data is touched. */
import { CANDIDATES, secondsOf } from './backends/candidates.js'
import { checkSize } from './options.js'
import type { Device, Options } from './options.js'

/** What a training would take on one device. */
export interface Estimate {
  device: Device
  /**
   * Seconds of all iterations of all runs (nredo), where none ends early; without the init. From rates measured on two cores of each instruction set
   * and on an H100, in proportion to the cores: mostly within a factor of two; noise without
   * clusters took up to five times as long.
   */
  seconds: number
  /** Bytes beyond the points of the caller, at most about; of 'cuda' on the device. */
  bytes: number
  /** Points trained on: n, or maxPointsPerCentroid · k where that is less. */
  n: number
  /** Why the device is not here; undefined where it is. */
  obstacle?: string
}

/**
 * Estimates for n points, those of devices that are here first, the fastest first.
 * @throws RangeError for an n that cannot be
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
