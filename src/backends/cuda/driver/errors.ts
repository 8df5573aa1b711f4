/** @file What the driver's codes become: errors that name what was expected, what came, and the way out. */
import type { CudaApi } from './api.js'
import type { Device } from './driver.js'

/** CUDA_ERROR_OUT_OF_MEMORY */
export const OUT_OF_MEMORY = 2
/** Codes after which a context answers every call with an error: faults of a kernel or of the hardware. */
const STICKY: ReadonlySet<number> = new Set([214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 722, 999])

/** What the driver said, as an Error; `cuda` is its name for it. */
export function cudaError(api: CudaApi, code: number, doing: string, wayOut = ''): Error & { cuda: string } {
  const cuda = api.errorName(code)
  return Object.assign(new Error(`cuda: expected ${doing}, got ${cuda}${wayOut && `; ${wayOut}`}`), { cuda })
}

/**
 * Throws unless the code is 0. A fault of the context is remembered on its device.
 * @param doing what was expected, in words: 'to copy 12 MB to the device'
 */
export function check(device: Pick<Device, 'api' | 'info' | 'lost'>, code: number, doing: string): void {
  if (code === 0) return
  const { api, info } = device
  if (STICKY.has(code)) {
    device.lost ??= api.errorName(code)
    throw cudaError(api, code, doing, `cuda:${info.ordinal} cannot be used any more in this process; start a new one`)
  }
  throw cudaError(api, code, doing)
}

/** A device out of memory: what was asked for, what is free, and the way out. */
export function memoryError({ api, info }: Pick<Device, 'api' | 'info'>, code: number, bytes: number, what: string): Error {
  const free = new BigUint64Array(1)
  const total = new BigUint64Array(1)
  const known = api.memGetInfo(free, total) === 0
  const room = known ? ` (${readable(Number(free[0]))} of ${readable(Number(total[0]))} free on cuda:${info.ordinal})` : ''
  const wayOut = code === OUT_OF_MEMORY ? 'close what else uses the device, or set memoryBudget lower to stream the points in blocks' : ''
  return cudaError(api, code, `${readable(bytes)} of memory for ${what}${room}`, wayOut)
}

/** '1.2 GB' */
export function readable(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toPrecision(3)} GB`
  return bytes >= 1e6 ? `${(bytes / 1e6).toPrecision(3)} MB` : `${bytes} bytes`
}

/** @throws Error where a fault ended the device's context */
export function expectLive({ lost, info }: Pick<Device, 'lost' | 'info'>): void {
  if (lost !== undefined)
    throw new Error(`cuda: expected cuda:${info.ordinal} to work, but its context failed before (${lost}); start a new process`)
}
