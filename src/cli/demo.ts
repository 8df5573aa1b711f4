/** @file `fastkmeans demo`, which is `npm start`: real data clustered and scored beside scikit-learn and faiss, and a report of it. */
import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { selectBackend } from '../backends/select.js'
import { nearestName } from '../optionChecks.js'
import { checkOptions } from '../options.js'
import type { Device } from '../options.js'
import { numberOf, parseFlags } from './args.js'
import type { Flags, Parsed } from './args.js'
import { COMMON_FLAGS } from './command.js'
import type { Command, Streams } from './command.js'
import { CASES } from './demo/cases.js'
import type { DemoCase } from './demo/cases.js'
import { performAll } from './demo/pool.js'
import { NITER, protocolOptions } from './demo/protocol.js'
import type { SeedResult } from './demo/protocol.js'
import { readReference, summarize } from './demo/results.js'
import type { CaseResult } from './demo/results.js'
import { tableHead, tableRows } from './demo/table.js'
import { stopError, usageError } from './errors.js'
import { onInterrupt } from './interrupt.js'
import { checkOutputs } from './output.js'
import { progressOn } from './progress.js'
import { formatSeconds } from '../numberText.js'
import { checked } from './trainFlags.js'

const WHERE = 'fastkmeans demo'
const DEFAULT_REPORT = 'report.html'
/** More processes than this would cost memory and save hardly any time. */
const MAX_JOBS = 4
/** Backends that use one thread, so that several fits are run side by side. All others use every core by themselves. */
const SINGLE = /^(reference|tfjs:(wasm|cpu))$/

const FLAGS: Flags = {
  only: { value: 'NAME[,NAME…]', help: `of ${CASES.map(({ name }) => name).join(', ')}, or mnist for both` },
  seeds: { value: 'N', help: 'fits of each data set, with seeds 0 … N - 1 (10)' },
  device: { value: 'NAME', help: 'auto (default), cuda, cpu, wasm, reference, …' },
  output: { short: 'o', value: 'FILE', help: `the report (${DEFAULT_REPORT})` },
  force: { help: 'overwrites the file of --output, whatever it is' },
  quiet: { short: 'q', help: 'no progress' },
  ...COMMON_FLAGS,
}

/** fastkmeans demo */
export const demo: Command = {
  summary: 'clusters MNIST and other data, scores them beside scikit-learn and faiss, writes report.html',
  usage: '[--only NAMES] [--seeds N] [--output report.html] [FLAGS]',
  flags: FLAGS,
  notes: `Each data set is clustered with seeds 0 … 9, from k-means++ starts, until no label changes (at most ${NITER} iterations). The figures of scikit-learn and faiss were recorded on the same bytes.`,
  examples: [
    ['fastkmeans demo', 'everything, within a minute'],
    ['fastkmeans demo --only iris,digits --seeds 3 -o small.html', 'a part of it'],
  ],
  run,
}

async function run(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseFlags(WHERE, args, FLAGS)
  const { values } = parsed
  if (parsed.positionals.length > 0) throw usageError(`${WHERE}: expected flags alone, got '${parsed.positionals[0]}'`)
  const cases = chosenCases(values.get('only'))
  const seeds = numberOf(WHERE, parsed, 'seeds') ?? 10
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > 1000) throw usageError(`${WHERE}: expected --seeds to be 1 … 1000, got ${seeds}`)
  const device = (values.get('device') ?? 'auto') as Device
  checked(WHERE, () => checkOptions(WHERE, protocolOptions({ seed: 0, device })))
  const output = await reportPath(parsed)

  const started = performance.now()
  const progress = progressOn(streams.stderr, values.has('quiet'))
  const interrupt = onInterrupt((line) => progress.say(line))
  try {
    const results = await measure(cases, seeds, device, {
      signal: interrupt.signal,
      onProgress: progress.update,
      onCase: (result, first) => {
        progress.end()
        if (!values.has('json')) streams.stdout.write(`${first ? tableHead() : ''}${tableRows(result)}`)
      },
    })
    progress.stage(`writing ${output}`)
    const { writeDemoReport } = await import('./demo/report.js')
    await writeDemoReport(output, results)
    progress.end()
    const seconds = (performance.now() - started) / 1000
    if (values.has('json')) streams.stdout.write(`${JSON.stringify({ seconds, report: output, cases: results.map(plain) })}\n`)
    else streams.stdout.write(`\n${results.length * seeds} fits in ${formatSeconds(seconds)}. Charts: ${output}\n`)
    return 0
  } catch (error) {
    const by = interrupt.stoppedBy()
    throw by ? stopError(`${WHERE}: stopped; no report was written`, by) : error
  } finally {
    interrupt.release()
    progress.end()
  }
}

/** A result as --json prints it: without its arrays, which are as long as n or k. */
function plain({ best, ...result }: CaseResult): object {
  return { ...result, bestSeed: best.seed }
}

function chosenCases(only: string | undefined): readonly DemoCase[] {
  if (only === undefined) return CASES
  const names = only.split(',')
  const known = [...new Set(CASES.flatMap(({ name, dataset }) => [name, dataset]))]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const near = nearestName(unknown, known)
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    throw usageError(`${WHERE}: expected --only to name ${known.join(', ')}, got '${unknown}'${hint}`)
  }
  return CASES.filter(({ name, dataset }) => names.includes(name) || names.includes(dataset))
}

/** A report is made anew by every run, so an earlier one is overwritten without asking; any other file only with --force. */
async function reportPath({ values }: Parsed): Promise<string> {
  const path = values.get('output') ?? DEFAULT_REPORT
  const force = values.has('force') || (await isOurs(path))
  await checkOutputs(WHERE, [{ kind: 'report', flag: '--output', path }], { force, inputs: [] })
  return path
}

async function isOurs(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined)
  try {
    const { buffer, bytesRead } = (await file?.read(Buffer.alloc(4096), 0, 4096, 0)) ?? { buffer: Buffer.alloc(0), bytesRead: 0 }
    return buffer.toString('utf8', 0, bytesRead).includes('<title>fastkmeans: ')
  } catch {
    return false
  } finally {
    await file?.close()
  }
}

interface Listeners {
  signal: AbortSignal
  onProgress(share: number, text: string): void
  /** Called for each case, in their order, once all of its fits are done. */
  onCase(result: CaseResult, first: boolean): void
}

async function measure(cases: readonly DemoCase[], seeds: number, device: Device, listeners: Listeners): Promise<CaseResult[]> {
  const reference = await readReference()
  // The device is chosen here, so that one that is not there is an error at once; 'auto' goes by MNIST's size, which takes most time.
  const { backend } = await selectBackend(WHERE, { device, gpu: true }, { n: 10_000, d: 784, k: cases[cases.length - 1].k, niter: NITER })
  const jobs = SINGLE.test(backend.name) ? Math.min(MAX_JOBS, availableParallelism()) : 1
  const tasks = cases.flatMap((demoCase) => Array.from({ length: seeds }, (_, seed) => ({ demoCase, seed, device })))
  const total = tasks.reduce((sum, { demoCase }) => sum + demoCase.cost, 0)
  const fits = new Map<string, SeedResult[]>(cases.map(({ name }) => [name, []]))
  const results: CaseResult[] = []
  let done = 0
  await performAll(tasks, {
    jobs,
    signal: listeners.signal,
    onIteration: ({ name, iteration }) => {
      const count = fits.get(name)!.length
      listeners.onProgress(done / total, `${name}: ${count} of ${seeds} fits done, iteration ${iteration}`)
    },
    onResult: (fit) => {
      fits.get(fit.name)!.push(fit)
      done += cases.find(({ name }) => name === fit.name)!.cost
      for (let next = cases[results.length]; next && fits.get(next.name)!.length === seeds; next = cases[results.length]) {
        results.push(summarize(next, fits.get(next.name)!, reference))
        listeners.onCase(results[results.length - 1], results.length === 1)
      }
    },
  })
  return results
}
