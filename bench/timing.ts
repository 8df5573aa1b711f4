/** @file Figures of repeated measurements. */

export interface Spread {
  median: number
  min: number
  max: number
}

/** Median (the mean of the middle two), least and greatest of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  return { median, min: sorted[0], max: sorted[sorted.length - 1] }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Slope of the least-squares line through (log x, log y): the exponent of growth. */
export function fittedExponent(xs: readonly number[], ys: readonly number[]): number {
  const [u, v] = [xs.map(Math.log), ys.map(Math.log)]
  const [uMean, vMean] = [mean(u), mean(v)]
  const covariance = u.reduce((sum, value, i) => sum + (value - uMean) * (v[i] - vMean), 0)
  return covariance / u.reduce((sum, value) => sum + (value - uMean) ** 2, 0)
}
