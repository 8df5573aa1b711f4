/** @file Runs that others recorded (bench/reference/*.json), drawn beside ours; each says where it comes from. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TimeSeries } from '../../src/plots/index.js'
import { ROOT } from '../cache.js'

/** One training as it was published. */
export interface ReferencePoint {
  n: number
  d: number
  k: number
  niter: number
  seconds: number
  /** Whether the figure was read off a plot, and is not exact. */
  approximate?: boolean
  nmi?: number
}

export interface Reference {
  label: string
  source: string
  protocol: string
  device: 'cpu' | 'gpu'
  series: { label: string; points: ReferencePoint[] }[]
}

const FOLDER = join(ROOT, 'bench/reference')

export function loadReferences(): Reference[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  return names.map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Reference)
}

const fits = ({ n, d, k, niter }: ReferencePoint): boolean => n === 100 * k && d === 128 && niter === 10

/** The seed's own figures: the same sizes and iterations as the suites seed and gpu, so seconds can be compared. */
export function sameProtocol(references: readonly Reference[]): TimeSeries[] {
  return references
    .flatMap(({ series }) => series)
    .filter(({ points }) => points.every(fits))
    .map(({ label, points }) => ({ name: label, reference: true, points: points.map(({ k, seconds }) => ({ x: k, seconds })) }))
}
