/**
 * @file The format of the next screen. int8 takes half as long as fp16, and half the memory, and leaves more candidates, each of which
 * costs a distance; rows with too many are screened in fp16 besides, which the E-step has to wait for. So int8 is taken where it promises
 * most: with many centroids from the first E-step on, with fewer once there are labels to begin with. What it leaves decides whether it
 * stays. Labels are the same either way.
 */
import type { Format } from './screenShape.js'

/** Centroids from which on int8 is taken: in the first E-step, and after (H100; cold at k = 8192, d = 128: 12 ms against 7). */
const INT8_FROM = { first: 16_384, later: 2048 } as const
/** Multiplications of an E-step from which on what int8 spares is more than the wait for what it leaves open. */
const WORK_FROM = 1e11
/** Share of the labels that changed below which they have settled. */
const SETTLED = 1 / 10
/**
 * A candidate beyond the label costs as much as int8 spares with so many centroids, at least (H100, n = 204,800, k = 2048: 0.06 ns where a
 * pair spares 0.21 ps at d = 100, 0.12 and 0.37 at 256, 0.64 and 1.0 at 768).
 */
const CENTROIDS_OF_A_CANDIDATE = 512
/**
 * Share of the rows from which on screening them in fp16 besides, and what the others then have of candidates, cost more than int8 spares
 * (H100, columns of lognormal scales, 1/6 of the rows open: 5.6 ms, and 3.7 in fp16).
 */
const OPEN = 1 / 8

/** What an E-step has left. */
export interface Leavings {
  format: Format
  /** Rows, and pairs with centroids that were screened. */
  rows: number
  pairs: number
  /** Candidates of the rows, but of open ones: those with more candidates than slots. */
  candidates: number
  open: number
  /** Labels that changed. */
  changed: number
}

/** Learns from the E-steps of one set of points which format is worth it. */
export interface ScreenChoice {
  /** For an E-step of k centroids, so many multiplications, that has labels to begin with or not; int8 only where the device has it. */
  formatFor(k: number, work: number, known: boolean, hasInt8: boolean): Format
  /** After an E-step, of all points or of a part of them. */
  done(left: Leavings): void
}

/**
 * FASTKMEANS_CUDA_SCREEN, 'fp16' or 'int8', takes this one always: for tests.
 * @param eager int8 is taken however little there is to do; for tests
 */
export function screenChoice({ eager = false } = {}): ScreenChoice {
  const forced = process.env.FASTKMEANS_CUDA_SCREEN
  let settled = false
  /** Where int8 was not worth it: before labels had settled, after. */
  const refused = { unsettled: false, settled: false }
  return {
    formatFor(k, work, known, hasInt8) {
      if (!hasInt8 || forced === 'fp16') return 'fp16'
      if (forced === 'int8') return 'int8'
      if (refused.settled || (!settled && refused.unsettled)) return 'fp16'
      return eager || (k >= INT8_FROM[known ? 'later' : 'first'] && work >= WORK_FROM) ? 'int8' : 'fp16'
    },
    done({ format, rows, pairs, candidates, open, changed }) {
      const costly = candidates > rows + pairs / CENTROIDS_OF_A_CANDIDATE || open > rows * OPEN
      if (format === 'int8' && costly) refused[settled ? 'settled' : 'unsettled'] = true
      settled = changed <= rows * SETTLED
    },
  }
}
