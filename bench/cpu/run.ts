/**
 * Whole trainings on the CPU beside faiss-cpu and scikit-learn: same bytes, same initial centroids, fixed iterations, no subsampling.
 *
 *   npx tsx bench/cpu/run.ts [blobs | tokens | iid …] [--n=102400] [--d=128] [--k=1024] [--niter=10] [--runs=5] [--json=FILE]
 *
 * Gate: the labels equal the definition's on sampled rows. Then all take turns, a run each, so that whatever else the machine does meets all
 * of them. Times are from host data to final labels; ratios are taken per round and per iteration done (scikit-learn stops by itself when
 * labels no longer change), and quoted as median and range. FASTKMEANS_ISA names an instruction set.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { nearest } from '../../src/exact.js'
import { FastKMeans } from '../../src/index.js'
import { CASES, makeCase } from './cases.js'
import type { BenchCase } from './cases.js'
import { RIVALS, startRivals } from './rivals.js'
import type { Rival } from './rivals.js'

/** Rows compared with the definition before anything is timed. */
const GATE_ROWS = 2048

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    n: { type: 'string' },
    d: { type: 'string' },
    k: { type: 'string' },
    niter: { type: 'string' },
    runs: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})

// Empty clusters are left alone, which a training remarks on.
console.warn = () => {}

/** The whole of it, as a caller has it: given centroids, all iterations, empty clusters left alone. */
async function train({ d, k, niter }: BenchCase, x: Float32Array, start: Float32Array): Promise<FastKMeans> {
  const options = { device: 'cpu', init: start, niter, tol: -1, maxPointsPerCentroid: null, emptyCluster: 'keep' } as const
  const km = new FastKMeans(d, k, options)
  await km.train(x)
  return km
}

function gate({ n, d, k }: BenchCase, x: Float32Array, { centroids, labels }: FastKMeans): void {
  const rows = Math.min(n, GATE_ROWS)
  for (let i = 0; i < rows; i++) {
    const row = Math.floor((i * n) / rows)
    const expected = nearest(x, row * d, centroids!, k, d)
    if (labels![row] !== expected) throw new Error(`bench/cpu: expected label ${expected} for row ${row}, got ${labels![row]}`)
  }
  console.log(`  ${rows} sampled labels equal the definition's`)
}

interface Timing {
  seconds: number[]
  perIteration: number[]
  objective: number
  iterations: number
}

const empty = (): Timing => ({ seconds: [], perIteration: [], objective: 0, iterations: 0 })

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]
const range = (values: number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`

async function bench(c: BenchCase): Promise<object> {
  const { n, d, k, niter } = c
  console.log(`${c.name}: n=${n} d=${d} k=${k}, ${niter} iterations`)
  const { x, start } = makeCase(c)
  const checked = await train(c, x, start)
  gate(c, x, checked)
  const rivals = await startRivals(c, x, start)
  const timings: Record<Rival | 'ours', Timing> = { ours: empty(), faiss: empty(), sklearn: empty() }
  const note = (who: Rival | 'ours', seconds: number, iterations: number, objective: number): void => {
    timings[who].seconds.push(seconds)
    timings[who].perIteration.push(seconds / iterations)
    Object.assign(timings[who], { objective, iterations })
  }
  for (const rival of RIVALS) await rivals.run(rival)
  for (let run = 0; run < Number(values.runs); run++) {
    const began = performance.now()
    const { nIter, inertia } = await train(c, x, start)
    note('ours', (performance.now() - began) / 1000, nIter, inertia!)
    for (const rival of RIVALS) {
      const { seconds, iterations, objective } = await rivals.run(rival)
      note(rival, seconds, iterations, objective)
    }
  }
  rivals.dispose()
  const versions = { ours: checked.stats!.backend, ...rivals.versions }
  for (const [who, { seconds, iterations, objective }] of Object.entries(timings))
    console.log(
      `  ${who.padEnd(8)} ${range(seconds, 3)} s, ${iterations} iterations, objective ${objective.toPrecision(7)}  [${versions[who as Rival]}]`,
    )
  const ratio = (rival: Rival): number[] => timings[rival].perIteration.map((time, i) => time / timings.ours.perIteration[i])
  const best = ratio('faiss').map((value, i) => Math.min(value, ratio('sklearn')[i]))
  console.log(
    `  ours is ${range(best, 2)} times as fast as the better of the two, ${range(ratio('faiss'), 2)} faiss, ${range(ratio('sklearn'), 2)} scikit-learn`,
  )
  return { ...c, versions, timings, ratios: { best, faiss: ratio('faiss'), sklearn: ratio('sklearn') } }
}

const number = (name: 'n' | 'd' | 'k' | 'niter', otherwise: number): number => Number(values[name] ?? otherwise)
const wanted = positionals.length > 0 ? positionals : CASES.map(({ name }) => name)
const results: object[] = []
for (const name of wanted) {
  const base = CASES.find((c) => c.name === name) ?? { ...CASES[0], name, kind: name as BenchCase['kind'] }
  if (!['blobs', 'tokens', 'iid'].includes(base.kind)) throw new Error(`bench/cpu: expected blobs, tokens or iid, got '${name}'`)
  results.push(
    await bench({ ...base, n: number('n', base.n), d: number('d', base.d), k: number('k', base.k), niter: number('niter', base.niter) }),
  )
}
if (values.json !== undefined) {
  const machine = { processor: cpus()[0].model, threads: availableParallelism(), node: process.version }
  writeFileSync(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`)
}
