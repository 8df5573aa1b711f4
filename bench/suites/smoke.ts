/** @file Under a minute, for every change: exact labels on both CPU devices, and faster than the bundled rival, TensorFlow.js ops. */
import type { BenchArguments } from '../arguments.js'
import { SMOKE_CASES } from '../cases/cases.js'
import { measureCase } from '../measure.js'
import { printCase } from '../print.js'
import { LEAST, failuresOf } from '../verdict.js'

const RIVAL = 'tfjs-naive'

/** @throws Error where a label is wrong, a device is missing or is too slow */
export async function smokeSuite(args: BenchArguments): Promise<void> {
  const { devices = Object.keys(LEAST), repeats = 5 } = args
  const failures: string[] = []
  for (const c of SMOKE_CASES) {
    const record = await measureCase(c, { libraries: [...devices, RIVAL], repeats, judge: 'cpu' })
    printCase(record)
    failures.push(...failuresOf(record, devices, RIVAL))
  }
  if (failures.length > 0) throw new Error(`bench smoke:\n  ${failures.join('\n  ')}`)
}
