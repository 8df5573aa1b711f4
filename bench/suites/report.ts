/** @file bench/report.html, bench/plots/*.png and the README's table from the records in bench/results and the runs in bench/reference. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeFigure, writeReport } from '../../src/plots/index.js'
import { ROOT } from '../cache.js'
import { loadReferences } from '../report/references.js'
import { writeReadmeTable } from '../report/readmeTable.js'
import { cpuSections, growthSections, memorySections, qualitySections, seedSections } from '../report/sections.js'
import type { BenchSection } from '../report/sections.js'
import { readRecord } from '../results.js'
import type { BenchRecord, QualityRecord } from '../results.js'

const RESULTS = join(ROOT, 'bench/results')

/** Draws what has been measured; says what has not. */
export async function reportSuite(): Promise<void> {
  const references = loadReferences()
  const sections: BenchSection[] = []
  const add = <Stored extends object = BenchRecord>(name: string, make: (record: Stored) => BenchSection[]): void => {
    const record = readRecord<Stored>(join(RESULTS, `${name}.json`))
    if (record === undefined) console.log(`report: no ${name}.json; npm run bench -- ${name} --save makes it`)
    else sections.push(...make(record))
  }
  add('cpu', (record) => cpuSections(record, references))
  add('gpu', (record) => seedSections(record, 'cuda', references, 'gpu-times'))
  add('seed', (record) => seedSections(record, 'cpu', references, 'cpu-times'))
  add<QualityRecord>('quality', qualitySections)
  add('memory', memorySections)
  add('growth', growthSections)
  for (const isa of forcedSets()) add(`cpu-${isa}`, (record) => cpuSections(record, []).map((section) => ofSet(section, isa)))
  const cpu = readRecord(join(RESULTS, 'cpu.json'))
  if (cpu !== undefined) writeReadmeTable(join(ROOT, 'README.md'), cpu.cases)
  const path = join(ROOT, 'bench/report.html')
  await writeReport(path, { title: 'fastkmeans for TypeScript beside its peers', text: TEXT, sections })
  for (const { image, figure } of sections)
    if (image !== undefined && figure !== undefined) await writeFigure(join(ROOT, 'bench/plots', `${image}.png`), figure)
  console.log(`report: ${path}, ${sections.length} sections`)
}

const TEXT =
  'Each library runs in a process of its own, on the same bytes and from the same start; labels are held against the float64 definition before ' +
  'anything is timed; then all take turns. bench/README.md tells the rest, bench/results holds every measurement.'

/** Instruction sets that were forced. */
function forcedSets(): string[] {
  if (!existsSync(RESULTS)) return []
  return readdirSync(RESULTS).flatMap((name) => /^cpu-(.+)\.json$/.exec(name)?.[1] ?? [])
}

const ofSet = ({ image, heading, ...rest }: BenchSection, isa: string): BenchSection => ({
  ...rest,
  heading: `${heading} (FASTKMEANS_ISA=${isa})`,
  image: image && `${image}-${isa}`,
})
