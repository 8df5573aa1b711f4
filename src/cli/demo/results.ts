/** @file From the fits of one case to means and ranges, beside those of other libraries. */
import { readFile } from 'node:fs/promises'
import type { DemoCase } from './cases.js'
import type { SeedResult } from './protocol.js'

/** Mean and range of one measure over the seeds. */
export interface Spread {
  mean: number
  min: number
  max: number
}

/** The measures that are compared between libraries. */
export interface Quality {
  inertia: Spread
  nmi: Spread
  ari: Spread
  iterations: Spread
}

/** All seeds of one case. */
export interface CaseResult extends Quality {
  name: string
  dataset: string
  n: number
  d: number
  k: number
  backend: string
  why: string
  seeds: number
  seconds: Spread
  /** The seed of least inertia, the first on ties. */
  best: SeedResult
  /** Recorded on the same bytes with the same protocol. */
  references: Readonly<Record<string, Quality>>
}

/** datasets/quality-reference.json. */
export interface QualityReference {
  versions: Readonly<Record<string, string>>
  calls: Readonly<Record<string, string>>
  cases: Readonly<Record<string, { sha256: string } & Record<ReferenceName, Quality>>>
}

/** Libraries whose figures stand in datasets/quality-reference.json. */
export const REFERENCES = ['scikit-learn', 'faiss'] as const
/** One of them. */
export type ReferenceName = (typeof REFERENCES)[number]

/** What bench/reference/quality.py recorded. */
export async function readReference(): Promise<QualityReference> {
  const file = new URL('../../../datasets/quality-reference.json', import.meta.url)
  return JSON.parse(await readFile(file, 'utf8')) as QualityReference
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, min: Math.min(...values), max: Math.max(...values) }
}

/** Sums up the fits of one case. @param fits in any order */
export function summarize({ name, dataset, k }: DemoCase, fits: readonly SeedResult[], reference: QualityReference): CaseResult {
  const bySeed = fits.toSorted((a, b) => a.seed - b.seed)
  const { n, d, backend, why } = bySeed[0]
  const spread = (of: (fit: SeedResult) => number): Spread => spreadOf(bySeed.map(of))
  const recorded = reference.cases[name]
  return {
    name,
    dataset,
    n,
    d,
    k,
    backend,
    why,
    seeds: fits.length,
    iterations: spread((fit) => fit.iterations),
    seconds: spread((fit) => fit.seconds),
    inertia: spread((fit) => fit.inertia),
    nmi: spread((fit) => fit.nmi),
    ari: spread((fit) => fit.ari),
    best: bySeed.reduce((best, fit) => (fit.inertia < best.inertia ? fit : best)),
    references: Object.fromEntries(REFERENCES.map((library) => [library, recorded[library]])),
  }
}
