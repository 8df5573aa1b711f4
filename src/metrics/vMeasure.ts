import { crossTable } from './crossTable.js'
import { information } from './information.js'
import type { Label } from './labels.js'
import { checkOptions } from './options.js'

/** Options of the V-measure. */
export interface VMeasureOptions {
  /** Weight of completeness beside homogeneity, ≥ 0. Default: 1. */
  beta?: number
}

/** The three scores, each in [0, 1]. */
export interface HomogeneityCompletenessVMeasure {
  /** 1 where every cluster holds points of one class only. */
  homogeneity: number
  /** 1 where all points of a class lie in one cluster. */
  completeness: number
  /** Their weighted harmonic mean. */
  vMeasure: number
}

/**
 * Homogeneity, completeness and V-measure at once, as scikit-learn's `homogeneity_completeness_v_measure`; all 1 for no points.
 * Source: Rosenberg and Hirschberg, "V-Measure: a conditional entropy-based external cluster evaluation measure" (EMNLP, 2007).
 * @throws RangeError for different lengths or a negative beta; TypeError for what are no labels, or an unknown option
 */
export function homogeneityCompletenessVMeasure(
  labelsTrue: ArrayLike<Label>,
  labelsPred: ArrayLike<Label>,
  options: VMeasureOptions = {},
): HomogeneityCompletenessVMeasure {
  return measure(labelsTrue, labelsPred, options, 'homogeneityCompletenessVMeasure')
}

/**
 * Homogeneity, as scikit-learn's `homogeneity_score`: 1 where every cluster holds points of one class only. Swapped labelings give
 * completeness.
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function homogeneityScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): number {
  return measure(labelsTrue, labelsPred, {}, 'homogeneityScore').homogeneity
}

/**
 * Completeness, as scikit-learn's `completeness_score`: 1 where all points of a class lie in one cluster. Swapped labelings give
 * homogeneity.
 * @throws RangeError for different lengths; TypeError for what are no labels
 */
export function completenessScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>): number {
  return measure(labelsTrue, labelsPred, {}, 'completenessScore').completeness
}

/**
 * V-measure, as scikit-learn's `v_measure_score`: (1 + β)·h·c / (β·h + c). With β = 1 it is the normalised mutual information with the
 * arithmetic mean.
 * @throws RangeError for different lengths or a negative beta; TypeError for what are no labels, or an unknown option
 */
export function vMeasureScore(labelsTrue: ArrayLike<Label>, labelsPred: ArrayLike<Label>, options: VMeasureOptions = {}): number {
  return measure(labelsTrue, labelsPred, options, 'vMeasureScore').vMeasure
}

function measure(
  labelsTrue: ArrayLike<Label>,
  labelsPred: ArrayLike<Label>,
  options: VMeasureOptions,
  where: string,
): HomogeneityCompletenessVMeasure {
  checkOptions(where, options, ['beta'])
  const { beta = 1 } = options
  if (!Number.isFinite(beta) || beta < 0) throw new RangeError(`${where}: expected beta ≥ 0, got ${beta}`)
  const { mi, hTrue, hPred } = information(crossTable(labelsTrue, labelsPred, where))
  const homogeneity = hTrue === 0 ? 1 : mi / hTrue
  const completeness = hPred === 0 ? 1 : mi / hPred
  const weighted = (1 + beta) * homogeneity * completeness
  return { homogeneity, completeness, vMeasure: weighted === 0 ? 0 : weighted / (beta * homogeneity + completeness) }
}
