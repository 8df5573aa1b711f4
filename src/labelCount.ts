/** @file Of labels that are too few: what has most likely happened. */

/** The way out, for the end of an error message; empty where there are no fewer labels than points. */
export const tooFewLabels = (labels: number, n: number): string =>
  labels < n
    ? '; labels of a training on a sample (maxPointsPerCentroid) are those of trainRows: await km.predict(x) labels all points'
    : ''
