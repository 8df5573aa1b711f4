/** @file The native CPU backend where a process or a thread ends, memory goes or cannot be had: each in a Node of its own, over dist. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCpu } from '../../../src/backends/cpu/cpu.js'
import { isas } from './helpers.js'

const ROOT = resolve(import.meta.dirname, '../../..')
/** A training of some seconds, and `started`, when its first E-step is at work. */
const TRAINING = `
  const { FastKMeans } = await import(${JSON.stringify(resolve(ROOT, 'dist/index.js'))})
  const d = 64, k = 4096
  const x = Float32Array.from({ length: 60000 * d }, (_, i) => Math.imul(i + 1, 2654435761) / 2 ** 31)
  const km = new FastKMeans(d, k, { device: 'cpu', niter: 30, tol: -1, maxPointsPerCentroid: null, minPointsPerCentroid: 1, emptyCluster: 'keep' })
  const started = new Promise((done) => setTimeout(done, 300))
`

/** Runs a module. */
function run(script: string): { status: number | null; signal: string | null; output: string } {
  const args = ['--expose-gc', '--input-type=module', '-e', script]
  const { status, signal, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 50_000 })
  return { status, signal, output: stdout }
}

describe.skipIf(isas.length === 0)('during a training', () => {
  test('process.exit ends the process soon, with its code', () => {
    const { status, signal, output } = run(`${TRAINING}
      km.train(x)
      await started
      const at = Date.now()
      process.on('exit', () => console.log('left', Date.now() - at < 1000))
      process.exit(7)`)
    expect({ status, signal, output }).toStrictEqual({ status: 7, signal: null, output: 'left true\n' })
  })

  test('a worker thread may be terminated', () => {
    const worker = `(async () => {
      ${TRAINING}
      const { parentPort } = await import('node:worker_threads')
      km.train(x)
      await started
      parentPort.postMessage('started')
    })()`
    const { status, output } = run(`
      import { Worker } from 'node:worker_threads'
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true })
      worker.on('message', async () => {
        await worker.terminate()
        setTimeout(() => console.log('alive'), 300)
      })`)
    expect({ status, output }).toStrictEqual({ status: 0, output: 'alive\n' })
  })

  test('other processes may be started', () => {
    const { status, output } = run(`${TRAINING}
      import { execFileSync } from 'node:child_process'
      const training = km.setParams({ niter: 1 }).train(x)
      await started
      console.log(String(execFileSync(process.execPath, ['-p', '1 + 1'])).trim())
      await training
      console.log(km.nIter)`)
    expect({ status, output }).toStrictEqual({ status: 0, output: '2\n1\n' })
  })

  test('points that are transferred away end it with an error', () => {
    const { status, output } = run(`${TRAINING}
      const training = km.train(x).catch((error) => console.log(error.message))
      await started
      let other = structuredClone(x.buffer, { transfer: [x.buffer] })
      await training
      other = null
      gc()`)
    expect({ status, output }).toStrictEqual({
      status: 0,
      output: 'Session: expected points in memory, got a detached buffer; transfer points after training\n',
    })
  })
})

// Linux refuses at once what can never be had; elsewhere it might be granted until it is used.
test.skipIf(isas.length === 0 || process.platform !== 'linux')(
  'memory that cannot be had is an error, and the next session works',
  async () => {
    const points = { blocks: [new Float32Array(300 * 64).fill(1)], n: 300, d: 64 }
    const plan = { k: 9, precision: 'exact', chunkSizeData: 51_200, chunkSizeCentroids: 10_240 } as const
    const greedy = await (await openCpu({ threads: 2 ** 31 - 1 })).open(points, plan)
    await expect(greedy.columnStats()).rejects.toThrow(new RangeError('Session.columnStats: expected memory for 300 × 64 points, got none'))
    greedy.dispose()
    const modest = await (await openCpu()).open(points, plan)
    expect((await modest.columnStats()).max).toStrictEqual(new Float64Array(64).fill(1))
    modest.dispose()
  },
)
