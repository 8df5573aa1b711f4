/**
 * @file The CUDA backend: k-means on NVIDIA devices, through the driver's library alone; no toolkit, nothing compiled on the user's
 * machine. 'cuda' and 'cuda:0' are the first device, 'cuda:1' the second, 'cuda:all' all of them, each with its share of the rows.
 */
import type { Points } from '../../points.js'
import type { Backend, Plan, UpdateResult } from '../backend.js'
import { openShards } from '../shards.js'
import { openDevice, startDriver } from './driver/driver.js'
import type { Device, Driver } from './driver/driver.js'
import { eStepModules } from './eStep/eStep.js'
import { loadModules } from './driver/kernel.js'
import { bytesTogether } from './mStep/limbSums.js'
import { updateTogether } from './mStep/mStep.js'
import { connectDevices } from './mStep/peers.js'
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
  if (devices.length === 1) return { name, open: (points, plan) => openSession(devices[0], points, plan) }
  await connectDevices(devices)
  return {
    name,
    open: (points, plan) =>
      openShards(
        points,
        plan,
        // The first device adds up.
        devices.map((device, i) => (part, { memoryBudget = Infinity, ...partPlan }) => {
          const taken = i === 0 ? bytesTogether(plan.k, points.d) : 0
          return openSession(device, part, { ...partPlan, memoryBudget: memoryBudget - taken })
        }),
        updateShards,
      ),
  }
}

/** With the modules that a training needs: while they are translated, other calls would wait for it, and the event loop with them. */
async function openSession(device: Device, points: Points, plan: Plan): Promise<CudaSession> {
  const { n, d } = points
  await loadModules(device, ['stats', 'sums', 'update', ...eStepModules(device.info, { n, d, leads: () => [] }, plan.k)])
  return new CudaSession(device, points, plan)
}

/** The M-step of shares of the points, each on its device: their sums do not pass through the host. */
export async function updateShards(sessions: readonly CudaSession[]): Promise<UpdateResult> {
  return updateTogether(await Promise.all(sessions.map((session) => session.mStep())))
}

async function found(which: string, start: () => Promise<Driver>): Promise<Device[]> {
  const driver = await start()
  const ordinals = which === 'all' ? driver.devices.map(({ ordinal }) => ordinal) : [Number(which)]
  return Promise.all(ordinals.map((ordinal) => openDevice(driver, ordinal)))
}
