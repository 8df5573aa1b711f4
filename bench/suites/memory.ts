/**
 * @file Peak memory of one training beyond the points: the first of a fresh process, by the kernel's high-water mark of resident memory.
 */
import type { BenchArguments } from '../arguments.js'
import { MEMORY_CASES } from '../cases/cases.js'
import type { BenchCase } from '../cases/cases.js'
import { machine } from '../machine.js'
import { measureCase } from '../measure.js'
import { saveCase } from '../results.js'
import { chosenCases, commandLine, resultsFile } from './trainings.js'

const LIBRARIES = ['cpu', 'wasm', 'faiss', 'sklearn', 'superkmeans', 'fastkmeans']
const MB = 1e6

export async function memorySuite(args: BenchArguments): Promise<void> {
  const { devices, rivals } = args
  const libraries = devices || rivals ? [...(devices ?? []), ...(rivals ?? [])] : LIBRARIES
  for (const c of chosenCases(MEMORY_CASES, args.cases)) {
    const record = await measureCase(c, { libraries, repeats: 0, judge: 'cpu' })
    const { n, d, k } = c
    console.log(`\n${c.name}: ${n} × ${d} into ${k}, ${(dataBytes(c) / MB).toFixed(0)} MB of points`)
    for (const { label, first, deviceBytes, missing } of Object.values(record.libraries)) {
      const device = deviceBytes === undefined ? '' : `, ${(deviceBytes / MB).toFixed(0)} MB of the GPU with its context`
      console.log(`  ${label.padEnd(28)} ${first ? `${(first.peakBytes / MB).toFixed(0)} MB beyond them${device}` : missing}`)
    }
    if (args.save) saveCase(resultsFile(args), { suite: args.suite, command: commandLine(), machine: machine() }, record)
  }
}

/** Bytes of a case's points. */
const dataBytes = ({ n, d }: BenchCase): number => 4 * n * d
