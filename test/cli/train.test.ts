import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeBlobs } from '../../src/datasets/index.js'
import { FastKMeans } from '../../src/fastkmeans.js'
import { loadModel, readNpy, writeFvecs, writeNpy } from '../../src/io/index.js'
import { fastkmeans, start, temporaryFolder } from './run.js'

const file = temporaryFolder()
const { x } = makeBlobs({ n: 900, d: 5, centers: 6, seed: 3 })
const points = file('points.npy')
const options = { seed: 7, init: 'k-means++', niter: 40, maxPointsPerCentroid: null } as const
const flags = ['--seed', '7', '--init', 'k-means++', '--niter', '40', '--max-points-per-centroid', 'none']

beforeAll(() => writeNpy(points, x.blocks, [x.n, x.d]))

describe('fastkmeans train', () => {
  test('and predict give what the library gives, bit for bit', async () => {
    const [centroids, labels, model, predicted, distances] = ['c.npy', 'l.npy', 'm.safetensors', 'p.npy', 'd.npy'].map(file)
    const train = await fastkmeans('train', points, '-k', '6', ...flags, '-o', centroids, '--labels', labels, '--model', model)
    expect(train).toMatchObject({ code: 0 })
    const km = await new FastKMeans(5, 6, options).fit(x)
    expect((await readNpy(centroids)).data).toStrictEqual(km.centroids)
    expect(await readNpy(labels)).toMatchObject({ data: km.labels, shape: [900], dtype: 'int32' })
    expect(await loadModel(model)).toMatchObject({ centroids: km.centroids, inertia: km.inertia, labels: km.labels, options: { seed: 7 } })

    for (const from of [centroids, model]) {
      const predict = await fastkmeans('predict', points, '-c', from, '-o', predicted, '--distances', distances, '--force')
      expect(predict).toMatchObject({ code: 0 })
      const expected = await km.assign(x)
      expect((await readNpy(predicted)).data).toStrictEqual(expected.labels)
      expect((await readNpy(distances)).data).toStrictEqual(expected.sqDistances)
    }
  })

  test.each(['wasm', 'cpu', 'tfjs:cpu', 'auto'])('predict takes --device %s, or says what it lacks', async (device) => {
    const [centroids, predicted] = [file('of.npy'), file('at.npy')]
    await fastkmeans('train', points, '-k', '6', ...flags, '-o', centroids, '--force')
    const { code, stdout, stderr } = await fastkmeans('predict', points, '-c', centroids, '-o', predicted, '--device', device, '--force')
    if (device === 'cpu' && code !== 0) expect(stderr).toContain('expected the native library, got none')
    else
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(device === 'auto' ? '(auto: ' : ` on ${device}`) })
  })

  test('--json prints one object and nothing else', async () => {
    const { code, stdout, stderr } = await fastkmeans('train', points, '-k', '6', ...flags, '-o', file('j.npy'), '--json')
    expect(code).toBe(0)
    const km = await new FastKMeans(5, 6, options).fit(x)
    expect(JSON.parse(stdout)).toMatchObject({
      n: 900,
      d: 5,
      k: 6,
      trainedOn: 900,
      seed: 7,
      inertia: km.inertia,
      nIter: km.nIter,
      stopReason: km.stopReason,
      backend: 'reference',
      outputs: { centroids: file('j.npy') },
    })
    expect(stderr).toMatch(/^iteration 1\/40.*: inertia /m)
  })

  test('--quiet prints nothing at all', async () => {
    expect(await fastkmeans('train', points, '-k', '6', ...flags, '-o', file('q.npy'), '--quiet')).toStrictEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  })

  test('labels all points where it trained on a subsample, and warns', async () => {
    const labels = file('sub.csv')
    const { stdout, stderr } = await fastkmeans(
      'train',
      points,
      '-k',
      '6',
      '--max-points-per-centroid',
      '50',
      '--labels',
      labels,
      '--json',
      '-q',
    )
    expect(stderr).toContain('subsampling from 900 to 300 points')
    expect(JSON.parse(stdout)).toMatchObject({ n: 900, trainedOn: 300, warnings: [expect.stringContaining('subsampling')] })
    const km = new FastKMeans(5, 6, { maxPointsPerCentroid: 50 })
    expect(readFileSync(labels, 'utf8')).toBe(`label\n${(await km.fitPredict(x)).join('\n')}\n`)
  })

  test('starts from the centroids in a file, and weighs points by another', async () => {
    const start = x.blocks[0].slice(0, 30)
    const weights = Float64Array.from({ length: 900 }, (_, i) => 1 + (i % 5))
    await writeFvecs(file('start.fvecs'), start, 5)
    await writeNpy(file('w.npy'), weights, [900])
    const args = ['-k', '6', '--init', file('start.fvecs'), '--weights', file('w.npy'), '--max-points-per-centroid', 'none']
    expect(await fastkmeans('train', points, ...args, '-o', file('w-c.npy'))).toMatchObject({ code: 0 })
    const km = await new FastKMeans(5, 6, { init: start, maxPointsPerCentroid: null }).fit(x, { sampleWeight: weights })
    expect((await readNpy(file('w-c.npy'))).data).toStrictEqual(km.centroids)
  })

  test('reads CSV with columns to ignore, and gzipped IDX', async () => {
    const iris = await fastkmeans('train', 'datasets/iris.csv', '--ignore', 'species', '-k', '3', '-o', file('i.npy'), '--json')
    expect(JSON.parse(iris.stdout)).toMatchObject({ n: 150, d: 4 })
    const digits = await fastkmeans(
      'train',
      'datasets/digits-images.idx3-ubyte.gz',
      '-k',
      '10',
      '-o',
      file('g.npy'),
      '--json',
      '--niter',
      '2',
    )
    expect(JSON.parse(digits.stdout)).toMatchObject({ n: 1797, d: 64, nIter: 2 })
  })
})

describe('exit codes', () => {
  test('2 and a way to the help for a command that is written wrongly, before anything is read', async () => {
    const wrong: [string[], string][] = [
      [['train', points, '-o', file('x.npy')], 'expected the number of clusters, got none; add -k K'],
      [['train', points, '-k', '5'], 'expected a file for the result, got none; add -o FILE'],
      [['train', points, '-k', '0', '-o', file('x.npy')], 'expected k to be a positive integer'],
      [['train', points, '-k', '5', '--niter', '0', '-o', file('x.npy')], 'expected niter to be a positive integer, got 0'],
      [['train', points, '-k', '5', '--init', 'kmeans++', '-o', file('x.npy')], "expected init to be 'random'"],
      [['train', points, '-k', '5', '-o', file('x.png')], 'expected --output to end in .npy'],
      [['train', points, '-k', '5', '-o', file('x.npy'), '--labels', file('x.npy')], 'expected --labels to be a file of its own'],
      [['train', points, '-k', '5', '-o', points, '--force'], 'got a file that is read'],
      [['train', 'missing.npy', '-k', '5', '--sead', '3', '-o', file('x.npy')], 'unknown flag --sead; did you mean --seed?'],
      [['train', 'points.bin', '-k', '5', '-o', file('x.npy')], 'expected a file ending in .npy'],
      [['predict', points, '-o', file('x.npy')], 'expected the centroids, got none; add -c FILE'],
      [['train', points, '-k', '5', '--ignore', '1', '-o', file('x.npy')], 'expected --ignore with a CSV file, got'],
      [['train', points, '-k', '5', '--tensor', 'a', '-o', file('x.npy')], 'expected --tensor with a .safetensors file, got'],
      [['train', 'datasets/iris.csv', '-k', '5', '--column', 'a', '-o', file('x.npy')], 'expected --column with an Arrow file, got'],
      [['predict', points, '-c', 'datasets/iris.csv', '-o', file('x.npy')], 'expected the centroids in one of .npy'],
      [['trian'], "got 'trian'; did you mean train?"],
      [['frobnicate'], "expected a command (train, predict, demo, info), got 'frobnicate'\n"],
      [['--json'], 'expected a command first'],
    ]
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await fastkmeans(...args)
      expect({ code, stdout }, args.join(' ')).toStrictEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(message)
      expect(stderr).not.toMatch(/\n\s+at /)
    }
    expect(existsSync(file('x.npy'))).toBe(false)
  }, 120_000)

  test("1 and the library's own message for what fails", async () => {
    writeFileSync(file('cut.npy'), readFileSync(points).subarray(0, 1000))
    writeFileSync(file('no.npy'), 'this is text')
    await writeNpy(file('nan.npy'), Float32Array.of(1, 2, 3, NaN), [2, 2])
    await writeNpy(file('c3.npy'), new Float32Array(6), [2, 3])
    const failing: [string[], RegExp][] = [
      [['train', file('none.npy'), '-k', '5', '-o', file('y.npy')], /expected a file, found none .*none\.npy/],
      [['train', file('cut.npy'), '-k', '5', '-o', file('y.npy')], /cut\.npy/],
      [['train', file('no.npy'), '-k', '5', '-o', file('y.npy')], /expected a \.npy file.*no\.npy/],
      [['train', file('nan.npy'), '-k', '1', '-o', file('y.npy')], /expected finite values, got NaN \(row 1, column 1\)/],
      [['train', points, '-k', '1000', '-o', file('y.npy')], /expected at least k = 1000 points, got n = 900/],
      [['train', points, '-k', '5', '-o', file('no-such-folder/y.npy')], /in a folder that exists/],
      [['train', points, '-k', '5', '--device', 'cuda', '-o', file('y.npy')], /cuda/],
      [['predict', points, '-c', file('c3.npy'), '-o', file('y.npy')], /expected d = 3 columns as in .*c3\.npy, got 5/],
    ]
    for (const [args, message] of failing) {
      const { code, stdout, stderr } = await fastkmeans(...args)
      expect({ code, stdout }, args.join(' ')).toStrictEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(message)
      expect(stderr).not.toMatch(/\n\s+at /)
    }
    expect(existsSync(file('y.npy'))).toBe(false)
  }, 120_000)

  test('as if nothing had happened where nobody reads what is printed any more', async () => {
    const unread = start(['train', points, '-k', '5', '-o', file('unread.npy')], { unread: true })
    expect(await unread.finished).toMatchObject({ code: 0 })
    expect(existsSync(file('unread.npy'))).toBe(true)
    expect(await start(['--help'], { unread: true }).finished).toMatchObject({ code: 0 })
  })

  test('1 for a file that exists, which stays as it is; --force overwrites it', async () => {
    const there = file('there.npy')
    writeFileSync(there, 'precious')
    const refused = await fastkmeans('train', points, '-k', '2', '-o', there)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force overwrites it') })
    expect(readFileSync(there, 'utf8')).toBe('precious')
    expect(await fastkmeans('train', points, '-k', '2', '-o', there, '--force')).toMatchObject({ code: 0 })
    expect((await readNpy(there)).shape).toStrictEqual([2, 5])
  })

  test('--debug adds the stack', async () => {
    const { stderr } = await fastkmeans('train', file('none.npy'), '-k', '5', '-o', file('y.npy'), '--debug')
    expect(stderr).toMatch(/\n\s+at /)
  })
})
