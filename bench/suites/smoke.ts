/** @file Under a minute, for every change: exact labels on both CPU devices, and faster than the bundled rival, TensorFlow.js ops. */
import type { BenchArguments } from '../arguments.js'
import { SMOKE_CASES } from '../cases/cases.js'
import { measureCase } from '../measure.js'
import { printCase } from '../print.js'
import { speedUp } from '../summary.js'

const RIVAL = 'tfjs-naive'
/** Times as fast as the rival, at least. Half of what a quiet machine shows and less: neighbours must not fail a change. */
const LEAST: Readonly<Record<string, number>> = { cpu: 4, wasm: 1.5 }

/** @throws Error where a label is wrong, a device is missing or is too slow */
export async function smokeSuite(args: BenchArguments): Promise<void> {
  const { devices = Object.keys(LEAST), repeats = 5 } = args
  const failures: string[] = []
  for (const c of SMOKE_CASES) {
    const record = await measureCase(c, { libraries: [...devices, RIVAL], repeats, judge: 'cpu' })
    printCase(record)
    for (const device of devices) {
      const { missing } = record.libraries[device]
      const ratio = speedUp(record, device, RIVAL)?.max
      if (missing !== undefined) failures.push(`${c.name}: ${device} ${missing}`)
      else if (ratio !== undefined && ratio < LEAST[device])
        failures.push(`${c.name}: expected ${device} to be at least ${LEAST[device]} times as fast as ${RIVAL}, got ${ratio.toFixed(2)}`)
    }
    const rival = record.libraries[RIVAL]
    if (rival.missing !== undefined) failures.push(`${c.name}: ${RIVAL} ${rival.missing}`)
  }
  if (failures.length > 0) throw new Error(`bench smoke:\n  ${failures.join('\n  ')}`)
}
