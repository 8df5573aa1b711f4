/** @file How time grows with n, with k and with d: the slope of log time over log size. 1 is in proportion. */
import type { BenchArguments } from '../arguments.js'
import { GROWTH_CASES } from '../cases/cases.js'
import { exponents } from '../summary.js'
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
