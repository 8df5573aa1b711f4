import type { Points } from '../points.js'

/** Points with the classes they are known to belong to. */
export interface Dataset {
  /** Short name: 'iris'. */
  readonly name: string
  /** n×d float32. */
  readonly x: Points
  /** The class of each row, 0 … classes − 1 unless the source numbers them otherwise; length n. */
  readonly labels: Int32Array
  /** d names, where columns have a meaning. */
  readonly featureNames?: readonly string[]
  /** Name of class i at index i, where classes have names. */
  readonly targetNames?: readonly string[]
  /** Where a row is an image: its rows and columns of pixels, row-major. */
  readonly imageShape?: readonly [rows: number, columns: number]
  /** k×d, row-major: the centres that generated sets were drawn around. */
  readonly centroids?: Float32Array
  /** Where the data come from: an address, or the generator. */
  readonly source: string
  /** SPDX name of the licence where there is one. */
  readonly licence: string
}
