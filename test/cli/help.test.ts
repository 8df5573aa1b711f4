import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { FastKMeans } from '../../src/fastkmeans.js'
import { saveModel, writeNpy } from '../../src/io/index.js'
import { fastkmeans, temporaryFolder } from './run.js'

const file = temporaryFolder()

const infoOf = async (path: string): Promise<unknown> => JSON.parse((await fastkmeans('info', path, '--json')).stdout)

describe('fastkmeans --help', () => {
  test('lists the commands on stdout; without a command on stderr, with exit code 2', async () => {
    const help = await fastkmeans('--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const command of ['train', 'predict', 'demo', 'info']) expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(await fastkmeans()).toStrictEqual({ code: 2, stdout: '', stderr: help.stdout })
  })

  test.each(['train', 'predict', 'demo', 'info'])(
    'tells the flags of %s, with examples, also in the place of a wrong command line',
    async (command) => {
      const help = await fastkmeans(command, '--help')
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout).toMatch(/^Usage: fastkmeans /m)
      expect(help.stdout).toMatch(/^Examples:$/m)
      expect(help.stdout).toContain('--json')
      expect(Math.max(...help.stdout.split('\n').map((line) => (line.includes('fastkmeans') ? 0 : line.length)))).toBeLessThanOrEqual(100)
      expect(await fastkmeans('help', command)).toStrictEqual(help)
      expect(await fastkmeans(command, '--nonsense', '-h')).toStrictEqual(help)
    },
  )

  test('--version prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(await fastkmeans('--version')).toStrictEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})

describe('fastkmeans info', () => {
  beforeAll(async () => {
    await writeNpy(file('a.npy'), new Float64Array(12), [3, 2, 2])
    const x = Float32Array.of(0, 0, 0, 1, 5, 5, 5, 6)
    const km = await new FastKMeans(2, 2, { minPointsPerCentroid: 0 }).fit(x)
    await saveModel(file('m.safetensors'), km)
  })

  test('tells types and shapes', async () => {
    expect(await infoOf(file('a.npy'))).toMatchObject({ format: 'npy', arrays: [{ dtype: 'float64', shape: [3, 2, 2] }] })
    expect(await infoOf('datasets/mnist-images.idx3-ubyte.gz')).toMatchObject({
      format: 'idx',
      arrays: [{ dtype: 'uint8', shape: [10_000, 28, 28] }],
    })
    expect(await infoOf('datasets/iris.csv')).toMatchObject({ arrays: [{ shape: [150, 4] }, { dtype: 'classes', shape: [150] }] })
  })

  test('tells the options and statistics of a model', async () => {
    expect(await infoOf(file('m.safetensors'))).toMatchObject({
      arrays: expect.arrayContaining([{ name: 'centroids', dtype: 'float32', shape: [2, 2] }]),
      details: { inertia: 1, stopReason: 'labels', options: { seed: 0, k: 2 }, stats: { backend: 'reference' } },
    })
  })

  test('takes no column for labels that has numbers: what is none among them is told', async () => {
    writeFileSync(file('nan.csv'), 'a,b\n1,2\n3,NaN\n')
    const { code, stderr } = await fastkmeans('info', file('nan.csv'))
    expect([code, stderr]).toEqual([1, expect.stringContaining("got a missing value ('NaN') (line 3, row 1, column 'b')")])
  })

  test('tells of every file, whichever of them cannot be read', async () => {
    const { code, stdout, stderr } = await fastkmeans('info', file('none.npy'), file('a.npy'), 'x.npz', file('m.safetensors'), '--json')
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).format)
    expect([code, told]).toEqual([1, ['npy', 'safetensors']])
    expect(stderr).toMatch(
      /found none \(.*none\.npy\)\nfastkmeans info: expected a file ending in .*, got 'x\.npz'; convert it first: python/,
    )
  })

  test('fails for a file that is not there, or is of no known kind', async () => {
    expect(await fastkmeans('info', file('none.npy'))).toMatchObject({ code: 1 })
    expect(await fastkmeans('info', 'package.json')).toMatchObject({ code: 2 })
  })
})
