/** @file Threads that copy to a device, started at the first upload. */
import { availableParallelism } from 'node:os'
import type { CudaApi, Pointer } from '../driver/api.js'
import { DeviceThread } from './deviceThread.js'
import { STOP } from './uploadLane.js'

/** Threads at most: one fills 5 GB/s on the machine measured, the bus takes 50. */
const MOST_THREADS = 8

/** The C library that has memcpy; null: the process itself. */
const RUNTIME = process.platform === 'win32' ? 'msvcrt.dll' : null

type UploadThread = DeviceThread<{ pieces: Float64Array; control: Int32Array }, number>

/** Copies by threads of their own, as many as pay. */
export function uploadThreads(library: string): CudaApi['upload'] {
  const pools = new Map<Pointer, UploadThread[]>()
  return async (context, pieces, control) => {
    let threads = pools.get(context)
    if (threads === undefined || threads.some(({ ended }) => ended)) {
      const start = (): UploadThread => new DeviceThread('./uploadThread.js', { library, context, runtime: RUNTIME })
      threads = Array.from({ length: Math.min(MOST_THREADS, availableParallelism()) }, start)
      pools.set(context, threads)
    }
    const stopOthers = (error: unknown): never => {
      Atomics.store(control, STOP, 1)
      throw error
    }
    // Nobody goes on before all have stopped: what they read and write belongs to the caller again.
    const results = await Promise.allSettled(threads.map((thread) => thread.run({ pieces, control }).catch(stopOthers)))
    const lost = results.find((result) => result.status === 'rejected')
    if (lost !== undefined) throw lost.reason
    return results.map((result) => (result as PromiseFulfilledResult<number>).value).find((code) => code !== 0) ?? 0
  }
}
