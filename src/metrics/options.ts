/** @file What the metrics ask of their options. */

/** Options of the metrics that look at the points. */
export interface PointMetricOptions {
  /** Columns; needed beside a flat array. */
  d?: number
  /** Ends the computation: the promise is rejected with the signal's reason. */
  signal?: AbortSignal
}

/** @throws TypeError for options that are no object, or hold a name that is not among `names` */
export function checkOptions(options: object, names: readonly string[], where: string): void {
  if (options === null || typeof options !== 'object')
    throw new TypeError(`${where}: expected an object of options, got ${options === null ? 'null' : typeof options}`)
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`${where}: expected the options ${names.join(', ') || '(none)'}, got '${unknown}'`)
  const { signal } = options as PointMetricOptions
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`${where}: expected signal to be an AbortSignal, got ${typeof signal}`)
}
