/**
 * @file The CUDA backend: k-means on NVIDIA devices, through the driver's library alone; no toolkit, nothing compiled on the user's machine.
 * 'cuda' and 'cuda:0' are the first device, 'cuda:1' the second, 'cuda:all' all of them, each with its share of the rows.
 */
import type { Backend } from '../backend.js'
import { openShards } from '../shards.js'
import { openDevice, startDriver } from './driver.js'
import type { Device, Driver } from './driver.js'
import { CudaSession } from './session.js'

/** Whether there is a driver that can be used, with a device; and why not. Starts the driver, no context. */
export async function cudaAvailable(start = startDriver): Promise<{ available: boolean; why: string }> {
  try {
    const { devices } = await start()
    return { available: true, why: devices[0].name }
  } catch (error) {
    return { available: false, why: (error as Error).message }
  }
}

/**
 * The backend of one device or of all.
 * @param which 'all', or the number of a device as nvidia-smi and CUDA_VISIBLE_DEVICES count them
 * @throws Error where koffi, the driver, a newer driver or the device is not there, with the way to get it
 */
export async function openCuda(which = '0', start: () => Promise<Driver> = startDriver): Promise<Backend> {
  const devices = await found(which, start).catch((error: unknown) => {
    throw new Error(`openCuda: expected device 'cuda:${which}', got none: ${(error as Error).message}; or use device 'cpu'`, {
      cause: error,
    })
  })
  const name = `cuda:${which}`
  if (devices.length === 1) return { name, open: async (points, plan) => new CudaSession(devices[0], points, plan) }
  return {
    name,
    open: (points, plan) =>
      openShards(
        points,
        plan,
        devices.map((device) => async (part, partPlan) => new CudaSession(device, part, partPlan)),
      ),
  }
}

async function found(which: string, start: () => Promise<Driver>): Promise<Device[]> {
  const driver = await start()
  const ordinals = which === 'all' ? driver.devices.map(({ ordinal }) => ordinal) : [Number(which)]
  return Promise.all(ordinals.map((ordinal) => openDevice(driver, ordinal)))
}
