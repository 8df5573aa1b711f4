/** @file What FastKMeans's methods take beside the points, and what assign gives. */
import { describe } from './describe.js'
import { checkNames, checkObject, checkSignal } from './optionChecks.js'
import { ADVICE } from './options.js'
import type { FastKMeansOptions, Progress } from './options.js'

/** What train, fit, fitPredict and fitTransform take beside the points. All may be left out. */
export interface TrainOptions {
  /** One weight per point: finite, not negative, at least one above 0; rounded to float32. Default: all 1. */
  sampleWeight?: ArrayLike<number>
  /** The number of points that you expect; another number throws. Default: not checked. */
  n?: number
  /** Stops this training, in place of the constructor's signal. */
  signal?: AbortSignal
  /** Called after each iteration of this training, in place of the constructor's onIteration. */
  onIteration?: FastKMeansOptions['onIteration']
  /** Called while this training takes long, in place of the constructor's onProgress. */
  onProgress?: FastKMeansOptions['onProgress']
  /** Shows the progress of this training, in place of the constructor's progress. */
  progress?: FastKMeansOptions['progress']
}

/** What predict, assign and transform take beside the points. All may be left out. */
export interface PredictOptions {
  /** The number of points that you expect; another number throws. Default: not checked. */
  n?: number
  /** Ends the call when it is aborted: the promise is rejected with the signal's reason. */
  signal?: AbortSignal
  /** Called now and then while it takes long, at most twenty times a second; an error that it throws ends it. */
  onProgress?: (progress: Progress) => void
}

/** What score takes beside the points. All may be left out. */
export type ScoreOptions = PredictOptions & Pick<TrainOptions, 'sampleWeight'>

/** What assign returns for n points, as faiss's assign does. */
export interface Assignment {
  /** The label of each point: the index of its nearest centroid, the lowest index on ties. n values. */
  labels: Int32Array
  /** The squared Euclidean distance from each point to that centroid. n values. */
  sqDistances: Float64Array
}

/** Names that train takes beside options of the constructor: error messages suggest them too. */
export const TRAIN_NAMES = ['sampleWeight', 'n']
const PREDICT_NAMES = ['n', 'signal', 'onProgress']

/** Parts what train was given into its own arguments and `options`, which replace the constructor's. */
export function trainArguments(
  where: string,
  args: TrainOptions,
): Pick<TrainOptions, 'sampleWeight' | 'n'> & { options: FastKMeansOptions } {
  checkObject(where, args)
  const { sampleWeight, n, ...others } = args
  return { sampleWeight, n, options: Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)) }
}

/**
 * Checks what predict, assign, transform or score was given.
 * @param weighted whether sampleWeight is among the names: only score takes it
 */
export function predictArguments(where: string, args: ScoreOptions, weighted = false): ScoreOptions {
  checkNames(where, args, weighted ? [...PREDICT_NAMES, 'sampleWeight'] : PREDICT_NAMES, { advice: ADVICE })
  const { n, signal, onProgress, sampleWeight } = args
  checkSignal(where, signal)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new TypeError(`${where}: expected onProgress to be a function, got ${describe(onProgress)}`)
  return { n, signal, onProgress, sampleWeight }
}
