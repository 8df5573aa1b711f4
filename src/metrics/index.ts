/** @file Scores of a clustering: against true labels (float64, synchronous), and against the points themselves (asynchronous). */

export { adjustedMutualInfoScore } from './ami.js'
export { adjustedRandScore } from './ari.js'
export { type AverageMethod, type AverageOptions } from './average.js'
export { calinskiHarabaszScore } from './calinskiHarabasz.js'
export { type ContingencyMatrix, contingencyMatrix } from './contingency.js'
export { daviesBouldinScore } from './daviesBouldin.js'
export { fowlkesMallowsScore } from './fowlkesMallows.js'
export { type Label } from './labels.js'
export { mutualInfoScore } from './mi.js'
export { normalizedMutualInfoScore } from './nmi.js'
export { type PairConfusionMatrix, pairConfusionMatrix } from './pairConfusion.js'
export { type PointMetricOptions } from './options.js'
export { purityScore } from './purity.js'
export { randScore } from './rand.js'
export { silhouetteSamples, silhouetteScore, type SilhouetteScoreOptions } from './silhouette.js'
export {
  completenessScore,
  type HomogeneityCompletenessVMeasure,
  homogeneityCompletenessVMeasure,
  homogeneityScore,
  type VMeasureOptions,
  vMeasureScore,
} from './vMeasure.js'
