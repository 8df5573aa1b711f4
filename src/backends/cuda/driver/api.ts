/**
 * @file The functions of the CUDA driver that are used, as a table: from libcuda.so.1 or nvcuda.dll through koffi, or from a test that puts
 * its own in their place. They return the driver's result codes and judge nothing; driver.ts and context.ts do that.
 */
import { createRequire } from 'node:module'
import { moduleThread } from '../threads/moduleThread.js'
import { uploadThreads } from '../threads/uploadThreads.js'

/** An address or a handle. Addresses stay below 2^53 on every platform that the driver runs on. */
export type Pointer = number
/** Where a call writes what it finds. */
type Out = BigUint64Array | Int32Array | Float32Array | Uint8Array
/** Memory of JavaScript that a call reads or writes. */
export type HostArray = Exclude<NodeJS.TypedArray, BigInt64Array>

/** What the driver made of some device code. */
export interface LoadedModule {
  code: number
  module: Pointer
  /** What it says of code that it refuses. */
  log: string
}

/** Driver calls, without their prefix; numbers returned are CUresult codes. What takes long runs on a thread of its own. */
export interface CudaApi {
  init(flags: number): Promise<number>
  driverGetVersion(version: Out): number
  deviceGetCount(count: Out): number
  deviceGet(device: Out, ordinal: number): number
  deviceGetName(name: Uint8Array, length: number, device: number): number
  deviceGetAttribute(value: Out, attribute: number, device: number): number
  deviceTotalMem(bytes: Out, device: number): number
  devicePrimaryCtxRetain(context: Out, device: number): Promise<number>
  ctxSetCurrent(context: Pointer): number
  memGetInfo(free: Out, total: Out): number
  memAlloc(address: Out, bytes: number): number
  memFree(address: Pointer): number
  memcpyHtoDAsync(to: Pointer, from: Pointer, bytes: number, stream: Pointer): number
  /** `to`: pinned memory. */
  memcpyDtoHAsync(to: Pointer, from: Pointer, bytes: number, stream: Pointer): number
  memcpyDtoDAsync(to: Pointer, from: Pointer, bytes: number, stream: Pointer): number
  /** Pinned memory of the host. */
  memHostAlloc(address: Out, bytes: number, flags: number): number
  memFreeHost(address: Pointer): number
  /** Between two contexts, or within one. */
  memcpyPeerAsync(to: Pointer, toContext: Pointer, from: Pointer, fromContext: Pointer, bytes: number, stream: Pointer): number
  /** Lets the current context's device read the memory of another's. */
  ctxEnablePeerAccess(context: Pointer, flags: number): number
  ctxDisablePeerAccess(context: Pointer): number
  memsetD8Async(at: Pointer, value: number, bytes: number, stream: Pointer): number
  /** Starts the thread of loadModules, which that would do otherwise. */
  startLoader(): void
  /** cuModuleLoadDataEx of each image (PTX that ends in a zero byte), on a thread of its own. */
  loadModules(context: Pointer, images: readonly Uint8Array[]): Promise<LoadedModule>[]
  moduleGetFunction(kernel: Out, module: Pointer, name: string): number
  funcSetAttribute(kernel: Pointer, attribute: number, value: number): number
  streamCreate(stream: Out, flags: number): number
  /** 0: its work is done. */
  streamQuery(stream: Pointer): number
  streamDestroy(stream: Pointer): number
  /** What the stream is given from now on waits for an event, which may be of another context. */
  streamWaitEvent(stream: Pointer, event: Pointer, flags: number): number
  eventCreate(event: Out, flags: number): number
  eventRecord(event: Pointer, stream: Pointer): number
  eventQuery(event: Pointer): number
  eventElapsedTime(milliseconds: Out, from: Pointer, to: Pointer): number
  eventDestroy(event: Pointer): number
  /** `parameters`: the addresses of the kernel's arguments. */
  launchKernel(
    kernel: Pointer,
    ...shape: readonly [
      gx: number,
      gy: number,
      gz: number,
      bx: number,
      by: number,
      bz: number,
      shared: number,
      stream: Pointer,
      parameters: BigUint64Array,
    ]
  ): number
  /** 'CUDA_ERROR_OUT_OF_MEMORY' */
  errorName(code: number): string
  /** Memory of the host that is no array's, as one; both live as long as the caller says. */
  hostView(address: Pointer, bytes: number): ArrayBuffer
  /** Where an array's memory lies. */
  address(array: HostArray | BigUint64Array): Pointer
  /**
   * Copies pieces of pageable memory to the device, on threads of their own; both must stay until it resolves, when nothing is under way.
   * @param pieces addresses on the host and on the device, and bytes (uploadLane.js)
   * @param control two zeros in shared memory, the second of which stops the threads when set
   */
  upload(context: Pointer, pieces: Float64Array, control: Int32Array): Promise<number>
}

/** C declarations; _v2 where the driver has had an older form of the same name. */
const PROTOTYPES = {
  init: 'int cuInit(unsigned int flags)',
  driverGetVersion: 'int cuDriverGetVersion(void *version)',
  deviceGetCount: 'int cuDeviceGetCount(void *count)',
  deviceGet: 'int cuDeviceGet(void *device, int ordinal)',
  deviceGetName: 'int cuDeviceGetName(void *name, int length, int device)',
  deviceGetAttribute: 'int cuDeviceGetAttribute(void *value, int attribute, int device)',
  deviceTotalMem: 'int cuDeviceTotalMem_v2(void *bytes, int device)',
  devicePrimaryCtxRetain: 'int cuDevicePrimaryCtxRetain(void *context, int device)',
  ctxSetCurrent: 'int cuCtxSetCurrent(uint64 context)',
  memGetInfo: 'int cuMemGetInfo_v2(void *free, void *total)',
  memAlloc: 'int cuMemAlloc_v2(void *address, size_t bytes)',
  memFree: 'int cuMemFree_v2(uint64 address)',
  memcpyHtoDAsync: 'int cuMemcpyHtoDAsync_v2(uint64 to, uint64 from, size_t bytes, uint64 stream)',
  memcpyDtoHAsync: 'int cuMemcpyDtoHAsync_v2(uint64 to, uint64 from, size_t bytes, uint64 stream)',
  memcpyDtoDAsync: 'int cuMemcpyDtoDAsync_v2(uint64 to, uint64 from, size_t bytes, uint64 stream)',
  memHostAlloc: 'int cuMemHostAlloc(void *address, size_t bytes, unsigned int flags)',
  memFreeHost: 'int cuMemFreeHost(uint64 address)',
  memcpyPeerAsync: 'int cuMemcpyPeerAsync(uint64 to, uint64 toContext, uint64 from, uint64 fromContext, size_t bytes, uint64 stream)',
  ctxEnablePeerAccess: 'int cuCtxEnablePeerAccess(uint64 context, unsigned int flags)',
  ctxDisablePeerAccess: 'int cuCtxDisablePeerAccess(uint64 context)',
  memsetD8Async: 'int cuMemsetD8Async(uint64 at, unsigned char value, size_t bytes, uint64 stream)',
  moduleGetFunction: 'int cuModuleGetFunction(void *kernel, uint64 module, const char *name)',
  funcSetAttribute: 'int cuFuncSetAttribute(uint64 kernel, int attribute, int value)',
  streamCreate: 'int cuStreamCreate(void *stream, unsigned int flags)',
  streamQuery: 'int cuStreamQuery(uint64 stream)',
  streamDestroy: 'int cuStreamDestroy_v2(uint64 stream)',
  streamWaitEvent: 'int cuStreamWaitEvent(uint64 stream, uint64 event, unsigned int flags)',
  eventCreate: 'int cuEventCreate(void *event, unsigned int flags)',
  eventRecord: 'int cuEventRecord(uint64 event, uint64 stream)',
  eventQuery: 'int cuEventQuery(uint64 event)',
  eventElapsedTime: 'int cuEventElapsedTime(void *milliseconds, uint64 from, uint64 to)',
  eventDestroy: 'int cuEventDestroy_v2(uint64 event)',
  launchKernel:
    'int cuLaunchKernel(uint64 kernel, uint gx, uint gy, uint gz, uint bx, uint by, uint bz, uint shared, uint64 stream, void *parameters, uint64 extra)',
} as const

type NativeFunction = ((...values: unknown[]) => number) & { async(...values: unknown[]): void }
/** The part of koffi that is used. */
interface Koffi {
  load(path: string | null): { func(prototype: string): NativeFunction }
  address(value: unknown): bigint
  view(address: number, bytes: number): ArrayBuffer
}

const require = createRequire(import.meta.url)

/** How Linux and Windows say that a library is not there. */
const ABSENT = /No such file or directory|module could not be found/

const LIBRARIES: Readonly<Record<string, string>> = { linux: 'libcuda.so.1', win32: 'nvcuda.dll' }

/**
 * Opens the driver's library; initialises nothing.
 * @throws Error whose message says what is missing and how to get it
 */
export function loadApi(): CudaApi {
  const library = LIBRARIES[process.platform]
  if (library === undefined) throw new Error(`there is no NVIDIA driver for ${process.platform}; use Linux or Windows`)
  let koffi: Koffi
  try {
    koffi = require('koffi') as Koffi
  } catch {
    throw new Error('the optional package koffi is not installed; npm install koffi')
  }
  try {
    return bind(koffi, library)
  } catch (error) {
    const { message } = error as Error
    // That there is none is said already; another reason, such as a library of other bits, is news.
    const why = ABSENT.test(message) ? '' : `: ${message}`
    throw new Error(`no NVIDIA driver${why}; install one, 550 or newer`, { cause: error })
  }
}

function bind(koffi: Koffi, library: string): CudaApi {
  const driver = koffi.load(library)
  const calls = Object.fromEntries(Object.entries(PROTOTYPES).map(([name, prototype]) => [name, driver.func(prototype)])) as Record<
    keyof typeof PROTOTYPES,
    NativeFunction
  >
  const getErrorName = driver.func('int cuGetErrorName(int code, _Out_ const char **name)')
  return {
    ...(calls as unknown as CudaApi),
    init: (flags) => aside(calls.init, flags),
    devicePrimaryCtxRetain: (context, device) => aside(calls.devicePrimaryCtxRetain, context, device),
    ...moduleThread(library),
    launchKernel: (...values) => calls.launchKernel(...values, 0),
    errorName(code) {
      const name: [string | null] = [null]
      return getErrorName(code, name) === 0 && name[0] !== null ? name[0] : `CUDA error ${code}`
    },
    hostView: (address, bytes) => koffi.view(address, bytes),
    address: (array) => Number(koffi.address(array)),
    upload: uploadThreads(library),
  }
}

/** Arguments of calls that have not returned: their memory must not go before. */
const running = new Set<readonly unknown[]>()

/** Calls on a thread of its own. */
function aside(call: NativeFunction, ...values: readonly unknown[]): Promise<number> {
  running.add(values)
  return new Promise<number>((resolve, reject) =>
    call.async(...values, (error: unknown, result: number) => (error ? reject(error as Error) : resolve(result))),
  ).finally(() => running.delete(values))
}
