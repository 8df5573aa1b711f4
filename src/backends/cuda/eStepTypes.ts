/** @file What an E-step on the device is, however it is done. */
import type { AssignOptions, AssignResult, Plan } from '../backend.js'
import type { Pointer } from './api.js'

/** Rows on the device. */
export interface EStepPoints {
  /** n × d float32, row-major. */
  x: Pointer
  n: number
  d: number
  /** d float32: the origin that suits the points. */
  mean: Pointer
  /** The columns that hold nearly all of the spread, if few do (leads.ts); asked for where it matters. */
  leads(): readonly number[]
}

export interface EStepOptions extends AssignOptions {
  /** Whether `labels` holds those of an earlier E-step: a warm start. */
  hasPrevious: boolean
  precision: Plan['precision']
  /** Called when all of the step's work is given to the stream: what comes then need not wait until its result was read. */
  launched?: () => void
}

export interface EStep {
  /**
   * Writes the labels of k centroids (k × d float32 on the device). Where it throws, what `labels` holds is undefined.
   * @param labels n int32 on the device: in, the labels before, if there are any; out, the new
   */
  assign(centroids: Pointer, k: number, labels: Pointer, options: EStepOptions): Promise<AssignResult>
  /** Takes memory and packs the points for k centroids, which the first assign would do otherwise. */
  reserve(k: number): void | Promise<void>
  /** Device memory held. */
  readonly bytes: number
  dispose(): void
}
