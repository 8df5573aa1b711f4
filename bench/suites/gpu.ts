/**
 * @file The sizes of the Python library's benchmark on a GPU, up to 26,214,400 × 128 into 262,144 clusters. Results are saved size by size,
 * and each library's as soon as its labels have passed the gate. A library that would take too long, judged by the size before, is left
 * out, and the record says so.
 */
import type { BenchArguments } from '../arguments.js'
import { expectedSeconds } from '../budget.js'
import { LONG_GPU_CASES, seedCase } from '../cases/cases.js'
import type { BenchCase } from '../cases/cases.js'
import { caseFiles, discardCase } from '../cases/files.js'
import { machine } from '../machine.js'
import { measureCase } from '../measure.js'
import { printCase } from '../print.js'
import { saveCase } from '../results.js'
import type { CaseRecord } from '../results.js'
import { measureRoof } from '../roof.js'
import { summarize } from '../summary.js'
import { chosenCases, commandLine, resultsFile } from './trainings.js'

const SIZES = [8192, 16_384, 32_768, 65_536, 131_072, 262_144]
const DEVICES = ['cuda']
const RIVALS = ['flash', 'flash-tf32', 'flashlib', 'fastkmeans-triton', 'fastkmeans-torch-gpu', 'faiss-gpu', 'cuml', 'float64-gpu']
/** Seconds that one training may be expected to take. */
const MOST_SECONDS = 100
/** Seconds that a library's trainings may take in one size. */
const SECONDS = 10

export async function gpuSuite(args: BenchArguments): Promise<void> {
  const { devices = DEVICES, rivals = RIVALS, sizes = SIZES, repeats, seconds = SECONDS, append } = args
  const roof = args.save ? await measureRoof('float64-gpu') : {}
  const head = { suite: args.suite, command: commandLine(), machine: machine(), roof }
  const seedCases = [true, false].flatMap((structured) => sizes.map((k) => seedCase(k, structured)))
  const cases = [...seedCases, ...LONG_GPU_CASES.filter(({ k }) => sizes.includes(k))]
  const chosen = chosenCases(cases, args.cases)
  let before: CaseRecord | undefined
  for (const c of chosen) {
    const previous = before
    const record = await measureCase(c, {
      libraries: [...devices, ...rivals],
      judge: 'cuda',
      seconds,
      ...(repeats !== undefined && { repeats }),
      skip: (name) => tooLong(name, c, previous),
      onProgress: (partial) => args.save && !append && saveCase(resultsFile(args), head, partial),
    })
    printCase(record)
    if (args.save) saveCase(resultsFile(args), head, record, append)
    discardCase(await caseFiles(c))
    before = record
  }
}

/** Why a library is not given a case: by its time on the one before, which grows as the work does. */
function tooLong(name: string, c: BenchCase, before: CaseRecord | undefined): string | undefined {
  const last = before && summarize(before).find((summary) => summary.name === name)
  if (last?.missing?.startsWith('not here') || last?.missing?.startsWith('not run')) return last.missing
  if (before === undefined) return undefined
  const expected = expectedSeconds(name, c, before)
  return expected !== undefined && expected > MOST_SECONDS ? `not run: one training would take about ${Math.round(expected)} s` : undefined
}
