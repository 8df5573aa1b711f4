/**
 * @file The driver and its devices. Nothing here belongs to one session: a device's primary context is retained once and kept for the life
 * of the process, as are the kernels loaded into it. What sessions own is in context.ts.
 */
import { loadApi } from './api.js'
import type { CudaApi, Pointer } from './api.js'
import { cudaError, expectLive, OUT_OF_MEMORY } from './errors.js'
import { loadModules } from './kernel.js'
import type { Launch } from './kernel.js'

/** CUDA version of the oldest driver that reads our PTX (ptx.ts, PTX_VERSION): 12.4, driver 550. */
const DRIVER_NEEDED = 12_040
const DRIVER_NEEDED_NAME = '550 (CUDA 12.4)'
/** Oldest compute capability that our PTX is made for (ptx.ts, BASE_ARCH): Turing. */
const CAPABILITY_NEEDED = 7.5

const NO_DEVICE = 100

const ATTRIBUTE = { multiprocessors: 16, major: 75, minor: 76, sharedBytes: 97 } as const

/** What every session needs is loaded with the context, so that a driver that refuses our code is known at once. */
const FIRST_MODULES = ['stats']

/** What is known of a device without a context. */
export interface DeviceInfo {
  ordinal: number
  name: string
  /** Compute capability. */
  major: number
  minor: number
  multiprocessors: number
  /** Shared memory that one block may have. */
  sharedBytes: number
  totalBytes: number
}

/** Pinned memory, and the same bytes as JavaScript sees them. */
export interface PinnedBlock {
  readonly address: Pointer
  readonly buffer: ArrayBuffer
}

/** A device with its primary context. */
export interface Device {
  readonly api: CudaApi
  readonly info: DeviceInfo
  readonly context: Pointer
  /** Modules by their name (ptx.ts, moduleOf): those that are there, and those on their way. */
  readonly modules: Map<string, Pointer>
  readonly loading: Map<string, Promise<void>>
  /** Kernels that were used before, by file and name. */
  readonly kernels: Map<string, Launch>
  /** Pinned memory that no session has at the moment. */
  readonly pinned: PinnedBlock[]
  /** The fault that ended the context; every further use is refused. */
  lost?: string
}

/** An initialised driver. */
export interface Driver {
  readonly api: CudaApi
  readonly devices: readonly DeviceInfo[]
  /** Devices opened before, or being opened. */
  readonly opened: Map<number, Promise<Device>>
}

let started: Promise<Driver> | undefined

/**
 * The driver of this process, initialised at the first call.
 * @throws Error whose message says what is missing and how to get it: driver, a newer driver, a device
 */
export function startDriver(): Promise<Driver> {
  // What is missing may be there next time: only success is kept.
  started ??= initialise(loadApi).catch((error: unknown) => {
    started = undefined
    throw error
  })
  return started
}

/** Initialises the driver that `load` gives; for tests, with a table of their own. */
export async function initialise(load: () => CudaApi): Promise<Driver> {
  const api = load()
  const code = await api.init(0)
  if (code === NO_DEVICE) throw new Error('the NVIDIA driver found no device')
  if (code !== 0) throw cudaError(api, code, 'the driver to start', 'check it with nvidia-smi')
  const version = new Int32Array(1)
  if (api.driverGetVersion(version) === 0 && version[0] < DRIVER_NEEDED)
    throw new Error(
      `the NVIDIA driver is for CUDA ${Math.floor(version[0] / 1000)}.${(version[0] % 1000) / 10}; update it to ${DRIVER_NEEDED_NAME} or newer`,
    )
  const count = new Int32Array(1)
  const counted = api.deviceGetCount(count)
  if (counted !== 0) throw cudaError(api, counted, 'to count the devices')
  if (count[0] === 0) throw new Error('the NVIDIA driver found no device; CUDA_VISIBLE_DEVICES may hide it')
  return { api, devices: Array.from({ length: count[0] }, (_, ordinal) => describe(api, ordinal)), opened: new Map() }
}

function describe(api: CudaApi, ordinal: number): DeviceInfo {
  const one = new Int32Array(1)
  const ask = (code: number): number => {
    if (code !== 0) throw cudaError(api, code, `to describe cuda:${ordinal}`)
    return one[0]
  }
  const device = ask(api.deviceGet(one, ordinal))
  const attribute = (which: number): number => ask(api.deviceGetAttribute(one, which, device))
  const name = new Uint8Array(256)
  ask(api.deviceGetName(name, name.length, device))
  const total = new BigUint64Array(1)
  ask(api.deviceTotalMem(total, device))
  return {
    ordinal,
    name: Buffer.from(name.subarray(0, name.indexOf(0))).toString(),
    major: attribute(ATTRIBUTE.major),
    minor: attribute(ATTRIBUTE.minor),
    multiprocessors: attribute(ATTRIBUTE.multiprocessors),
    sharedBytes: attribute(ATTRIBUTE.sharedBytes),
    totalBytes: Number(total[0]),
  }
}

/**
 * The device `ordinal` with its context and its first kernels.
 * @throws Error where there is no such device, it is too old, the driver refuses the kernels, or its context failed before
 */
export async function openDevice(driver: Driver, ordinal: number): Promise<Device> {
  const info = driver.devices[ordinal]
  if (info === undefined) {
    const all = driver.devices.map(({ name }, i) => `cuda:${i} (${name})`).join(', ')
    throw new Error(`cuda:${ordinal} is not there; there is ${all}`)
  }
  if (Number(`${info.major}.${info.minor}`) < CAPABILITY_NEEDED)
    throw new Error(
      `cuda:${ordinal} (${info.name}) has compute capability ${info.major}.${info.minor}; ${CAPABILITY_NEEDED} or newer is needed`,
    )
  const opening = driver.opened.get(ordinal) ?? retain(driver.api, info)
  driver.opened.set(ordinal, opening)
  const device = await opening.catch((error: unknown) => {
    driver.opened.delete(ordinal)
    throw error
  })
  expectLive(device)
  return device
}

async function retain(api: CudaApi, info: DeviceInfo): Promise<Device> {
  const one = new Int32Array(1)
  const context = new BigUint64Array(1)
  api.startLoader()
  const found = api.deviceGet(one, info.ordinal)
  const code = found === 0 ? await api.devicePrimaryCtxRetain(context, one[0]) : found
  if (code !== 0) throw memoryOrOther(api, code, info)
  const shared = { modules: new Map(), loading: new Map(), kernels: new Map(), pinned: [] }
  const device: Device = { api, info, context: Number(context[0]), ...shared }
  await loadModules(device, FIRST_MODULES)
  return device
}

function memoryOrOther(api: CudaApi, code: number, info: DeviceInfo): Error {
  const wayOut =
    code === OUT_OF_MEMORY ? 'other processes hold its memory' : 'another process may hold the device for itself; see nvidia-smi'
  return cudaError(api, code, `a context on cuda:${info.ordinal}`, wayOut)
}
