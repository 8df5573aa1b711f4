/** @file How the demo runs: the same for every data set, and what scikit-learn and faiss were asked to do. */
import type { Device, FastKMeansOptions } from '../../options.js'
import type { DemoCase } from './cases.js'

/** One fit, as a child process is told to do it. */
export interface Task {
  demoCase: DemoCase
  seed: number
  device: Device
}

/** The scores of one fit, as its child process sends them. */
export interface SeedResult {
  name: string
  seed: number
  n: number
  d: number
  backend: string
  why: string
  iterations: number
  seconds: number
  inertia: number
  nmi: number
  ari: number
  /** Inertia of each iteration. */
  obj: Float64Array
  centroids: Float32Array
  labels: Int32Array
}

/** A message of a child process. */
export type Message =
  | { kind: 'ready' }
  | { kind: 'iteration'; name: string; seed: number; iteration: number }
  | { kind: 'result'; result: SeedResult }
  | { kind: 'error'; message: string; stack?: string }

/** The largest number of iterations of a fit. */
export const NITER = 100

/** tol 0 never holds: a run ends when no label changes, or after NITER iterations. */
export function protocolOptions({ seed, device }: Pick<Task, 'seed' | 'device'>): FastKMeansOptions {
  return { seed, device, init: 'k-means++', niter: NITER, tol: 0, maxPointsPerCentroid: null, minPointsPerCentroid: 0 }
}
