/** @file A model as a card: what it was trained on, where and why there, how it ended, and how large its clusters are. */
import { counted, formatCount, formatInertia } from '../numberText.js'
import type { StopReason } from '../lloyd.js'
import type { TrainedState } from '../training.js'
import { barsSvg, cardHtml } from './card.js'
import type { Fact } from './card.js'

/** What is known of a model: nothing yet, centroids alone, or all of a training. */
export interface ModelFacts {
  d: number
  k: number
  state: Partial<TrainedState> | null
}

const ENDS: Record<StopReason, string> = {
  labels: 'no label changed any more',
  tol: 'the centroids moved less than tol',
  niter: 'all iterations (niter) were run',
  maxSeconds: 'the time limit (maxSeconds)',
  aborted: 'it was stopped; these are the best centroids so far',
  failed: 'an error; these are the best centroids so far',
}

/** Why a training ended, in words. */
export const endOf = (reason: StopReason): string => ENDS[reason]

/** HTML. */
export function modelCard({ d, k, state }: ModelFacts): string {
  const heading = `FastKMeans: ${counted(k, 'cluster')} in ${counted(d, 'dimension')}`
  if (state === null) return cardHtml(heading, [['state', 'not trained; call train or fit']])
  const { stats, counts, inertia, nIter, stopReason, trainRows, labels } = state
  if (stats === undefined || stopReason === undefined || nIter === undefined)
    return cardHtml(heading, [['state', 'made from given centroids; not trained here']])
  const n = labels?.length ?? trainRows?.length
  const facts: Fact[] = [
    [
      'points',
      n === undefined
        ? ''
        : `n = ${formatCount(n)}${trainRows ? ', a sample of those given (maxPointsPerCentroid); predict labels all' : ''}`,
    ],
    ['device', `${stats.backend} (${stats.why})`],
    ['precision', stats.precision === 'exact' ? '' : 'fast: labels are not proved'],
    ['inertia', inertia === null || inertia === undefined ? 'none: stopped before the first iteration' : formatInertia(inertia)],
    [
      'iterations',
      `${nIter} in ${seconds(stats.time.iterations)}, ${seconds(stats.time.total)} with all else; ended by: ${endOf(stopReason)}`,
    ],
    ['cluster sizes', counts ? sizesText(counts) : ''],
    ['input', stats.input ?? ''],
    ...stats.warnings.map((warning): Fact => ['warning', warning]),
  ]
  return cardHtml(
    heading,
    facts,
    counts && counts.length > 1 ? barsSvg(counts.slice().sort().reverse(), 'sizes of the clusters, largest first') : '',
  )
}

/** '0.52 s', '12.3 s'. */
export const seconds = (value: number): string => `${value < 10 ? Number(value.toPrecision(2)) : value.toFixed(1)} s`

function sizesText(counts: Uint32Array): string {
  const sorted = counts.slice().sort()
  const k = sorted.length
  const empty = sorted.findIndex((count) => count > 0)
  const median = (sorted[Math.floor((k - 1) / 2)] + sorted[Math.ceil((k - 1) / 2)]) / 2
  const range =
    k === 1 ? formatCount(sorted[0]) : `${formatCount(sorted[0])} to ${formatCount(sorted[k - 1])}, median ${formatCount(median)}`
  return empty > 0 ? `${range}; ${counted(empty, 'cluster')} empty` : range
}
