import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeBlobs } from '../../src/datasets/index.js'
import { readNpy, writeNpy } from '../../src/io/index.js'
import { start, temporaryFolder } from './run.js'

const file = temporaryFolder()
const points = file('points.npy')
const train = (output: string, ...more: string[]) =>
  start(['train', points, '-k', '50', '--device', 'reference', '--tol', '-1', '--niter', '1000000', '-o', output, ...more])

beforeAll(async () => {
  const { x } = makeBlobs({ n: 20_000, d: 24, centers: 5, seed: 1 })
  await writeNpy(points, x.blocks, [x.n, x.d])
})

describe('a training that is interrupted', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s stops within half a second, writes the centroids so far, and exits with %i', async (signal, exitCode) => {
    const output = file(`${signal}.npy`)
    const run = train(output, '--labels', file(`${signal}-labels.npy`), '--max-points-per-centroid', 'none', '--json')
    await run.line('inertia')
    const at = performance.now()
    run.kill(signal)
    await run.line('Stopping')
    const { code, stdout } = await run.finished
    // Half a second for the stop; the rest is for the end of the process on a busy machine.
    expect(performance.now() - at).toBeLessThan(1500)
    expect(code).toBe(exitCode)
    expect(JSON.parse(stdout)).toMatchObject({ stopReason: 'aborted', outputs: { centroids: output } })
    const { data, shape } = await readNpy(output)
    expect(shape).toStrictEqual([50, 24])
    expect((data as Float32Array).every(Number.isFinite)).toBe(true)
    expect((await readNpy(file(`${signal}-labels.npy`))).shape).toStrictEqual([20_000])
  })

  test('takes two signals within moments for one: npm passes on what the terminal has sent', async () => {
    const output = file('twice.npy')
    const run = train(output)
    await run.line('inertia')
    run.kill('SIGINT')
    run.kill('SIGINT')
    expect(await run.finished).toMatchObject({ code: 130 })
    expect(existsSync(output)).toBe(true)
  })

  test('before there are centroids, which progress leads up to, says that nothing was written', async () => {
    const output = file('early.npy')
    const run = start([
      'train',
      points,
      '-k',
      '5000',
      '--init',
      'k-means++',
      '--device',
      'reference',
      '--max-points-per-centroid',
      'none',
      '-o',
      output,
    ])
    await run.line('k-means++: ')
    run.kill('SIGINT')
    const { code, stderr } = await run.finished
    expect(code).toBe(130)
    expect(stderr).toContain('stopped before there were centroids; nothing was written')
    expect(existsSync(output)).toBe(false)
  })
})
