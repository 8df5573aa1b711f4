/** @file What the process of a library is asked and answers: a line of JSON each (bench/rivals/runner.py tells the same for Python). */

import type { Start } from '../cases/cases.js'

export interface LoadCommand {
  do: 'load'
  /** n·d float32. */
  x: string
  /** k int32, the rows to start from. */
  start: string
  n: number
  d: number
  k: number
  niter: number
  init: Start
  seed: number
}

export interface ResultCommand {
  do: 'result'
  /** Files to write: k·d float32, n int32. */
  centroids: string
  labels: string
}

export type Command = LoadCommand | ResultCommand | { do: 'train' } | { do: 'roof' }

/** The first line. */
export type Greeting = { version: string } | { absent: string }

/** One whole training, from points in host memory to final centroids. */
export interface TrainAnswer {
  seconds: number
  /** Iterations done; a library may stop by itself. */
  iterations: number
  /** Peak of resident memory beyond what was held before: the points, the library, what earlier trainings left. 0 where it is not known. */
  peakBytes: number
  /** Where it ran, if the library says so. */
  backend?: string
}

export type Failure = { error: string; memory: boolean }
