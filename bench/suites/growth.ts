/** @file How time grows with n, with k and with d: the slope of log time over log size. 1 is in proportion. */
import type { BenchArguments } from '../arguments.js'
import { GROWTH_CASES } from '../cases/cases.js'
import type { BenchCase } from '../cases/cases.js'
import type { CaseRecord } from '../results.js'
import { summarize } from '../summary.js'
import { fittedExponent } from '../timing.js'
import { measureAll } from './trainings.js'

const LIBRARIES = ['cpu', 'wasm', 'faiss', 'sklearn']
const REPEATS = 3
const SECONDS = 6

export async function growthSuite(args: BenchArguments): Promise<void> {
  const { devices, rivals, cases } = args
  const libraries = devices || rivals ? [...(devices ?? []), ...(rivals ?? [])] : LIBRARIES
  for (const axis of ['n', 'k', 'd'] as const) {
    const chosen = GROWTH_CASES[axis].filter(({ name }) => cases?.includes(name) ?? true)
    const records = await measureAll(args, chosen, () => ({ libraries, repeats: REPEATS, seconds: SECONDS, judge: 'cpu' }))
    for (const { label, exponent } of exponents(records, axis)) console.log(`  ${label}: time ~ ${axis}^${exponent.toFixed(2)}`)
  }
}

/** The exponent of each library that has at least three sizes. */
export function exponents(records: readonly CaseRecord[], axis: 'n' | 'k' | 'd'): { name: string; label: string; exponent: number }[] {
  const series = new Map<string, { label: string; points: [BenchCase, number][] }>()
  for (const record of records)
    for (const { name, label, seconds } of summarize(record)) {
      if (seconds === undefined) continue
      const { points } = series.get(name) ?? series.set(name, { label, points: [] }).get(name)!
      points.push([record, seconds.median])
    }
  return [...series]
    .filter(([, { points }]) => points.length >= 3)
    .map(([name, { label, points }]) => ({
      name,
      label,
      exponent: fittedExponent(
        points.map(([c]) => c[axis]),
        points.map(([, seconds]) => seconds),
      ),
    }))
}
