/**
 * @file What `npm run bench -- smoke` demands of a case: exact labels on every device of ours, and a speed relative to the rival's. A pure
 * function, so that it can be tested.
 */
import type { CaseRecord } from './results.js'
import { speedUp } from './summary.js'

/**
 * Each device must be at least this many times as fast as the rival. That is half of what a quiet machine shows, or less: other work on the
 * machine must not fail a change.
 */
export const LEAST: Readonly<Record<string, number>> = { cpu: 4, wasm: 1.5 }

/** What is wrong, a line each; none where all is well. */
export function failuresOf(record: CaseRecord, devices: readonly string[], rival: string): string[] {
  const fault = (name: string): string | undefined => {
    const { missing, wrongPerMillion } = record.libraries[name]
    if (missing !== undefined) return `${name} ${missing}`
    if (name === rival) return undefined
    if (wrongPerMillion === undefined) return `expected labels of ${name} that were checked`
    if (wrongPerMillion > 0) return `expected exact labels of ${name}, got ${wrongPerMillion} wrong of a million`
    // The best round counts: other work on the machine may slow down one of the two and not the other.
    const ratio = speedUp(record, name, rival)?.max
    if (ratio !== undefined && ratio >= LEAST[name]) return undefined
    return `expected ${name} to be at least ${LEAST[name]} times as fast as ${rival}, got ${ratio?.toFixed(2) ?? 'no run of both'}`
  }
  return [...devices, rival].flatMap((name) => fault(name) ?? []).map((text) => `${record.name}: ${text}`)
}
