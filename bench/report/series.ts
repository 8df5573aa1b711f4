/** @file Records as series of the time charts. */
import type { TimeSeries } from '../../src/plots/index.js'
import type { CaseRecord } from '../results.js'
import { summarize } from '../summary.js'

/** Seconds of each library against n, k or d; one that has fewer sizes than `least` is left out. `named` makes the name of a line. */
export function timeSeries(
  records: readonly CaseRecord[],
  axis: 'n' | 'k' | 'd',
  { least = 1, named = (_: string, label: string) => label }: { least?: number; named?: (name: string, label: string) => string } = {},
): TimeSeries[] {
  const series = new Map<string, { label: string; points: { x: number; seconds: number; min: number; max: number }[] }>()
  for (const record of records)
    for (const { name, label, seconds } of summarize(record)) {
      if (seconds === undefined) continue
      const { points } = series.get(name) ?? series.set(name, { label, points: [] }).get(name)!
      points.push({ x: record[axis], seconds: seconds.median, min: seconds.min, max: seconds.max })
    }
  return [...series]
    .filter(([, { points }]) => points.length >= least)
    .map(([name, { label, points }]) => ({ name: named(name, label), points }))
}
