import { describe, expect, it } from 'vitest'
import type { Figure } from '../../src/plots/index.js'
import { plainText } from '../../src/plots/figure.js'
import { centroidImages, clusterSizes, confusion, contingency, convergence, scoreBars, times } from '../../src/plots/index.js'

const titleOf = (figure: Figure): string => (figure.layout.title as { text: string }).text
const axisTitle = (figure: Figure, name: 'xaxis' | 'yaxis'): string => (figure.layout[name] as { title: { text: string } }).title.text
const range = (figure: Figure): number[] => (figure.layout.yaxis as { range: number[] }).range
const values = (count: number): number[] => Array.from({ length: count }, (_, i) => count - i)

describe('plainText', () => {
  it('breaks between words, cuts words that are longer than a line, and escapes', () => {
    expect(plainText('one two <three>', 7)).toBe('one two<br>&lt;three&gt;')
    expect(plainText('abcdefgh', 3)).toBe('abc<br>def<br>gh')
  })

  it('cuts a long word behind a hyphen rather than inside of a number', () => {
    expect(plainText('tokens-1024 blobs-1024-25 seeding-100000000000', 10)).toBe(
      'tokens-<br>1024<br>blobs-<br>1024-25<br>seeding-<br>1000000000<br>00',
    )
  })

  it('ends with an ellipsis where there are more lines than there is room for, and not where all fits', () => {
    expect(plainText('one two three four', 7, 2)).toBe('one two<br>three …')
    expect(plainText('one two three', 7, 2)).toBe('one two<br>three')
    expect(plainText('a long name', 6, 1)).toBe('a lon…')
    expect(plainText('', 6, 1)).toBe('')
  })
})

describe('convergence', () => {
  it('draws each curve over its iterations, from 1', () => {
    const figure = convergence([
      { name: 'first', values: [3, 2] },
      { name: 'second', values: Float64Array.of(5, 4, 3) },
    ])
    expect(figure.data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: 'first', x: [1, 2], y: [3, 2] },
      { name: 'second', x: [1, 2, 3], y: [5, 4, 3] },
    ])
    expect([axisTitle(figure, 'xaxis'), axisTitle(figure, 'yaxis'), figure.layout.showlegend]).toEqual(['iteration', 'inertia', true])
  })

  it('divides by the last value with relative', () => {
    const figure = convergence([{ name: 'a', values: [6, 3, 2] }], { relative: true, log: true })
    expect(figure.data[0].y).toEqual([3, 1.5, 1])
    expect(axisTitle(figure, 'yaxis')).toBe('inertia ÷ its last value (logarithmic)')
    expect(figure.layout.yaxis).toMatchObject({ type: 'log' })
  })

  it('tells more curves than colours apart by their dashes', () => {
    const { data } = convergence(values(20).map((i) => ({ name: `run ${i}`, values: [i] })))
    expect(new Set(data.map(({ line }) => `${(line as { color: string }).color} ${(line as { dash: string }).dash}`)).size).toBe(20)
  })

  it('keeps curves apart that differ little and far from zero', () => {
    expect(convergence([{ name: 'a', values: [1e9 + 2, 1e9 + 1, 1e9] }]).data[0].y).toEqual([1e9 + 2, 1e9 + 1, 1e9])
  })

  it('refuses no curve, an empty one, and values that cannot be drawn', () => {
    expect(() => convergence([])).toThrow('convergence: expected at least one curve, got none')
    expect(() => convergence([{ name: 'a', values: [] }])).toThrow("expected at least one value in curve 'a', got none")
    expect(() => convergence([{ name: 'a', values: [1, NaN] }])).toThrow("expected finite values in curve 'a', got NaN (index 1)")
    expect(() => convergence([{ name: 'a', values: [1, 0] }], { log: true })).toThrow("expected values above 0 in curve 'a' with log: true")
    expect(() => convergence([{ name: 'a', values: [1, 0] }], { relative: true })).toThrow("expected curve 'a' to end above 0")
  })
})

describe('scoreBars', () => {
  const scores = [
    { dataset: 'iris', name: 'ours', mean: 0.75, min: 0.7, max: 0.8 },
    { dataset: 'wine', name: 'ours', mean: 0.43 },
    { dataset: 'wine', name: 'theirs', mean: 0.42, min: 0.4, max: 0.43, reference: true },
  ]

  it('groups by data set, leaves gaps where a score is missing, and draws the range from min to max', () => {
    const { data, layout } = scoreBars(scores, { yTitle: 'NMI' })
    expect(data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: 'ours', x: [0, 1], y: [0.75, 0.43] },
      { name: 'theirs', x: [0, 1], y: [null, 0.42] },
    ])
    expect(data[0].error_y).toMatchObject({ array: [0.05, 0], arrayminus: [0.05, 0], visible: true })
    expect(data[1].error_y).toMatchObject({ array: [0, 0.01], arrayminus: [0, 0.02] })
    expect(data.map(({ marker }) => (marker as { pattern: { shape: string } }).pattern.shape)).toEqual(['', '/'])
    expect(layout.xaxis).toMatchObject({ tickvals: [0, 1], ticktext: ['iris', 'wine'] })
  })

  it('shows scores of at most 1 on an axis up to 1, with room for negative ones', () => {
    expect(range(scoreBars(scores))[1]).toBeGreaterThan(1)
    expect(range(scoreBars([{ dataset: 'a', name: 'ARI', mean: -0.2 }]))[0]).toBeLessThan(-0.2)
    expect(range(scoreBars([{ dataset: 'a', name: 'CH', mean: 520 }]))).toBeUndefined()
  })

  it('refuses nothing, values that are no numbers, and a mean outside of its range', () => {
    expect(() => scoreBars([])).toThrow('scoreBars: expected at least one score, got none')
    expect(() => scoreBars([{ dataset: 'a', name: 'b', mean: NaN }])).toThrow('scoreBars (b on a): expected finite mean')
    expect(() => scoreBars([{ dataset: 'a', name: 'b', mean: 1, min: 2 }])).toThrow('expected min ≤ mean ≤ max, got 2, 1, 1')
  })
})

describe('confusion', () => {
  it('puts the best one-to-one match on the diagonal, in % of the class', () => {
    const { data } = confusion([
      [0, 9, 1],
      [8, 0, 0],
      [0, 2, 2],
    ])
    expect(data[0].z).toEqual([
      [90, 0, 10],
      [0, 100, 0],
      [50, 0, 50],
    ])
    expect(data[1]).toMatchObject({ x: [0, 1, 2, 0, 1, 2, 0, 1, 2], y: [0, 0, 0, 1, 1, 1, 2, 2, 2] })
    expect(data[1].text).toEqual(['9', '0', '1', '0', '8', '0', '2', '0', '2'])
  })

  it('writes counts in an ink that stands out from their cell', () => {
    // matplotlib.colormaps['viridis'](numpy.linspace(0, 1, 11)), as sRGB of 0 … 255
    const viridis = '440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725'.split(' ')
    const light = (hex: string): number =>
      [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const v = parseInt(hex.slice(2 * i, 2 * i + 2), 16) / 255
        return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      }, 0)
    const [, { textfont }] = contingency([viridis.map((_, i) => i), viridis.map((_, i) => 10 - i)]).data
    const inks = (textfont as { color: string[] }).color.slice(0, 11)
    for (const [i, ink] of inks.entries()) {
      const [a, b] = [light(viridis[i]), light(ink.slice(1))].sort((p, q) => p - q)
      expect((b + 0.05) / (a + 0.05), `${ink} on ${i} of 10`).toBeGreaterThan(4)
    }
  })

  it('takes a contingency matrix with its labels, and puts unmatched clusters last, beside the class they hold most of', () => {
    const table = { rows: 2, columns: 4, counts: [5, 1, 0, 9, 0, 3, 7, 0], rowLabels: ['cat', 'dog'], columnLabels: [10n, 11n, 12n, 13n] }
    const { data, layout } = confusion(table)
    expect(layout.xaxis).toMatchObject({ tickvals: [0, 1, 2, 3], ticktext: ['13', '12', '10', '11'] })
    expect(layout.yaxis).toMatchObject({ ticktext: ['cat', 'dog'], autorange: 'reversed' })
    expect((data[0].customdata as unknown[][])[0]).toEqual([
      ['13', 'cat', 9],
      ['12', 'cat', 0],
      ['10', 'cat', 5],
      ['11', 'cat', 1],
    ])
  })

  it('has more classes than clusters, and an empty class, without a fault', () => {
    const { data } = confusion([[0, 0], [4, 0], [1, 3]]) // prettier-ignore
    expect(data[0].z).toEqual([[0, 0], [100, 0], [25, 75]]) // prettier-ignore
  })

  it('thins tick labels and leaves out the counts beyond a few columns', () => {
    const { data, layout } = confusion([values(100), values(100)])
    expect((layout.xaxis as { tickvals: number[] }).tickvals.length).toBeLessThanOrEqual(34)
    expect(data.length).toBe(1)
  })

  it('shortens long names, and escapes all', () => {
    const { layout } = confusion([[1]], { classNames: ['<i>a very long name of a class</i>'], clusterNames: ['<b>'] })
    expect(layout.yaxis).toMatchObject({ ticktext: ['&lt;i&gt;a very long na…'] })
    expect(layout.xaxis).toMatchObject({ ticktext: ['&lt;b&gt;'] })
  })

  it('refuses an empty, ragged or negative table, and names of the wrong number', () => {
    expect(() => confusion([])).toThrow('confusion: expected at least one class and one cluster, got 0 × 0')
    expect(() => confusion([[1, 2], [3]])).toThrow('confusion: expected 2 · 2 counts')
    expect(() => confusion([[1, -2]])).toThrow('expected counts of at least 0, got -2 (class 0, cluster 1)')
    expect(() => confusion([[1, 2]], { clusterNames: ['a'] })).toThrow('confusion: expected 2 clusterNames, got 1')
  })
})

describe('times', () => {
  it('tells 32 series apart by colour and mark', () => {
    const series = Array.from({ length: 32 }, (_, i) => ({ name: `s${i}`, points: [{ x: 1, seconds: 1 }] }))
    const looks = times(series).data.map(({ marker }) => `${(marker as { color: string }).color} ${(marker as { symbol: string }).symbol}`)
    expect(new Set(looks).size).toBe(32)
  })
})

describe('clusterSizes', () => {
  it('sorts clusters by size, largest first, lower number first on ties', () => {
    const { data, layout } = clusterSizes(Float64Array.of(2, 7, 2))
    expect(data[0]).toMatchObject({ type: 'bar', x: ['1', '0', '2'], y: [7, 2, 2], customdata: [1, 0, 2] })
    expect(layout.xaxis).toMatchObject({ type: 'category' })
  })

  it('counts ranks for many clusters, and draws a line for more than bars can show', () => {
    expect(clusterSizes(values(100)).data[0]).toMatchObject({ type: 'bar', x: values(100).reverse() })
    const { data } = clusterSizes(values(262_144))
    expect(data[0]).toMatchObject({ type: 'scatter', mode: 'lines' })
    expect((data[0].x as number[]).length).toBe(2000)
    expect([(data[0].x as number[])[0], (data[0].x as number[])[1999]]).toEqual([1, 262_144])
  })

  it('refuses no counts and negative ones', () => {
    expect(() => clusterSizes([])).toThrow('clusterSizes: expected at least one count, got none')
    expect(() => clusterSizes([1, -1])).toThrow('clusterSizes: expected counts of at least 0, got -1 (cluster 1)')
  })
})

describe('centroidImages', () => {
  it('lays images out row by row with gaps between them', () => {
    const { data, layout } = centroidImages([1, 2, 3, 4, 5, 6, 7, 8], [2, 2], { names: ['a', 'b'], perRow: 2 })
    expect(data[0].z).toEqual([
      [null, null, null, null, null],
      [1, 2, null, 5, 6],
      [3, 4, null, 7, 8],
    ])
    expect(data[1]).toMatchObject({ x: [0.5, 3.5], text: ['a', 'b'] })
    expect(layout.yaxis).toMatchObject({ scaleanchor: 'x', range: [2.5, -0.5] })
  })

  it('shows k = 1, 10 and 100 whole, and the first 100 of more', () => {
    expect([1, 10, 100, 101].map((k) => (centroidImages(new Float32Array(k * 4), [2, 2]).data[1].text as string[]).length)).toEqual([
      1, 10, 100, 100,
    ])
    expect(titleOf(centroidImages(new Float32Array(404), [2, 2]))).toBe('Means of 101 clusters (100 shown)')
    expect((centroidImages(new Float32Array(40), [2, 2]).data[0].z as unknown[][])[0].length).toBe(5 * 3 - 1)
  })

  it('leaves captions out where they would not fit', () => {
    expect(centroidImages(new Float32Array(4 * 40), [2, 2], { perRow: 40 }).data.length).toBe(1)
  })

  it('keeps pixels apart that differ little and far from zero', () => {
    expect((centroidImages([1e6, 1e6 + 1], [1, 2]).data[0].z as number[][]).at(-1)).toEqual([1e6, 1e6 + 1])
  })

  it('refuses a shape that does not fit', () => {
    expect(() => centroidImages([1, 2, 3], [2, 2])).toThrow('centroidImages: expected k · 4 values (k images of 2 × 2), got 3')
    expect(() => centroidImages([], [2, 2])).toThrow('centroidImages: expected k · 4 values')
    expect(() => centroidImages([1], [1])).toThrow('centroidImages: expected a shape of [rows, columns], got [1]')
    expect(() => centroidImages([NaN], [1, 1])).toThrow('expected finite centroids, got NaN (index 0)')
  })
})
