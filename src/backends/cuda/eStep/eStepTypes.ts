/** @file What an E-step on the device is, however it is done. */
import type { AssignOptions, AssignResult } from '../../backend.js'
import type { Pointer } from '../driver/api.js'
import type { Piece } from '../context/landing.js'

/** Rows on the device. */
export interface EStepPoints {
  /** n × d float32, row-major. */
  x: Pointer
  n: number
  d: number
  /** d float32: the origin that suits the points. */
  mean: Pointer
  /** Whether rows in fp16 are packed a part at a time, in every E-step, since all of them would take too much memory (panels.ts). */
  inParts: boolean
  /** The columns that hold nearly all of the spread, if few do (leads.ts); asked for where it matters. */
  leads(): readonly number[]
}

/** How one E-step is to be done, beside how it is stopped and watched. */
export interface EStepOptions extends AssignOptions {
  /** Whether there are labels of an earlier E-step: a warm start. */
  hasPrevious: boolean
  /** Given before it is known whether it is wanted: it must not wait for anything. */
  ahead?: boolean
}

/** n int32 each on the device: the labels before, and those to be written. What the latter hold is undefined where an E-step fails. */
export interface LabelBuffers {
  before: Pointer
  after: Pointer
}

/** An E-step that the device has been given in full. */
export interface GivenEStep {
  /** What it counts, on the device: a multiple of eight bytes. The next E-step overwrites it. */
  readonly counters: Piece
  /** What it found. @param counters a copy of them, at the buffer's start */
  done(counters: ArrayBuffer): AssignResult
}

/** E-steps of n rows, one after the other, by one way. */
export interface EStep {
  /**
   * Gives the device the E-step of k centroids (k × d float32 there); resolves when all of it is given. Work that comes next need not wait
   * for it.
   */
  give(centroids: Pointer, k: number, labels: LabelBuffers, options: EStepOptions): Promise<GivenEStep>
  /** Whether it could be given ahead, and takes the device a millisecond at most. */
  quick(k: number): boolean
  /** The last E-step given does not count: its labels are not used. */
  drop(): void
  /** Takes memory and packs the points for k centroids, which the first E-step would do otherwise. */
  reserve(k: number): void | Promise<void>
  /** Device memory held. */
  readonly bytes: number
  dispose(): void
}
