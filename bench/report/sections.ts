/** @file The report's sections, each of one suite's record; what was not run has none. Charts that the README shows have a file name. */
import { scoreBars, times } from '../../src/plots/index.js'
import type { Figure, ReportSection } from '../../src/plots/index.js'
import { formatCount } from '../../src/numberText.js'
import type { BenchRecord, CaseRecord, QualityRecord } from '../results.js'
import { exponents } from '../summary.js'
import { spreadOf } from '../timing.js'
import { rateChart } from './rates.js'
import { sameProtocol } from './references.js'
import type { Reference } from './references.js'
import { timeSeries } from './series.js'
import { speedUpBars } from './speedUps.js'
import { casesTable, provenance, timesTable } from './tables.js'
import { wrongLabels } from './wrongLabels.js'

export interface BenchSection extends ReportSection {
  /** Also drawn as bench/plots/NAME.png. */
  image?: string
}

const MB = 1e6

/** Rivals of the speed-up bars, those that were run. */
const CPU_RIVALS: readonly [string, string][] = [
  ['faiss', 'faiss-cpu'],
  ['sklearn', 'scikit-learn'],
  ['superkmeans', 'SuperKMeans (approximate)'],
  ['fastkmeans', 'fastkmeans (Python, torch)'],
]
const GPU_RIVALS: readonly [string, string][] = [
  ['flash', 'flash-kmeans fp16'],
  ['flashlib', 'flashlib fp16'],
  ['fastkmeans-triton', 'fastkmeans (Python, Triton)'],
  ['faiss-gpu', 'faiss-gpu'],
  ['cuml', 'cuML'],
]

export function cpuSections(record: BenchRecord, references: readonly Reference[]): BenchSection[] {
  const { cases, roof = {} } = record
  const has = (device: string): boolean => cases.some(({ libraries }) => libraries[device]?.rounds.some(Boolean))
  const devices = ['cpu', 'wasm'].filter(has)
  const cores = `${record.machine.cores} cores`
  const roofs = Object.fromEntries(Object.entries(roof).map(([type, rate]) => [`this machine's ${type} matrix product`, rate]))
  return [
    ...devices.map((device) => ({
      heading: `Speed on the CPU: ${device}`,
      text: 'Whole trainings with exact labels, from points in memory, per iteration done; right of the line we are faster.',
      figure: speedUpBars(cases, device, CPU_RIVALS, `device '${device}' is … times as fast as (${cores})`),
      image: `${device}-speed-ups`,
    })),
    {
      heading: 'Wrong labels on the CPU',
      text: 'Rows whose label is not the nearest of the library’s own final centroids, by the definition in float64.',
      figure: wrongLabels(cases, 'Wrong labels per million rows'),
      image: 'cpu-wrong-labels',
    },
    {
      heading: 'Share of the roof',
      text: 'An iteration’s 2 n k d operations by its time. Above the line: work is left out, with a proof, or done in integers.',
      figure: rateChart(cases, roofs, [], `Effective rate (${cores})`),
      image: 'cpu-rates',
    },
    {
      heading: 'Share of the roof, beside published runs',
      text: references
        .filter(({ device }) => device === 'cpu')
        .map(({ label, source }) => `${label}: ${source}.`)
        .join('\n\n'),
      figure: rateChart(
        cases,
        roofs,
        references.filter(({ device }) => device === 'cpu'),
        'Effective rate, and what others published from other machines',
      ),
    },
    { heading: 'All CPU figures', html: provenance(record) + casesTable(cases) + timesTable(cases, 'cpu') },
  ]
}

export function seedSections(record: BenchRecord, device: string, references: readonly Reference[], image: string): BenchSection[] {
  const ofProtocol = (points: string): CaseRecord[] => record.cases.filter(({ name, niter }) => name.startsWith(points) && niter === 10)
  const [structured, random] = [ofProtocol('structured'), ofProtocol('random')]
  const where = record.machine.gpus[0]?.split(',')[0] ?? `${record.machine.cores} cores`
  const others = device === 'cuda' ? references : []
  const chart = (cases: readonly CaseRecord[], title: string): Figure =>
    times([...timeSeries(cases, 'k'), ...sameProtocol(others)], { against: 'k', title })
  const text = others.map(({ label, source }) => `${label}: ${source}.`).join('\n\n')
  return [
    {
      heading: `The seed's benchmark: structured points (${where})`,
      text: `n = 100 k, d = 128, 10 iterations; training alone, from host memory.\n\n${text}`,
      figure: chart(structured, `Seconds against k, n = 100 k, d = 128, 10 iterations (${where})`),
      image,
    },
    ...(random.length > 1
      ? [{ heading: `The seed's benchmark: random points (${where})`, figure: chart(random, 'Seconds against k, points without clusters') }]
      : []),
    ...(device === 'cuda'
      ? [
          {
            heading: 'Speed on the GPU',
            figure: speedUpBars(record.cases, device, GPU_RIVALS, `device '${device}' is … times as fast as (${where})`),
            image: 'gpu-speed-ups',
          },
          {
            heading: 'Wrong labels on the GPU',
            figure: wrongLabels(record.cases, 'Wrong labels per million rows'),
            image: 'gpu-wrong-labels',
          },
          {
            heading: 'Share of the GPU’s roof',
            figure: rateChart(
              record.cases,
              record.roof ?? {},
              references.filter((r) => r.device === 'gpu'),
              'Effective rate',
            ),
          },
        ]
      : []),
    { heading: `The seed's benchmark: quality (${where})`, figure: nmiBars(structured) },
    { heading: `The seed's benchmark: all figures (${where})`, html: provenance(record) + timesTable(record.cases, device) },
  ].filter(({ figure, html }) => figure !== undefined || html !== undefined)
}

function nmiBars(cases: readonly CaseRecord[]): Figure | undefined {
  const scores = cases.flatMap(({ name, libraries }) =>
    Object.values(libraries).flatMap(({ label, nmi }) => (nmi === undefined ? [] : [{ dataset: name, name: label, mean: nmi }])),
  )
  return scores.length > 0 ? scoreBars(scores, { title: 'NMI with the clusters drawn', xTitle: '', yTitle: 'NMI' }) : undefined
}

export function qualitySections(record: QualityRecord): BenchSection[] {
  const scores = record.cases.flatMap(({ name: dataset, rows }) =>
    rows
      .filter(({ init, name }) => init === 'rows' || name === 'cpu')
      .map(({ label, init, nmi }) => {
        const { min, max } = spreadOf(nmi)
        const mean = nmi.reduce((sum, value) => sum + value, 0) / nmi.length
        return { dataset, name: init === 'rows' ? label : `${label}, ${init}`, mean, min, max }
      }),
  )
  const seeds = record.cases[0]?.rows[0]?.nmi.length ?? 0
  return [
    {
      heading: 'Quality over seeds and starts',
      text: `Means over ${seeds} seeds, whiskers from the least to the greatest. From the same rows every exact library reaches what float64 Lloyd does.`,
      figure: scoreBars(scores, { title: 'NMI with the classes', yTitle: 'NMI' }),
      image: 'quality',
      html: provenance(record),
    },
  ]
}

export function memorySections(record: BenchRecord): BenchSection[] {
  const scores = record.cases.flatMap(({ n, d, libraries }) =>
    Object.values(libraries).flatMap(({ label, first }) =>
      first ? [{ dataset: `${formatCount(n)} × ${d}: ${Math.round((4 * n * d) / MB)} MB`, name: label, mean: first.peakBytes / MB }] : [],
    ),
  )
  return [
    {
      heading: 'Peak memory',
      text: 'Resident memory that the first training of a fresh process takes beyond the points and the loaded library.',
      figure: scoreBars(scores, { title: 'Peak memory of a training beyond its points', xTitle: 'points', yTitle: 'MB' }),
      image: 'memory',
      html: provenance(record),
    },
  ]
}

export function growthSections(record: BenchRecord): BenchSection[] {
  return (['n', 'k', 'd'] as const).flatMap((axis) => {
    const cases = record.cases.filter(({ name }) => name.startsWith(`${axis}-`))
    const fitted = new Map(exponents(cases, axis).map(({ name, exponent }) => [name, exponent]))
    const series = timeSeries(cases, axis, { least: 3, named: (name, label) => `${label}: ${axis}^${fitted.get(name)?.toFixed(2)}` })
    if (series.length === 0) return []
    return [
      {
        heading: `Growth with ${axis}`,
        text: axis === 'n' ? 'The exponent behind each name is the slope of log time over log size; 1 is in proportion.' : undefined,
        figure: times(series, { against: axis, title: `Time of 5 iterations against ${axis}` }),
        image: `growth-${axis}`,
        ...(axis === 'd' && { html: provenance(record) }),
      },
    ]
  })
}
