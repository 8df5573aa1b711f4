/** @file The demo's report: charts, table and protocol in one HTML file. */
import { contingencyMatrix } from '../../metrics/index.js'
import { centroidImages, confusion, convergence, htmlTable, scatter, scoreBars, writeReport } from '../../plots/index.js'
import type { ReportSection, Score } from '../../plots/index.js'
import type { Dataset } from '../../datasets/index.js'
import { formatCount } from '../../numberText.js'
import { CASES, loadCase } from './cases.js'
import { NITER } from './protocol.js'
import { readReference, REFERENCES } from './results.js'
import type { CaseResult, Quality, QualityReference, Spread } from './results.js'
import { cellsOf } from './table.js'

/** Loaded for the charts, each set once. */
type Datasets = ReadonlyMap<string, Dataset>

/** Writes the report of at least one case. */
export async function writeDemoReport(path: string, results: readonly CaseResult[]): Promise<void> {
  const datasets = new Map<string, Dataset>()
  for (const { name, dataset } of results)
    if (!datasets.has(dataset)) datasets.set(dataset, await loadCase(CASES.find((demoCase) => demoCase.name === name)!))
  const reference = await readReference()
  const { seeds } = results[0]
  await writeReport(path, {
    title: 'fastkmeans: k-means on real data, beside scikit-learn and faiss',
    text: `Each data set was clustered ${seeds === 1 ? 'once' : `with ${seeds} seeds`} on this machine, without its true classes, and then scored against them. The bars of scikit-learn ${reference.versions['scikit-learn']} and faiss ${reference.versions['faiss-cpu']} were recorded on the same bytes; they are part of the package.`,
    sections: [
      tableSection(results),
      ...imageSections(results, datasets),
      ...scoreSections(results),
      ...convergenceSections(results),
      ...confusionSections(results, datasets),
      ...(await scatterSections(results, datasets)),
      protocolSection(reference, seeds),
    ],
  })
}

function tableSection(results: readonly CaseResult[]): ReportSection {
  const sets = results.map(({ name, n, d, k, backend, why }) => [name, formatCount(n), formatCount(d), String(k), backend, why])
  const rows = results.flatMap((result) => [
    [result.name, 'fastkmeans', ...cellsOf(result, result.seconds)],
    ...REFERENCES.map((library) => ['', library, ...cellsOf(result.references[library])]),
  ])
  // A range is not to be broken over two lines.
  const unbroken = rows.map((cells) => cells.map((cell) => cell.replaceAll(' ', '\u00a0')))
  return {
    heading: 'Results',
    text: 'Means over the seeds; in brackets the least and the largest value. Seconds are those of one fit, start included, while others ran beside it; those of the other libraries were not recorded.',
    html:
      htmlTable(['data set', 'n', 'd', 'k', 'device', 'why'], sets) +
      htmlTable(['data set', 'library', 'iterations', 'seconds', 'inertia', 'NMI (range)', 'ARI (range)'], unbroken),
  }
}

/** With more images than this they are so small that their captions hold the digit alone. */
const MAX_SHARES = 20

function imageSections(results: readonly CaseResult[], datasets: Datasets): ReportSection[] {
  return results.flatMap(({ name, dataset, d, k, best }) => {
    const { imageShape, labels } = datasets.get(dataset)!
    if (imageShape === undefined || dataset !== 'mnist') return []
    const clusters = mainClasses(labels, best.labels)
    const centroids = Float32Array.from(clusters.flatMap(({ cluster }) => [...best.centroids.subarray(cluster * d, (cluster + 1) * d)]))
    const share = (part: number): string => (clusters.length > MAX_SHARES ? '' : ` · ${Math.round(100 * part)} %`)
    const figure = centroidImages(centroids, imageShape, {
      title: `${name}: the means of ${k} clusters, each under its most frequent digit`,
      names: clusters.map((cluster) => `${cluster.main}${share(cluster.share)}`),
    })
    return [{ heading: `What the ${k} clusters of MNIST look like`, text: bestText(best.seed), figure }]
  })
}

const bestText = (seed: number): string => `The fit of least inertia, seed ${seed}.`

/** The most frequent class of each cluster that has points, and its share of the cluster; by class, then the surest first. */
function mainClasses(classes: Int32Array, clusters: Int32Array): { cluster: number; main: number; share: number }[] {
  const { rows, columns, counts, rowLabels, columnLabels } = contingencyMatrix(classes, clusters)
  const found = columnLabels.map((cluster, c) => {
    const column = Array.from({ length: rows }, (_, r) => counts[r * columns + c])
    const most = Math.max(...column)
    const total = column.reduce((sum, count) => sum + count, 0)
    return { cluster: Number(cluster), main: Number(rowLabels[column.indexOf(most)]), share: most / total }
  })
  return found.sort((a, b) => a.main - b.main || b.share - a.share)
}

function scoreSections(results: readonly CaseResult[]): ReportSection[] {
  const bars = (pick: (quality: Quality, result: CaseResult) => Spread): Score[] =>
    results.flatMap((result) => [
      { dataset: result.name, name: 'fastkmeans', ...pick(result, result) },
      ...REFERENCES.map((library) => ({
        dataset: result.name,
        name: library,
        reference: true,
        ...pick(result.references[library], result),
      })),
    ])
  return [
    {
      heading: 'Agreement with the true classes',
      text: 'Whiskers reach from the worst seed to the best. fastkmeans and scikit-learn run the same algorithm from starts drawn alike, so they should agree within these ranges. faiss draws its starts otherwise (see below), and may differ more: with 100 clusters of MNIST its ARI is higher, and so is its inertia. The scores measure how far the classes are clusters of least squares at all: moons are not.',
      figure: scoreBars(
        bars(({ nmi }) => nmi),
        { title: 'Normalized mutual information', yTitle: 'NMI' },
      ),
    },
    {
      heading: 'Agreement, adjusted for chance',
      figure: scoreBars(
        bars(({ ari }) => ari),
        { title: 'Adjusted Rand index', yTitle: 'ARI' },
      ),
    },
    {
      heading: 'Inertia, the sum of squared distances',
      text: "What k-means minimises: lower is better. In per cent above or below the mean of scikit-learn's fits. Its starts, like ours, are the best of several candidates each; faiss draws one.",
      figure: scoreBars(
        bars(({ inertia }, result) => aboveBase(inertia, result.references['scikit-learn'].inertia.mean)),
        { title: "Inertia against scikit-learn's mean", yTitle: 'per cent' },
      ),
    },
  ]
}

/** How far values are above `base`, in per cent. */
function aboveBase({ mean, min, max }: Spread, base: number): Spread {
  const percent = (value: number): number => 100 * (value / base - 1)
  return { mean: percent(mean), min: percent(min), max: percent(max) }
}

function convergenceSections(results: readonly CaseResult[]): ReportSection[] {
  const curves = results.map(({ name, best: { obj } }) => {
    const last = obj[obj.length - 1]
    // The last differences are rounding, and 0 has no place on a logarithmic axis.
    return { name, values: obj.map((value) => 100 * (value / last - 1)).filter((value) => value > 1e-6) }
  })
  const shown = curves.filter(({ values }) => values.length > 0)
  if (shown.length === 0) return []
  return [
    {
      heading: 'Convergence',
      text: 'The fit of least inertia of each data set, from its k-means++ start until no label changes: how far each iteration is above the last one.',
      figure: convergence(shown, { title: 'Inertia of each iteration', yTitle: '% above the last', log: true }),
    },
  ]
}

/** Where there are about as many clusters as classes. */
function confusionSections(results: readonly CaseResult[], datasets: Datasets): ReportSection[] {
  return results
    .filter(({ name }) => name === 'mnist-10' || name === 'digits')
    .map(({ name, dataset, best }) => ({
      heading: `Which digits share a cluster: ${name}`,
      text: bestText(best.seed),
      figure: confusion(contingencyMatrix(datasets.get(dataset)!.labels, best.labels), { title: `${name}: digits and clusters` }),
    }))
}

async function scatterSections(results: readonly CaseResult[], datasets: Datasets): Promise<ReportSection[]> {
  const sections: ReportSection[] = []
  for (const { name, dataset, d, best } of results) {
    if (!['iris', 'moons', 'blobs'].includes(name)) continue
    sections.push({
      heading: `The clusters of ${name}`,
      text: d > 2 ? `${bestText(best.seed)} All ${d} columns, seen in the plane of their two principal components.` : bestText(best.seed),
      figure: await scatter(datasets.get(dataset)!.x, best.labels, { centroids: best.centroids, d, title: name }),
    })
  }
  return sections
}

function protocolSection({ calls, versions }: QualityReference, seeds: number): ReportSection {
  const rows = [
    ['fastkmeans', `new FastKMeans(d, k, { seed, init: 'k-means++', niter: ${NITER}, tol: 0, maxPointsPerCentroid: null }).fit(x)`],
    ...REFERENCES.map((library) => [library, calls[library]]),
  ]
  return {
    heading: 'How this was measured',
    text: `Every library got the same float32 values, and ${seeds === 10 ? 'the seeds 0 … 9' : `its own seeds (the recorded ones 0 … 9; here only ${seeds})`}. A fit starts from k-means++ and ends when no label changes, or after ${NITER} iterations. NMI and ARI compare the clusters with the true classes, which no fit has seen.

MNIST is 10,000 of its 70,000 digits, pixels as they are (0 … 255). Wine is standardised (each column mean 0, variance 1), as raw columns differ a thousandfold and one would decide everything. Iris and digits are raw. Blobs are twelve overlapping Gaussian clusters in 8 dimensions, moons two interleaved half circles with noise: a shape that no k-means can follow.

Different libraries draw different random numbers from the same seed, so single fits differ, and means of ten have a spread of their own. Labels of fastkmeans are those of float64 arithmetic, on every device; those of scikit-learn are of float64 here, those of faiss of float32.

Recorded with ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')} by bench/reference/quality.py.`,
    html: htmlTable(['library', 'call'], rows),
  }
}
