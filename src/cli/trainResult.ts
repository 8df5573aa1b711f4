/** @file What `fastkmeans train` says of a training: one object for programs, a few lines for people. */
import type { FastKMeans } from '../fastkmeans.js'
import type { StopReason } from '../lloyd.js'
import type { Input } from './input.js'
import { formatCount, formatSeconds } from '../numberText.js'
import type { OutputRequest } from './output.js'
import { known } from './trainOutputs.js'
import type { Unwritten } from './trainOutputs.js'

/** The object that --json prints. */
export interface TrainResult {
  /** Files of points. */
  inputs: readonly string[]
  n: number
  d: number
  k: number
  /** Points trained on: fewer than n where they were subsampled. */
  trainedOn: number
  seed: number
  /** Null where the training was stopped before its first E-step. */
  inertia: number | null
  nIter: number
  stopReason: StopReason
  backend: string
  why: string
  precision: string
  recheckedRows: number
  seconds: { total: number; init: number; iterations: number }
  warnings: string[]
  /** Files by kind: centroids, labels, model. */
  outputs: Record<string, string>
}

/** Makes that object from a trained model and from the files, those that were written and those that were not. */
export function trainResult(
  model: FastKMeans,
  {
    paths,
    input,
    outputs,
    unwritten,
  }: { paths: readonly string[]; input: Input; outputs: readonly OutputRequest[]; unwritten: readonly Unwritten[] },
): TrainResult {
  const { stats } = model
  const written = outputs.filter(({ path }) => !unwritten.some((other) => other.path === path))
  const notes = input.note === undefined ? [] : [input.note]
  return {
    inputs: paths,
    n: input.n,
    d: model.d,
    k: model.k,
    trainedOn: model.trainRows?.length ?? input.n,
    seed: model.getParams().seed,
    inertia: known(() => model.inertia) ?? null,
    nIter: model.nIter,
    stopReason: model.stopReason,
    backend: stats.backend,
    why: stats.why,
    precision: stats.precision,
    recheckedRows: stats.recheckedRows,
    seconds: stats.time,
    warnings: [...notes, ...stats.warnings],
    outputs: Object.fromEntries(written.map(({ kind, path }) => [kind, path])),
  }
}

const REASONS: Readonly<Record<StopReason, string>> = {
  labels: 'no label changed any more',
  tol: 'the centroids moved less than tol',
  niter: 'all iterations were run',
  maxSeconds: 'the time was over',
  aborted: 'stopped by you',
  failed: 'ended by an error',
}

/** The lines for a person. */
export function trainSummary(result: TrainResult): string {
  const { n, d, k, trainedOn, inertia, nIter, stopReason, backend, why, seconds, outputs } = result
  const some = trainedOn < n ? `, trained on ${formatCount(trainedOn)}` : ''
  const quality = inertia === null ? 'the starting centroids: no E-step was completed' : `inertia ${inertia.toPrecision(9)}`
  return [
    `${formatCount(n)} x ${formatCount(d)} points${some}, ${formatCount(k)} clusters: ${quality}`,
    `${formatCount(nIter)} iteration${nIter === 1 ? '' : 's'} (${REASONS[stopReason]}) in ${formatSeconds(seconds.total)} on ${backend} (${why})`,
    ...Object.entries(outputs).map(([kind, path]) => `${kind}: ${path}`),
    '',
  ].join('\n')
}
