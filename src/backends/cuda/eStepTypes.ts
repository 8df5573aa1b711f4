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
}

export interface EStepOptions extends AssignOptions {
  /** Whether `labels` holds those of an earlier E-step: a warm start. */
  hasPrevious: boolean
  precision: Plan['precision']
}

export interface EStep {
  /**
   * Writes the labels of k centroids (k × d float32 on the device). Where it throws, what `labels` holds is undefined.
   * @param labels n int32 on the device: in, the labels before, if there are any; out, the new
   */
  assign(centroids: Pointer, k: number, labels: Pointer, options: EStepOptions): Promise<AssignResult>
  /** Device memory held. */
  readonly bytes: number
  dispose(): void
}
