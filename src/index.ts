/** @file What the package exports. */
export { FastKMeans } from './fastkmeans.js'
export type { Assignment, PredictOptions, ScoreOptions, TrainOptions } from './arguments.js'
export type { Estimate } from './estimate.js'
export type {
  Device,
  EmptyCluster,
  FastKMeansOptions,
  Init,
  InitContext,
  InitFunction,
  IterationStats,
  Options,
  Progress,
  TolMode,
  TrainingProgress,
} from './options.js'
export type { StopReason } from './lloyd.js'
export type { Points, PointsInput } from './points.js'
export type { PointsStream } from './pointsStream.js'
export type { TrainStats } from './training.js'
export * as datasets from './datasets/index.js'
export * as io from './io/index.js'
export * as metrics from './metrics/index.js'
export * as plots from './plots/index.js'
export * as notebook from './notebook/index.js'
