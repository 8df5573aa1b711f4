/**
 * @file Objective and normalised mutual information over ten seeds, compared with Lloyd's algorithm in float64 from the same initial rows;
 * and what each init reaches, compared with scikit-learn's and faiss's.
 */
import type { BenchArguments } from '../arguments.js'
import { QUALITY_CASES } from '../cases/cases.js'
import type { Start } from '../cases/cases.js'
import { machine } from '../machine.js'
import { closePool, measureCase } from '../measure.js'
import { readRecord, writeRecord } from '../results.js'
import type { CaseRecord, QualityCase, QualityRecord, QualityRow } from '../results.js'
import { LIBRARIES } from '../runners/libraries.js'
import type { LibraryProcess } from '../runners/process.js'
import { spreadOf } from '../timing.js'
import { chosenCases, commandLine, resultsFile } from './trainings.js'

const SEEDS = 10
/** Who is run from which start. float64 comes first: the others are set beside it. */
const STARTS: Readonly<Record<Start, readonly string[]>> = {
  rows: ['float64', 'cpu', 'wasm', 'faiss', 'sklearn', 'superkmeans', 'fastkmeans'],
  'k-means++': ['cpu', 'sklearn', 'faiss'],
  'k-means||': ['cpu'],
  'afk-mc2': ['cpu'],
}

export async function qualitySuite(args: BenchArguments): Promise<void> {
  const { repeats: seeds = SEEDS } = args
  const pool = new Map<string, LibraryProcess>()
  for (const c of chosenCases(QUALITY_CASES, args.cases)) {
    const rows: QualityRow[] = []
    for (const init of Object.keys(STARTS) as Start[]) {
      const records: CaseRecord[] = []
      for (let seed = 0; seed < seeds; seed++)
        records.push(await measureCase({ ...c, seed, init }, { libraries: STARTS[init], repeats: 0, judge: 'cpu', pool }))
      rows.push(...STARTS[init].flatMap((name) => qualityRow(name, init, records)))
    }
    print(c.name, rows)
    if (args.save) save(resultsFile(args), { ...c, rows })
  }
  closePool(pool)
}

/** One library over all seeds; nothing where it is missing. */
function qualityRow(name: string, init: Start, records: readonly CaseRecord[]): QualityRow[] {
  const mine = records.map(({ libraries }) => libraries[name])
  if (mine.some(({ objective }) => objective === undefined)) return []
  const values = (of: 'objective' | 'nmi' | 'wrongPerMillion'): number[] => mine.map((record) => record[of] ?? NaN)
  const reference = records.map(({ libraries }) => libraries.float64)
  const beside = (of: 'objective' | 'nmi'): number[] => values(of).map((value, i) => value - (reference[i]?.[of] ?? NaN))
  return [
    {
      name,
      label: LIBRARIES[name].label,
      ours: LIBRARIES[name].ours,
      init,
      objective: values('objective'),
      nmi: values('nmi'),
      wrongPerMillion: values('wrongPerMillion'),
      ...(init === 'rows' && { nmiBesideFloat64: beside('nmi') }),
    },
  ]
}

function print(name: string, rows: readonly QualityRow[]): void {
  const float64 = rows.find((row) => row.name === 'float64')
  console.log(`\n${name}: medians over seeds; objective beside float64 Lloyd from rows`)
  for (const { label, init, objective, nmi, wrongPerMillion, nmiBesideFloat64 } of rows) {
    const excess = float64 ? spreadOf(objective).median / spreadOf(float64.objective).median - 1 : NaN
    const far = nmiBesideFloat64 ? `, NMI at most ${Math.max(...nmiBesideFloat64.map(Math.abs)).toExponential(1)} from float64's` : ''
    console.log(
      `  ${`${label}, ${init}`.padEnd(42)} NMI ${spreadOf(nmi).median.toFixed(4)}, objective ${(excess * 100).toFixed(4)} %, wrong/million ${Math.max(...wrongPerMillion).toFixed(0)}${far}`,
    )
  }
}

function save(path: string, c: QualityCase): void {
  const others = (readRecord<QualityRecord>(path)?.cases ?? []).filter(({ name }) => name !== c.name)
  const record: QualityRecord = { suite: 'quality', command: commandLine(), machine: machine(), cases: [...others, c] }
  writeRecord(path, record)
}
