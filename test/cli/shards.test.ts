/** @file Several files of points, one after the other; what they say of themselves; centroids in half precision. */
import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeBlobs } from '../../src/datasets/index.js'
import { readNpy, readSafetensors, writeFvecs, writeNpy } from '../../src/io/index.js'
import { fastkmeans, temporaryFolder } from './run.js'

const file = temporaryFolder()
const { x } = makeBlobs({ n: 900, d: 5, centers: 6, seed: 3 })
const whole = file('whole.npy')
const shards = ['a.npy', 'b.fvecs', 'c.csv'].map(file)

beforeAll(async () => {
  const [all] = x.blocks
  await writeNpy(whole, all, [900, 5])
  await writeNpy(shards[0], Float64Array.from(all.subarray(0, 1000)), [200, 5])
  await writeFvecs(shards[1], all.subarray(1000, 4000), 5)
  const rows = Array.from({ length: 100 }, (_, i) => all.subarray((800 + i) * 5, (801 + i) * 5).join(','))
  writeFileSync(shards[2], `a,b,c,d,e\n${rows.join('\n')}\n`)
})

describe('several files', () => {
  test.each(['50', 'none'])('train and predict as one file does, with %s points a centroid', async (most) => {
    const results = []
    for (const [name, inputs] of Object.entries({ one: [whole], several: shards })) {
      const outputs = ['c', 'l', 'p', 'd'].map((what) => file(`${name}-${most}-${what}.npy`))
      const flags = ['-k', '6', '--max-points-per-centroid', most, '-o', outputs[0], '--labels', outputs[1], '--json']
      const { code, stdout } = await fastkmeans('train', ...inputs, ...flags)
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { inputs, n: 900, d: 5, trainedOn: most === 'none' ? 900 : 300 }])
      expect(await fastkmeans('predict', ...inputs, '-c', outputs[0], '-o', outputs[2], '--distances', outputs[3])).toMatchObject({
        code: 0,
      })
      results.push(await Promise.all(outputs.map(async (output) => (await readNpy(output)).data)))
    }
    expect(results[1]).toStrictEqual(results[0])
    expect(results[0][1]).toStrictEqual(results[0][2])
  })

  test('tell which of them is wrong', async () => {
    const bad = Float32Array.from({ length: 1000 }, (_, i) => (i === 503 ? NaN : 1))
    await writeNpy(file('bad.npy'), bad, [200, 5])
    await writeNpy(file('thin.npy'), bad.subarray(0, 9), [3, 3])
    await writeNpy(file('centroids.npy'), bad.subarray(0, 30), [6, 5])
    const [output, centroids] = [file('none.npy'), file('centroids.npy')]
    const found = 'expected finite values, got NaN (row 100, column 3)'
    const failing: [string[], string][] = [
      [['train', ...shards, file('bad.npy'), '-k', '6', '-o', output], `${found} (${file('bad.npy')})`],
      [['predict', ...shards, file('bad.npy'), '-c', centroids, '-o', output], `${found} (${file('bad.npy')})`],
      [
        ['train', ...shards, file('thin.npy'), '-k', '6', '-o', output],
        `expected d = 5 columns as in ${shards[0]}, got 3 (${file('thin.npy')})`,
      ],
      [['train', ...shards, file('gone.npy'), '-k', '6', '-o', output], `expected a file, found none (${file('gone.npy')})`],
      [['predict', ...shards, '-c', centroids, '-o', shards[1], '--force'], 'expected --output to end in'],
      [['predict', ...shards, '-c', centroids, '-o', shards[0], '--force'], 'got a file that is read'],
    ]
    for (const [args, message] of failing) expect((await fastkmeans(...args)).stderr, args.join(' ')).toContain(message)
    expect(existsSync(output)).toBe(false)
  }, 60_000)
})

describe('--output-dtype float16', () => {
  test('rounds the centroids, and only what is written', async () => {
    const [exact, half, tensors, labels] = ['e.npy', 'h.npy', 'h.safetensors', 'labels.npy'].map(file)
    const train = (...flags: string[]) => fastkmeans('train', whole, '-k', '6', ...flags, '-q')
    await train('-o', exact, '--labels', file('labels-0.npy'))
    expect(await train('-o', half, '--labels', labels, '--output-dtype', 'float16')).toMatchObject({ code: 0 })
    expect(await train('-o', tensors, '--output-dtype', 'float16')).toMatchObject({ code: 0 })
    const rounded = await readNpy(half)
    expect(rounded).toMatchObject({ dtype: 'float16', shape: [6, 5] })
    // 2^-11 of the value is half a step of 11 significant bits.
    const { data } = await readNpy(exact)
    for (const [i, value] of (data as Float32Array).entries()) {
      const off = Math.abs(Number(rounded.data[i]) - value)
      expect(off).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11)
    }
    expect(rounded.data).not.toStrictEqual(data)
    expect((await readSafetensors(tensors)).tensors.centroids).toMatchObject({ dtype: 'float16', data: rounded.data })
    expect((await readNpy(labels)).data).toStrictEqual((await readNpy(file('labels-0.npy'))).data)
  })

  test('is refused where the file cannot hold it', async () => {
    for (const [flags, message] of [
      [['-o', file('x.fvecs'), '--output-dtype', 'float16'], 'expected --output-dtype float16 with -o FILE.npy or FILE.safetensors'],
      [['--labels', file('x.npy'), '--output-dtype', 'float16'], 'FILE.safetensors, got none'],
      [['-o', file('x.npy'), '--output-dtype', 'bfloat16'], "expected --output-dtype to be float32 or float16, got 'bfloat16'"],
    ] as const)
      expect(await fastkmeans('train', whole, '-k', '6', ...flags)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

test.runIf(existsSync('/dev/full'))('a full disk is told with the file', async () => {
  symlinkSync('/dev/full', file('full.npy'))
  await fastkmeans('train', whole, '-k', '6', '-o', file('to.npy'), '-q')
  const predict = await fastkmeans('predict', whole, '-c', file('to.npy'), '-o', file('full.npy'), '--force')
  expect(predict).toMatchObject({ code: 1, stderr: expect.stringMatching(/writeNpy: ENOSPC: no space left on device.* \(.*full\.npy\)/) })
})

test.runIf(existsSync('/dev/full'))('distances are written even where the labels cannot be', async () => {
  symlinkSync('/dev/full', file('labels-full.npy'))
  await fastkmeans('train', whole, '-k', '6', '-o', file('two.npy'), '-q')
  const outputs = ['-o', file('labels-full.npy'), '--distances', file('saved.npy'), '--force']
  const predict = await fastkmeans('predict', whole, '-c', file('two.npy'), ...outputs)
  expect(predict).toMatchObject({ code: 1, stderr: expect.stringMatching(/no space left on device.* \(.*labels-full\.npy\)/) })
  expect((await readNpy(file('saved.npy'))).shape).toEqual([900])
})
