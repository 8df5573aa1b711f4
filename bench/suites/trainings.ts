/** @file What the suites cpu and seed share: cases one after the other, printed and saved as soon as they are there. */
import { basename, isAbsolute, join } from 'node:path'
import type { BenchArguments } from '../arguments.js'
import type { BenchCase } from '../cases/cases.js'
import { leftOut, shareOf } from '../budget.js'
import { ROOT } from '../cache.js'
import { machine } from '../machine.js'
import { closePool, measureCase } from '../measure.js'
import type { MeasureOptions } from '../measure.js'
import { printCase } from '../print.js'
import { readRecord, saveCase } from '../results.js'
import type { BenchRecord } from '../results.js'
import { measureRoof } from '../roof.js'
import type { LibraryProcess } from '../runners/process.js'

/** Seconds that a library's trainings beyond the first may take in a case. */
const SECONDS = 20

/** What was typed; of files the name alone, as folders are the machine's own. */
export function commandLine(): string {
  const words = process.argv.slice(2).map((word) => (isAbsolute(word) ? basename(word) : word))
  return `npm run bench -- ${words.join(' ')}`
}

/** Where a suite's figures are kept; a forced instruction set has a file of its own. */
export function resultsFile({ suite, out }: BenchArguments): string {
  const isa = process.env.FASTKMEANS_ISA
  return out ?? join(ROOT, 'bench/results', `${suite}${isa ? `-${isa}` : ''}.json`)
}

/** The cases that --case names, or all. @throws Error for a name that is not among them */
export function chosenCases(cases: readonly BenchCase[], names: readonly string[] | undefined): BenchCase[] {
  if (names === undefined) return [...cases]
  return names.map((name) => {
    const found = cases.find((c) => c.name === name)
    if (found === undefined) throw new Error(`bench: expected a case of ${cases.map((c) => c.name).join(', ')}, got '${name}'`)
    return found
  })
}

/** One case after the other, the most important first; with --minutes as many as fit, and which did not is said at the end. */
export async function measureAll(
  args: BenchArguments,
  cases: readonly BenchCase[],
  options: (c: BenchCase) => MeasureOptions,
): Promise<BenchRecord['cases']> {
  const { suite, repeats, minutes = Infinity, save, append } = args
  const end = performance.now() / 1000 + 60 * minutes
  const roof = save ? (readRecord(resultsFile(args))?.roof ?? (await measureRoof('float64'))) : {}
  const head = { suite, command: commandLine(), machine: machine(), roof }
  const records: BenchRecord['cases'] = []
  const cut: string[] = []
  const pool = new Map<string, LibraryProcess>()
  try {
    for (const [i, c] of cases.entries()) {
      const own = options(c)
      const left = end - performance.now() / 1000
      const reason = leftOut(left, c, own.libraries, records)
      if (reason !== undefined) {
        cut.push(`${c.name} (${reason})`)
        continue
      }
      const share = shareOf(left, cases.slice(i), own.libraries)
      const seconds = Math.min(args.seconds ?? own.seconds ?? SECONDS, share.seconds)
      const record = await measureCase(c, { pool, ...own, ...(repeats !== undefined && { repeats }), ...share, seconds })
      records.push(record)
      printCase(record)
      if (save) saveCase(resultsFile(args), head, record, append)
    }
  } finally {
    closePool(pool)
  }
  if (cut.length > 0) console.log(`\nleft out to end within ${minutes} minutes: ${cut.join(', ')}`)
  return records
}
