/** @file What FastKMeans's methods take beside the points, and what assign gives. */
import { describe } from './describe.js'
import { checkNames, checkObject } from './options.js'
import type { FastKMeansOptions } from './options.js'

/** Arguments of train and fit beside the points. */
export interface TrainOptions {
  /** n weights, not negative, not all zero. Float32. Default: all 1. */
  sampleWeight?: ArrayLike<number>
  /** Rows of a flat array; only checked. */
  n?: number
  /** In place of the option of the constructor. */
  signal?: AbortSignal
  /** In place of the option of the constructor. */
  onIteration?: FastKMeansOptions['onIteration']
  /** In place of the option of the constructor. */
  progress?: FastKMeansOptions['progress']
}

/** Arguments of predict, assign and transform beside the points. */
export interface PredictOptions {
  /** Rows of a flat array; only checked. */
  n?: number
  /** Rejects with the signal's reason when it is aborted. */
  signal?: AbortSignal
}

/** Arguments of score beside the points. */
export type ScoreOptions = PredictOptions & Pick<TrainOptions, 'sampleWeight'>

/** Squared distances and labels, as faiss's assign gives them. */
export interface Assignment {
  /** n labels. */
  labels: Int32Array
  /** n squared distances to the centroid of the label. */
  sqDistances: Float64Array
}

/** Arguments of train beside the options, for the suggestions of error messages. */
export const TRAIN_NAMES = ['sampleWeight', 'n']
const PREDICT_NAMES = ['n', 'signal']

/** The arguments of train: its own, and options in place of the constructor's. */
export function trainArguments(
  where: string,
  args: TrainOptions,
): Pick<TrainOptions, 'sampleWeight' | 'n'> & { options: FastKMeansOptions } {
  checkObject(where, args)
  const { sampleWeight, n, ...others } = args
  return { sampleWeight, n, options: Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)) }
}

/** The arguments of predict, assign, transform; of score, which takes weights too. */
export function predictArguments(where: string, args: ScoreOptions, weighted = false): ScoreOptions {
  checkNames(where, args, weighted ? [...PREDICT_NAMES, 'sampleWeight'] : PREDICT_NAMES)
  const { n, signal, sampleWeight } = args
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`${where}: expected signal to be an AbortSignal, got ${describe(signal)}`)
  return { n, signal, sampleWeight }
}
