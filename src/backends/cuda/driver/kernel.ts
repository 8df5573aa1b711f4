/** @file Kernels: modules from the PTX of the package, translated by the driver once and kept in its cache; their arguments; launches. */
import type { LoadedModule, Pointer } from './api.js'
import { check, cudaError } from './errors.js'
import type { Device } from './driver.js'
import { fileOf, moduleOf, readPtx } from './ptx.js'

const FUNCTION_SHARED_BYTES = 8
/** Bytes of one argument. */
const SLOT = 8
/** Arrays below some size may move with the collector; this many slots do not. */
const LEAST_SLOTS = 32

/** Blocks or threads along x, y and z. */
export type Dim = number | readonly [x: number, y?: number, z?: number]

/** An integer below 2^53 as eight bytes; without the BigInt of setBigUint64, which a launch would make a dozen of. */
function writeInteger(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true)
  view.setInt32(at + 4, Math.floor(value / 2 ** 32), true)
}

/** How an argument lies in memory. */
const WRITERS: Readonly<Record<string, (view: DataView, at: number, value: number) => void>> = {
  p: writeInteger,
  l: writeInteger,
  i: (view, at, value) => view.setInt32(at, value, true),
  f: (view, at, value) => view.setFloat32(at, value, true),
  d: (view, at, value) => view.setFloat64(at, value, true),
}

/** A kernel of the package: where it is, and how it is called. */
export interface KernelSource {
  /** kernels/FILE.cu */
  file: string
  name: string
  /** One letter an argument: p pointer, l int64, i int32, f float32, d float64. */
  signature: string
  /** Most dynamic shared memory of a launch, where that is more than 48 KB. */
  sharedBytes: number
}

/** Launches a kernel and returns the driver's code. The device's context must be current. */
export type Launch = (grid: Dim, block: Dim, args: readonly number[], shared: number, stream: Pointer) => number

/** The kernel as a function that launches it; looked up once for a device, whose context must be current. */
export function loadKernel(device: Device, source: KernelSource): Launch {
  const { kernels } = device
  const key = `${source.file}/${source.name}`
  const known = kernels.get(key)
  if (known !== undefined) return known
  const launch = lookUp(device, source)
  kernels.set(key, launch)
  return launch
}

function lookUp(device: Device, { file, name, signature, sharedBytes }: KernelSource): Launch {
  const { api } = device
  const out = new BigUint64Array(1)
  check(device, api.moduleGetFunction(out, loadedModule(device, moduleOf(file, name)), name), `the kernel ${name} in ${file}`)
  const kernel = Number(out[0])
  if (sharedBytes > 0)
    check(device, api.funcSetAttribute(kernel, FUNCTION_SHARED_BYTES, sharedBytes), `${sharedBytes} bytes of shared memory for ${name}`)
  const writers = Array.from(signature, (letter) => WRITERS[letter])
  const slots = new Uint8Array(SLOT * Math.max(writers.length, LEAST_SLOTS))
  const view = new DataView(slots.buffer)
  const base = api.address(slots)
  const parameters = BigUint64Array.from({ length: slots.length / SLOT }, (_, i) => BigInt(base + SLOT * i))
  return (grid, block, args, shared, stream) => {
    if (args.length !== writers.length) throw new Error(`${name}: expected ${writers.length} arguments, got ${args.length}`)
    writers.forEach((write, i) => write(view, SLOT * i, args[i]))
    return api.launchKernel(kernel, ...dim(grid), ...dim(block), shared, stream, parameters)
  }
}

function dim(size: Dim): [number, number, number] {
  if (typeof size === 'number') return [size, 1, 1]
  const [x, y = 1, z = 1] = size
  return [x, y, z]
}

function loadedModule({ info, modules }: Device, name: string): Pointer {
  const module = modules.get(name)
  if (module === undefined) throw new Error(`cuda: expected the kernels of ${name} to be loaded on ${info.name}, got none`)
  return module
}

/**
 * Loads modules (ptx.ts, moduleOf) that are not there; the event loop goes on meanwhile. The driver translates them the first time ever.
 * @returns undefined where all are there
 * @throws Error where the driver refuses one, with what it says
 */
export function loadModules(device: Device, names: readonly string[]): Promise<void> | undefined {
  const { modules, loading } = device
  const missing = names.filter((name) => !modules.has(name))
  if (missing.length === 0) return undefined
  const fresh = missing.filter((name) => !loading.has(name))
  const loaded = fresh.length === 0 ? [] : device.api.loadModules(device.context, fresh.map(readPtx))
  fresh.forEach((name, i) => {
    const done = loaded[i].then((module) => take(device, name, module)).finally(() => loading.delete(name))
    loading.set(name, done)
  })
  return Promise.all(missing.map((name) => loading.get(name))).then(() => {})
}

function take({ api, info, modules }: Device, name: string, { code, module, log }: LoadedModule): void {
  const said = log.trim().split('\n')[0]
  if (code !== 0)
    throw cudaError(api, code, `${info.name} to take the kernels of ${fileOf(name)}${said && ` (${said})`}`, 'update the NVIDIA driver')
  modules.set(name, module)
}
