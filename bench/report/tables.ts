/** @file The figures behind the charts, as tables. */
import { escapeHtml, htmlTable } from '../../src/plots/index.js'
import { formatCount } from '../../src/numberText.js'
import { readableRatio, readableSeconds } from '../print.js'
import type { BenchRecord, CaseRecord } from '../results.js'
import { speedUp, summarize } from '../summary.js'

/** A table with a line for each library of each case; the ratio column compares each library with `device`. */
export function timesTable(records: readonly CaseRecord[], device: string): string {
  const rows = records.flatMap((record) =>
    summarize(record).map((s) => {
      const first = [record.name, s.label]
      if (s.seconds === undefined) return [...first, s.missing ?? '', '', '', '', '', '', '']
      const { median, min, max } = s.seconds
      const ratio = s.name === device ? undefined : speedUp(record, device, s.name)
      return [
        ...first,
        readableSeconds(median),
        `${readableSeconds(min)} – ${readableSeconds(max)}`,
        s.runs,
        s.iterations ?? '',
        s.wrongPerMillion === undefined ? '' : Number(s.wrongPerMillion.toPrecision(3)),
        `${((s.objectiveExcess ?? 0) * 100).toFixed(3)} %`,
        ratio ? readableRatio(ratio.median) : '',
      ]
    }),
  )
  const heads = ['case', 'library', 'median', 'least – greatest', 'runs', 'iterations', 'wrong / million', 'objective', `${device} is`]
  return htmlTable(heads, rows)
}

/** A table of the cases: kind of points, sizes, iterations. */
export function casesTable(records: readonly CaseRecord[]): string {
  return htmlTable(
    ['case', 'points', 'n', 'd', 'k', 'iterations'],
    records.map(({ name, kind, n, d, k, niter }) => [name, kind, formatCount(n), formatCount(d), formatCount(k), niter]),
  )
}

/** Where a record was made, in a sentence of HTML. */
export function provenance({ command, machine }: Omit<BenchRecord, 'cases'>): string {
  const { processor, cores, gpus, node, commit, date, isa } = machine
  const gpu = gpus.length > 0 ? `, ${gpus.join('; ')}` : ''
  return `<p>${escapeHtml(`${processor}, ${cores} cores${gpu}; Node ${node}; commit ${commit}, ${date}${isa ? `; FASTKMEANS_ISA=${isa}` : ''}.`)} <code>${escapeHtml(command)}</code></p>`
}
