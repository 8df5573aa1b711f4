/** @file Kernels: modules from the PTX of the package, translated by the driver once and kept in its cache; and their arguments. */
import type { Pointer } from './api.js'
import { check, cudaError } from './driver.js'
import type { Device } from './driver.js'
import { readPtx } from './ptx.js'

const FUNCTION_SHARED_BYTES = 8
const JIT = { errorLog: 5, errorLogBytes: 6 } as const
/** Bytes of one argument. */
const SLOT = 8
/** Arrays below some size may move with the collector; this many slots do not. */
const LEAST_SLOTS = 32

/** Blocks or threads along x, y and z. */
export type Dim = number | readonly [x: number, y?: number, z?: number]

/** How an argument lies in memory. */
const WRITERS: Readonly<Record<string, (view: DataView, at: number, value: number) => void>> = {
  p: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  l: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  i: (view, at, value) => view.setInt32(at, value, true),
  f: (view, at, value) => view.setFloat32(at, value, true),
  d: (view, at, value) => view.setFloat64(at, value, true),
}

export interface KernelSource {
  /** kernels/FILE.cu */
  file: string
  name: string
  /** One letter an argument: p pointer, l int64, i int32, f float32, d float64. */
  signature: string
  /** Most dynamic shared memory of a launch, where that is more than 48 KB. */
  sharedBytes: number
}

/** The kernel as a function that launches it and returns the driver's code. The device's context must be current. */
export function loadKernel(device: Device, { file, name, signature, sharedBytes }: KernelSource) {
  const { api } = device
  const out = new BigUint64Array(1)
  check(device, api.moduleGetFunction(out, loadModule(device, file), name), `the kernel ${name} in ${file}`)
  const kernel = Number(out[0])
  if (sharedBytes > 0)
    check(device, api.funcSetAttribute(kernel, FUNCTION_SHARED_BYTES, sharedBytes), `${sharedBytes} bytes of shared memory for ${name}`)
  const writers = Array.from(signature, (letter) => WRITERS[letter])
  const slots = new Uint8Array(SLOT * Math.max(writers.length, LEAST_SLOTS))
  const view = new DataView(slots.buffer)
  const base = api.address(slots)
  const parameters = BigUint64Array.from({ length: slots.length / SLOT }, (_, i) => BigInt(base + SLOT * i))
  return (grid: Dim, block: Dim, args: readonly number[], shared: number, stream: Pointer): number => {
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

function loadModule({ api, info, modules }: Device, file: string): Pointer {
  const loaded = modules.get(file)
  if (loaded !== undefined) return loaded
  const log = new Uint8Array(4096)
  const options = Int32Array.of(JIT.errorLog, JIT.errorLogBytes)
  const values = BigUint64Array.of(BigInt(api.address(log)), BigInt(log.length))
  const out = new BigUint64Array(1)
  const code = api.moduleLoadDataEx(out, readPtx(file), options.length, options, values)
  if (code !== 0) {
    const said = Buffer.from(log.subarray(0, log.indexOf(0)))
      .toString()
      .trim()
      .split('\n')[0]
    throw cudaError(api, code, `${info.name} to take the kernels of ${file}${said && ` (${said})`}`, 'update the NVIDIA driver')
  }
  modules.set(file, Number(out[0]))
  return Number(out[0])
}
