/**
 * @file The stop rules of the option tolMode: what `tol` is compared with, as in the Python library, scikit-learn, faiss or flash-kmeans.
 */
import type { TolMode } from './options.js'
import { pace } from './pace.js'
import { rowsOf } from './points.js'
import type { Points } from './points.js'

/** The stop rule of one run. */
export interface ToleranceTest {
  /** The movement of the centroids as this mode measures it. */
  measure(shifts: Float64Array, obj: number): number
  /** Whether the measure ends the run. */
  reached(measure: number): boolean
}

const sum = (shifts: Float64Array): number => shifts.reduce((total, shift) => total + shift, 0)
const sumOfSquares = (shifts: Float64Array): number => shifts.reduce((total, shift) => total + shift * shift, 0)

/** The stop rule for one run. 'sklearn' reads all points first, for the variances of the columns. */
export async function toleranceTest(tolMode: TolMode, tol: number, points: Points, signal?: AbortSignal): Promise<ToleranceTest> {
  switch (tolMode) {
    case 'fastkmeans':
      return { measure: sum, reached: (shift) => shift < tol }
    case 'max':
      return { measure: (shifts) => shifts.reduce((a, b) => Math.max(a, b), 0), reached: (shift) => shift < tol }
    case 'sklearn': {
      const bound = tol > 0 ? tol * (await meanVariance(points, signal)) : tol
      return { measure: sumOfSquares, reached: (shift) => shift <= bound }
    }
    case 'faiss': {
      let before = Infinity
      let relative = Infinity
      return {
        measure: (shifts, obj) => {
          relative = before === Infinity || before === 0 ? Infinity : Math.abs(before - obj) / before
          before = obj
          return sum(shifts)
        },
        reached: () => relative <= tol,
      }
    }
    default:
      return tolMode satisfies never
  }
}

/** Mean of the columns' variances, in float64 and two passes (numpy's np.mean(np.var(x, axis=0))). */
async function meanVariance(points: Points, signal?: AbortSignal): Promise<number> {
  const { n, d } = points
  const clock = pace(signal)
  const grain = Math.max(1, Math.floor(65_536 / d))
  const mean = new Float64Array(d)
  let total = 0
  for (const pass of ['mean', 'variance'] as const) {
    for (let start = 0; start < n; start += grain) {
      if (clock.due()) await clock.rest()
      const x = rowsOf(points, start, Math.min(n, start + grain))
      for (let i = 0; i < x.length; i += d) {
        for (let t = 0; t < d; t++) {
          if (pass === 'mean') mean[t] += x[i + t]
          else total += (x[i + t] - mean[t]) ** 2
        }
      }
    }
    if (pass === 'mean') for (let t = 0; t < d; t++) mean[t] /= n
  }
  return total / n / d
}
