import { checkOptions } from './options.js'

/** How two entropies become the one that mutual information is divided by. */
export type AverageMethod = 'arithmetic' | 'geometric' | 'min' | 'max'

/** Options of normalizedMutualInfoScore and adjustedMutualInfoScore. */
export interface AverageOptions {
  /** Default: 'arithmetic'. */
  averageMethod?: AverageMethod
}

/**
 * The mean that `options` asks for, as a function.
 * @throws TypeError for an unknown option; RangeError for an unknown averageMethod
 */
export function averageOf(options: AverageOptions, where: string): (u: number, v: number) => number {
  checkOptions(where, options, ['averageMethod'])
  const { averageMethod = 'arithmetic' } = options
  switch (averageMethod) {
    case 'arithmetic':
      return (u, v) => (u + v) / 2
    case 'geometric':
      return (u, v) => Math.sqrt(u * v)
    case 'min':
      return Math.min
    case 'max':
      return Math.max
    default:
      averageMethod satisfies never
      throw new RangeError(`${where}: expected averageMethod 'arithmetic', 'geometric', 'min' or 'max', got '${averageMethod}'`)
  }
}
