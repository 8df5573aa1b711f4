/**
 * @file What live updates cost: fits in JupyterLab with `progress: true` (a bar, and in a long fit a chart that grows) and without, in
 * pairs that take turns in who comes first, in a real browser.
 *
 *   npx tsx bench/notebook/liveUpdates.ts [--n=300000] [--k=1000] [--niter=300] [--pairs=5] [--device=cpu]
 *
 * Needs a built package, notebooks/kernel installed, Python for JupyterLab and a browser built on Chromium (.ci/setup-browser.sh). The
 * browser draws on the same cores: its share is in the figure.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { labOf, openBrowser, out, startLab } from '../../.ci/lab/driver.mjs'
import { spreadOf } from '../timing.js'

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '300000' },
    k: { type: 'string', default: '1000' },
    niter: { type: 'string', default: '300' },
    pairs: { type: 'string', default: '5' },
    device: { type: 'string', default: 'cpu' },
  },
})
const [n, k, niter, pairs] = [values.n, values.k, values.niter, values.pairs].map((text) => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`liveUpdates: expected whole numbers from 1, got '${text}'`)
  return value
})

const CELLS = [
  `import { FastKMeans, datasets } from 'fastkmeans'
const { x } = await datasets.makeBlobs({ n: ${n}, d: 64, centers: 1, seed: 1 })
async function fit(progress: boolean, niter: number): Promise<void> {
  const km = new FastKMeans(64, ${k}, { device: '${values.device}', niter, tol: -1, maxPointsPerCentroid: null, seed: 1, progress })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const [cpu, began] = [process.cpuUsage(), performance.now()]
  await km.fit(x)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  console.log(JSON.stringify({ progress, seconds, cpu: (user + system) / 1e6 }))
}`,
  'await fit(false, 3); await fit(true, 3)',
  `for (let i = 0; i < ${pairs}; i++) for (const progress of i % 2 ? [true, false] : [false, true]) await fit(progress, ${niter})
console.log('all done')`,
]

interface Fit {
  progress: boolean
  seconds: number
  /** Seconds of all threads of the kernel's process. */
  cpu: number
}

/** The fits of the last cell, in order. */
async function measure(): Promise<Fit[]> {
  const { address, stop } = await startLab()
  const { page, close } = await openBrowser(address)
  const lab = labOf(page, address)
  try {
    await lab.open('out/lab/liveUpdates.ipynb')
    for (const i of CELLS.keys()) {
      await lab.run(i)
      await lab.idle(600_000)
    }
    const text = await lab.text(CELLS.length - 1)
    if (!text.includes('all done')) throw new Error(`liveUpdates: expected all fits, got\n${text}`)
    return [...text.matchAll(/\{"progress.*?\}/g)].map(([fit]) => JSON.parse(fit) as Fit)
  } finally {
    await close()
    await stop()
  }
}

mkdirSync(out, { recursive: true })
const cells = CELLS.map((source, i) => ({ cell_type: 'code', id: `c${i}`, metadata: {}, source, outputs: [], execution_count: null }))
const metadata = { kernelspec: { display_name: 'TypeScript (tslab)', language: 'typescript', name: 'tslab' } }
writeFileSync(join(out, 'liveUpdates.ipynb'), JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }))

const fits = await measure()
const [shown, plain] = [true, false].map((progress) => fits.filter((fit) => fit.progress === progress))
const line = (name: string, values: number[], unit: string): void => {
  const { median, min, max } = spreadOf(values)
  console.log(`${name.padEnd(40)} ${median.toFixed(2)} ${unit} (${min.toFixed(2)} – ${max.toFixed(2)})`)
}
console.log(`${n} × 64 into ${k}, ${niter} iterations on '${values.device}', ${pairs} pairs: median (range)`)
for (const [name, own] of [
  ['without progress', plain],
  ['with progress', shown],
] as const) {
  const seconds = own.map((fit) => fit.seconds)
  line(name, seconds, 's')
  const cpu = own.map((fit) => fit.cpu)
  line(`${name}, the kernel's cores`, cpu, 's')
}
const costs = shown.map((fit, i) => 100 * (fit.seconds / plain[i].seconds - 1))
line('cost, pair by pair', costs, '%')
