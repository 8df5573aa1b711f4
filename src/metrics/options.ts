/** @file Options that several metrics share. */
import { checkNames, checkSignal } from '../optionChecks.js'

/** Options of the metrics that look at the points. */
export interface PointMetricOptions {
  /** Columns; needed beside a flat array. */
  d?: number
  /** Ends the computation: the promise is rejected with the signal's reason. */
  signal?: AbortSignal
}

/** @throws TypeError for options that are no object, hold a name that is not among `names`, or a signal that is none */
export function checkOptions(where: string, options: object, names: readonly string[]): void {
  checkNames(where, options, names)
  checkSignal(where, (options as PointMetricOptions).signal)
}
