/**
 * @file What one session has on one device: a stream, memory, kernels. Everything that is taken is accounted, and given back by dispose()
 * whatever went wrong before. Sessions on one device share its primary context and modules, nothing else.
 */
import { eventLoop } from '../../../pace.js'
import type { HostArray, Pointer } from '../driver/api.js'
import { check, expectLive, memoryError, OUT_OF_MEMORY, readable } from '../driver/errors.js'
import type { Device, DeviceInfo, PinnedBlock } from '../driver/driver.js'
import { loadKernel } from '../driver/kernel.js'
import type { Dim } from '../driver/kernel.js'
import { openLanding, takePinned } from './landing.js'
import type { Landing } from './landing.js'
import { createSlab } from './slab.js'
import type { Slab } from './slab.js'
import { STOP } from '../threads/uploadLane.js'

const NOT_READY = 600
const STREAM_NON_BLOCKING = 1
const EVENT_WITHOUT_TIME = 2
/** Milliseconds of waiting in which the device is asked at every turn of the event loop, and then once a millisecond. */
const SPIN = 20
/** Bytes read back at a time; while one piece is taken from pinned memory, the next is on its way there. */
const READ_PIECE = 2 ** 20
/** Pieces between two turns of the event loop. */
const TURN = 8

/** A launch of one kernel; arguments as its signature says. */
export type Kernel = (grid: Dim, block: Dim, args: readonly number[], options?: { sharedBytes?: number }) => void

/** A stream, device memory, events and pinned memory of one session. Calls throw what the driver refuses, by name; dispose() frees all. */
export class CudaContext {
  readonly device: Device
  /** All of the session's work goes there, but for uploads. */
  readonly stream: Pointer = 0
  readonly #memory = new Map<Pointer, number>()
  #slab: { base: Pointer; bytes: number; pieces: Slab } | undefined
  readonly #events = new Set<Pointer>()
  /** What stops the uploads under way. */
  readonly #uploads = new Set<Int32Array>()
  /** Pinned memory, and what read() uses of it. */
  readonly #pinned: PinnedBlock[] = []
  #landings: readonly Landing[] = []
  #fence: Pointer = 0
  #disposed = false
  #released = false
  #peak = 0
  #bytes = 0

  constructor(device: Device) {
    expectLive(device)
    this.device = device
    try {
      this.stream = this.#take((out) => this.#api.streamCreate(out, STREAM_NON_BLOCKING), 0, 'a stream')
      this.#fence = this.newEvent()
    } catch (error) {
      this.dispose()
      throw error
    }
  }

  get info(): DeviceInfo {
    return this.device.info
  }

  /** Bytes of device memory held now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Most bytes of device memory held so far. */
  get peakBytes(): number {
    return this.#peak
  }

  /** Bytes of device memory that are free, of all processes. */
  freeBytes(): number {
    const free = new BigUint64Array(1)
    const total = new BigUint64Array(1)
    this.#do(() => this.#api.memGetInfo(free, total), 'to know the free memory')
    return Number(free[0])
  }

  /** Takes so much device memory at once, of which alloc() gives what fits. Where there is not as much, alloc() goes to the driver as without. */
  reserve(bytes: number): void {
    const out = new BigUint64Array(1)
    const code = this.#call(() => this.#api.memAlloc(out, bytes))
    if (code === OUT_OF_MEMORY) return
    check(this.device, code, `${readable(bytes)} of memory`)
    const base = Number(out[0])
    this.#hold(base, bytes)
    this.#slab = { base, bytes, pieces: createSlab(bytes) }
  }

  /** Device memory, not initialised. @param what for the error: 'labels' @throws Error with what was asked for and what is free */
  alloc(bytes: number, what: string): Pointer {
    this.#expectUsable()
    const at = this.#slab?.pieces.take(bytes)
    if (at !== undefined) return this.#slab!.base + at
    const address = this.#take((out) => this.#api.memAlloc(out, Math.max(bytes, 1)), bytes, what)
    this.#hold(address, bytes)
    return address
  }

  /** Frees memory of alloc, when the device is done with it. */
  free(address: Pointer): void {
    const slab = this.#slab
    if (slab !== undefined && address >= slab.base && address < slab.base + slab.bytes) return slab.pieces.give(address - slab.base)
    const bytes = this.#memory.get(address)
    // What a fault or dispose() has ended is freed by the latter.
    if (bytes === undefined || this.#over()) return
    this.#memory.delete(address)
    this.#bytes -= bytes
    this.#do(() => this.#api.memFree(address), `to free ${readable(bytes)}`)
  }

  /** @param timed for elapsed(); costs a little more */
  newEvent({ timed = false } = {}): Pointer {
    const event = this.#take((out) => this.#api.eventCreate(out, timed ? 0 : EVENT_WITHOUT_TIME), 0, 'an event')
    this.#events.add(event)
    return event
  }

  endEvent(event: Pointer): void {
    if (!this.#over() && this.#events.delete(event)) this.#do(() => this.#api.eventDestroy(event), 'to end an event')
  }

  /** Marks this point of the stream's work. */
  record(event: Pointer): void {
    this.#do(() => this.#api.eventRecord(event, this.stream), 'to record an event')
  }

  /** Milliseconds between two timed events that have happened. */
  elapsed(from: Pointer, to: Pointer): number {
    const out = new Float32Array(1)
    this.#do(() => this.#api.eventElapsedTime(out, from, to), 'to read an event')
    return out[0]
  }

  /** Resolves when the event has happened; the event loop runs meanwhile. */
  async happened(event: Pointer): Promise<void> {
    const start = performance.now()
    for (;;) {
      const code = this.#call(() => this.#api.eventQuery(event))
      if (code === 0) return
      if (code !== NOT_READY) check(this.device, code, 'the work on the device to succeed')
      if (performance.now() - start < SPIN) await eventLoop()
      else await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  /** Resolves when all work given to the stream so far is done. */
  async finished(): Promise<void> {
    this.record(this.#fence)
    await this.happened(this.#fence)
  }

  /** Copies an array to the device, in the order of the stream; the array may change afterwards. For small ones: staging.ts does large ones. */
  write(to: Pointer, from: HostArray): void {
    const bytes = from.byteLength
    if (bytes === 0) return
    // From pageable memory the driver takes its own copy before it returns.
    const copy = (): number => this.#api.memcpyHtoDAsync(to, this.#api.address(from), bytes, this.stream)
    this.#do(copy, `to copy ${readable(bytes)} to the device`)
  }

  /** Copies pieces of host memory by the upload threads (CudaApi.upload). They are there when it resolves, unless it was stopped. */
  async upload(pieces: Float64Array, control: Int32Array): Promise<void> {
    this.#expectUsable()
    this.#uploads.add(control)
    try {
      check(this.device, await this.#api.upload(this.device.context, pieces, control), 'to copy the points to the device')
    } finally {
      this.#uploads.delete(control)
      if (this.#disposed) this.#release()
    }
    this.#expectUsable()
  }

  /** Fills an array from the device, when the stream's work is done. Reads take turns. @returns the array */
  async read<T extends HostArray>(to: T, from: Pointer): Promise<T> {
    const bytes = new Uint8Array(to.buffer, to.byteOffset, to.byteLength)
    if (this.#landings.length === 0) this.#landings = [0, 1].map(() => openLanding(this, READ_PIECE))
    const fetch = (piece: number): void => {
      const at = piece * READ_PIECE
      if (at < bytes.length) this.#landings[piece % 2].fetch([from + at, Math.min(READ_PIECE, bytes.length - at)])
    }
    fetch(0)
    for (let piece = 0, at = 0; at < bytes.length; piece++, at += READ_PIECE) {
      if (piece % TURN === TURN - 1) await eventLoop()
      fetch(piece + 1)
      bytes.set(new Uint8Array(await this.#landings[piece % 2].landed(), 0, Math.min(READ_PIECE, bytes.length - at)), at)
    }
    return to
  }

  /** Pinned memory that is the session's until dispose(). */
  pin(bytes: number): PinnedBlock {
    this.#do(() => 0, 'pinned memory')
    const block = takePinned(this.device, bytes)
    this.#pinned.push(block)
    return block
  }

  /** Copies from the device to pinned memory, in the order of the stream. */
  copyOut(to: Pointer, from: Pointer, bytes: number): void {
    this.#do(() => this.#api.memcpyDtoHAsync(to, from, bytes, this.stream), `to read ${readable(bytes)} from the device`)
  }

  /** Copies on the device, in the order of the stream. */
  copy(to: Pointer, from: Pointer, bytes: number): void {
    this.#do(() => this.#api.memcpyDtoDAsync(to, from, bytes, this.stream), `to copy ${readable(bytes)} on the device`)
  }

  /** Sets every byte, in the order of the stream. */
  fill(at: Pointer, value: number, bytes: number): void {
    this.#do(() => this.#api.memsetD8Async(at, value, bytes, this.stream), `to fill ${readable(bytes)}`)
  }

  /**
   * A kernel of kernels/FILE.cu, which loadModules() has loaded.
   * @param signature one letter an argument: p pointer, l int64, i int32, f float32, d float64
   * @param sharedBytes most dynamic shared memory of a launch, where that is more than 48 KB
   */
  kernel(file: string, name: string, signature: string, { sharedBytes = 0 } = {}): Kernel {
    this.#do(() => 0, `the kernel ${name}`)
    const launch = loadKernel(this.device, { file, name, signature, sharedBytes })
    return (grid, block, args, { sharedBytes: shared = 0 } = {}) =>
      this.#do(() => launch(grid, block, args, shared, this.stream), `to launch ${name}`)
  }

  /** Frees everything, once no upload writes to it; may be called twice. */
  dispose(): void {
    this.#disposed = true
    for (const control of this.#uploads) Atomics.store(control, STOP, 1)
    this.#release()
  }

  #release(): void {
    if (this.#released || this.#uploads.size > 0) return
    this.#released = true
    const { api, context } = this.device
    // A lost context refuses these calls too; its memory goes with the process.
    api.ctxSetCurrent(context)
    for (const address of this.#memory.keys()) api.memFree(address)
    this.#unpin()
    for (const event of this.#events) api.eventDestroy(event)
    if (this.stream !== 0) api.streamDestroy(this.stream)
    this.#memory.clear()
    this.#events.clear()
    this.#bytes = 0
  }

  /** Gives pinned memory back to the device; where copies to it may be under way, it is freed, which waits for them. */
  #unpin(): void {
    const { api, pinned } = this.device
    const idle = this.stream !== 0 && api.streamQuery(this.stream) === 0
    for (const block of this.#pinned.splice(0)) {
      if (idle) pinned.push(block)
      else api.memFreeHost(block.address)
    }
  }

  get #api(): Device['api'] {
    return this.device.api
  }

  #hold(address: Pointer, bytes: number): void {
    this.#memory.set(address, bytes)
    this.#bytes += bytes
    this.#peak = Math.max(this.#peak, this.#bytes)
  }

  #over(): boolean {
    return this.#disposed || this.device.lost !== undefined
  }

  #expectUsable(): void {
    if (this.#disposed) throw new Error('Session: expected a live session, got a disposed one')
    expectLive(this.device)
  }

  /** Several devices share this thread, and so do other libraries: the context is set anew for every call. */
  #call(call: () => number): number {
    this.#expectUsable()
    const code = this.#api.ctxSetCurrent(this.device.context)
    return code === 0 ? call() : code
  }

  #do(call: () => number, doing: string): void {
    check(this.device, this.#call(call), doing)
  }

  #take(call: (out: BigUint64Array) => number, bytes: number, what: string): Pointer {
    const out = new BigUint64Array(1)
    const code = this.#call(() => call(out))
    if (code !== 0 && bytes > 0 && this.device.lost === undefined) throw memoryError(this.device, code, bytes, what)
    check(this.device, code, what)
    return Number(out[0])
  }
}
