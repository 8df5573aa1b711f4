/**
 * @file A CUDA driver in JavaScript: memory, streams, events and modules are accounted, every call is recorded and any can be made to fail.
 * Kernels run as JavaScript (fakeKernels.ts), so that whole sessions can be compared with the reference on a machine without a device.
 */
import type { CudaApi, HostArray } from '../../../../src/backends/cuda/driver/api.js'
import { newLane, runLane } from '../../../../src/backends/cuda/threads/uploadLane.js'
import { KERNELS } from './fakeKernels.js'
import type { Arguments } from './fakeKernels.js'
import { lateStreams } from './lateStreams.js'
import { SCREEN_KERNELS } from './fakeScreen.js'

const ERROR_NAMES: Readonly<Record<number, string>> = {
  1: 'CUDA_ERROR_INVALID_VALUE',
  2: 'CUDA_ERROR_OUT_OF_MEMORY',
  3: 'CUDA_ERROR_NOT_INITIALIZED',
  100: 'CUDA_ERROR_NO_DEVICE',
  201: 'CUDA_ERROR_INVALID_CONTEXT',
  218: 'CUDA_ERROR_INVALID_PTX',
  600: 'CUDA_ERROR_NOT_READY',
  700: 'CUDA_ERROR_ILLEGAL_ADDRESS',
  719: 'CUDA_ERROR_LAUNCH_FAILED',
}
/** Addresses of one allocation; the next begins after. */
const SPACING = 2 ** 32

/** Hopper's screen is one kernel for every number of columns, and that of points with leads for every number of these. */
const kernelOf = (name: string): (typeof KERNELS)[string] | undefined =>
  KERNELS[name] ?? SCREEN_KERNELS[name.replace(/^(screen|screenInt8x|screenNear)\d+$/, '$1')]

/** Writes where a call's result goes. */
function put(out: { [index: number]: number | bigint }, value: number): void {
  out[0] = out instanceof BigUint64Array ? BigInt(value) : value
}

export interface FakeOptions {
  devices?: number
  version?: number
  totalBytes?: number
  capability?: [major: number, minor: number]
  /** Of a block; Hopper has 232,448. */
  sharedBytes?: number
  /** Makes the nth call (from 0) of a function return a code; one that is sticky is returned by every call after. */
  fail?: { call: keyof CudaApi; nth?: number; code: number }
  /** Calls between an event's record and its happening. */
  lag?: number
  /** Streams work late (lateStreams.ts); a random integer below a number. Faults are those of calls, not of the work. */
  late?: (below: number) => number
  /** Called before each launch is done. */
  onLaunch?: (kernel: string) => void
}

export interface FakeCuda extends CudaApi {
  /** Names of all calls so far. */
  readonly calls: string[]
  /** What is held: bytes of device memory, and numbers of the others. */
  held(): { bytes: number; streams: number; events: number }
  /** Pinned buffers; they stay with the device. */
  pinned(): number
}

export function fakeCuda(options: FakeOptions = {}): FakeCuda {
  const { devices = 1, version = 13_000, totalBytes = 8e9, capability = [9, 0], sharedBytes = 101_376, fail, lag = 1 } = options
  const late = options.late && lateStreams(options.late)
  const regions: (Uint8Array | undefined)[] = []
  const device = new Map<number, number>()
  const lanes = new Map<number, ReturnType<typeof newLane>[]>()
  /** Pinned memory that sessions read from, and buffers that upload threads have. */
  const landings = new Set<number>()
  let pinned = 0
  const streams = new Set<number>()
  const events = new Map<number, number>()
  const kernels: string[] = []
  const calls: string[] = []
  const counts = new Map<string, number>()
  const addresses = new WeakMap<object, number>()
  let handles = 1
  let used = 0
  let sticky = 0
  let current = 0

  function region(bytes: Uint8Array): number {
    regions.push(bytes)
    return regions.length * SPACING
  }

  /** The bytes from an address on. */
  function bytesAt(address: number, length: number): Uint8Array {
    const bytes = regions[Math.floor(address / SPACING) - 1]
    const at = address % SPACING
    if (bytes === undefined || at + length > bytes.length)
      throw new Error(`fake cuda: expected ${length} bytes at ${address.toString(16)}, got ${bytes && bytes.length - at}`)
    return bytes.subarray(at, at + length)
  }

  /** Records a call, and says whether it is to fail. */
  function code(call: keyof CudaApi): number {
    calls.push(call)
    const nth = counts.get(call) ?? 0
    counts.set(call, nth + 1)
    if (sticky !== 0) return sticky
    if (fail?.call !== call || nth !== (fail.nth ?? 0)) return 0
    if (fail.code >= 700) sticky = fail.code
    return fail.code
  }

  /** A call that does `work` unless it is to fail, in the device's context. */
  function inContext<A extends unknown[]>(call: keyof CudaApi, work: (...values: A) => number | void): (...values: A) => number {
    return (...values) => code(call) || (current === 0 ? 201 : (work(...values) ?? 0))
  }

  /** Work of a stream, its last argument: done at once, or late. `taken`: what the driver copies before it returns. */
  function onStream<A extends unknown[]>(
    call: keyof CudaApi,
    work: (...values: A) => void,
    taken: (...values: A) => A = (...values) => values,
  ): (...values: A) => number {
    return inContext(call, (...values: A) => {
      const stream = values.at(-1) as number
      if (!streams.has(stream)) return 1
      if (late === undefined) return void work(...values)
      const own = taken(...values)
      late.give(stream, () => work(...own))
    })
  }

  const argumentsOf = (slots: readonly DataView[]): Arguments => ({
    p: (i) => Number(slots[i].getBigUint64(0, true)),
    l: (i) => Number(slots[i].getBigInt64(0, true)),
    i: (i) => slots[i].getInt32(0, true),
    d: (i) => slots[i].getFloat64(0, true),
    f: (i) => slots[i].getFloat32(0, true),
    array(address, type, length) {
      const bytes = bytesAt(address, length * type.BYTES_PER_ELEMENT)
      return new type(bytes.buffer as ArrayBuffer, bytes.byteOffset, length)
    },
  })

  const copy = (to: number, from: number, bytes: number): void => bytesAt(to, bytes).set(bytesAt(from, bytes))

  /** What upload threads call. Their buffers, streams and events stay with the device. */
  const laneDriver = {
    streamCreate: (out: BigUint64Array) => code('upload') || (put(out, handles++), 0),
    streamSynchronize: () => sticky,
    eventCreate: (out: BigUint64Array) => code('upload') || (put(out, handles++), 0),
    eventRecord: () => code('upload'),
    eventSynchronize: () => code('upload'),
    memHostAlloc(out: BigUint64Array, bytes: number) {
      pinned++
      return code('upload') || (put(out, region(new Uint8Array(bytes))), 0)
    },
    memcpyHtoDAsync: (to: number, from: number, bytes: number) => code('upload') || (bytesAt(to, bytes).set(bytesAt(from, bytes)), 0),
    memcpy: (to: number, from: number, bytes: number) => bytesAt(to, bytes).set(bytesAt(from, bytes)),
  }

  const api: CudaApi = {
    init: async () => code('init'),
    driverGetVersion: (out) => code('driverGetVersion') || (put(out, version), 0),
    deviceGetCount: (out) => code('deviceGetCount') || (put(out, devices), 0),
    deviceGet: (out, ordinal) => code('deviceGet') || (put(out, ordinal + 100), 0),
    deviceGetName: (name) => code('deviceGetName') || (name.set(Buffer.from('Fake GPU\0')), 0),
    deviceGetAttribute: (out, attribute) =>
      code('deviceGetAttribute') || (put(out, { 16: 4, 75: capability[0], 76: capability[1], 97: sharedBytes }[attribute] ?? -1), 0),
    deviceTotalMem: (out) => code('deviceTotalMem') || (put(out, totalBytes), 0),
    devicePrimaryCtxRetain: async (out, which) => code('devicePrimaryCtxRetain') || (put(out, which), 0),
    ctxSetCurrent: (context) => {
      current = context
      return 0
    },
    memGetInfo: inContext('memGetInfo', (free, total) => {
      put(free, totalBytes - used)
      put(total, totalBytes)
    }),
    memAlloc: inContext('memAlloc', (out, bytes) => {
      if (used + bytes > totalBytes) return 2
      const address = region(new Uint8Array(bytes).fill(0xa5))
      device.set(address, bytes)
      used += bytes
      put(out, address)
    }),
    memFree: inContext('memFree', (address) => {
      late?.settle()
      const bytes = device.get(address)
      if (bytes === undefined) return 1
      device.delete(address)
      used -= bytes
      regions[address / SPACING - 1] = undefined
    }),
    memcpyHtoDAsync: onStream('memcpyHtoDAsync', copy, (to, from, bytes, stream) => [
      to,
      region(bytesAt(from, bytes).slice()),
      bytes,
      stream,
    ]),
    memcpyDtoHAsync: onStream('memcpyDtoHAsync', copy),
    memcpyDtoDAsync: onStream('memcpyDtoDAsync', copy),
    memHostAlloc: inContext('memHostAlloc', (out, bytes) => {
      const address = region(new Uint8Array(bytes).fill(0xa5))
      landings.add(address)
      put(out, address)
    }),
    memFreeHost: inContext('memFreeHost', (address) => {
      late?.settle()
      if (!landings.delete(address)) return 1
      regions[address / SPACING - 1] = undefined
    }),
    hostView: (address, bytes) => bytesAt(address, bytes).buffer as ArrayBuffer,
    memcpyPeerAsync: onStream('memcpyPeerAsync', (to, toContext, from, fromContext, bytes) => {
      if (toContext === 0 || fromContext === 0) throw new Error('fake cuda: expected two contexts')
      copy(to, from, bytes)
    }),
    ctxEnablePeerAccess: inContext('ctxEnablePeerAccess', (context) => (context === current ? 1 : 0)),
    ctxDisablePeerAccess: inContext('ctxDisablePeerAccess', (context) => (context === current ? 1 : 0)),
    streamWaitEvent: inContext('streamWaitEvent', (stream, event) => {
      if (!streams.has(stream) || !events.has(event)) return 1
      late?.waitFor(event, stream)
    }),
    memsetD8Async: onStream('memsetD8Async', (at, value, bytes) => void bytesAt(at, bytes).fill(value)),
    startLoader() {},
    loadModules(_, images) {
      const refused = code('loadModules')
      return images.map(async () => ({ code: refused, module: handles++, log: refused ? 'ptxas: unknown version\n' : '' }))
    },
    moduleGetFunction: inContext('moduleGetFunction', (out, _, name) => {
      if (kernelOf(name) === undefined) return 500
      kernels.push(name)
      put(out, kernels.length)
    }),
    funcSetAttribute: inContext('funcSetAttribute', () => 0),
    streamCreate: inContext('streamCreate', (out) => {
      streams.add(handles)
      put(out, handles++)
    }),
    streamQuery: inContext('streamQuery', (stream) => {
      if (!streams.has(stream)) return 1
      return late === undefined || late.idle(stream) ? 0 : 600
    }),
    streamDestroy: inContext('streamDestroy', (stream) => (streams.delete(stream) ? 0 : 1)),
    eventCreate: inContext('eventCreate', (out) => {
      events.set(handles, 0)
      put(out, handles++)
    }),
    eventRecord: inContext('eventRecord', (event, stream) => {
      if (!events.has(event) || !streams.has(stream)) return 1
      events.set(event, lag)
      late?.record(event, stream)
    }),
    eventQuery: inContext('eventQuery', (event) => {
      const left = events.get(event)
      if (left === undefined) return 1
      if (late !== undefined) return late.happened(event) ? 0 : 600
      events.set(event, left - 1)
      return left > 0 ? 600 : 0
    }),
    eventElapsedTime: inContext('eventElapsedTime', (out) => put(out, 1)),
    eventDestroy: inContext('eventDestroy', (event) => (events.delete(event) ? 0 : 1)),
    launchKernel: inContext('launchKernel', (kernel, ...[gx, gy, gz, bx, by, bz, , stream, parameters]) => {
      if (!streams.has(stream)) return 1
      const name = kernels[kernel - 1]
      // The driver takes the arguments before it returns.
      const slots = Array.from(parameters, (address) => new DataView(bytesAt(Number(address), 8).slice().buffer))
      const work = (): void => {
        options.onLaunch?.(name)
        kernelOf(name)!(argumentsOf(slots), { blocks: [gx, gy, gz], threads: [bx, by, bz] })
      }
      if (late === undefined) work()
      else late.give(stream, work)
    }),
    errorName: (value) => ERROR_NAMES[value] ?? `error ${value}`,
    address(array) {
      const known = addresses.get(array)
      if (known !== undefined) return known
      const made = region(bytesOf(array))
      addresses.set(array, made)
      return made
    },
    async upload(context, pieces, control) {
      if (!lanes.has(context)) lanes.set(context, [newLane(), newLane()])
      // Threads take turns as they come; here one after the other, a turn of the event loop between.
      let first = 0
      for (const lane of lanes.get(context)!) {
        await new Promise((resolve) => setImmediate(resolve))
        first ||= runLane(laneDriver, lane, pieces, control)
      }
      return first
    },
  }
  return {
    ...api,
    calls,
    pinned: () => pinned + landings.size,
    held: () => ({ bytes: used, streams: streams.size, events: events.size }),
  }
}

function bytesOf(array: HostArray | BigUint64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
