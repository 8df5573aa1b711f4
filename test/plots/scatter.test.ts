import { describe, expect, it } from 'vitest'
import type { Figure } from '../../src/plots/index.js'
import { scatter } from '../../src/plots/index.js'

const traces = (figure: Figure): { name: string; x: number[]; y: number[] }[] =>
  figure.data.map(({ name, x, y }) => ({ name: name as string, x: x as number[], y: y as number[] }))
const titles = ({ layout }: Figure): string[] =>
  [layout.title, (layout.xaxis as { title: object }).title, (layout.yaxis as { title: object }).title].map(
    (t) => (t as { text: string }).text,
  )

describe('scatter', () => {
  const square = [[0, 0], [0, 1], [5, 5], [5, 6]] // prettier-ignore

  it('draws two columns as they are, one trace a cluster, and the centroids over them', async () => {
    const figure = await scatter(square, [7, 7, -1, -1], { centroids: [[0, 0.5], [5, 5.5]] }) // prettier-ignore
    expect(traces(figure)).toEqual([
      { name: 'cluster -1', x: [5, 5], y: [5, 6] },
      { name: 'cluster 7', x: [0, 0], y: [0, 1] },
      { name: 'centroids', x: [0, 5], y: [0.5, 5.5] },
    ])
    expect(titles(figure)).toEqual(['4 points in 2 clusters', 'column 1', 'column 2'])
  })

  it('takes names as labels, and escapes them', async () => {
    const figure = await scatter(square, ['b', 'b', '<a>', '<a>'])
    expect(traces(figure).map(({ name }) => name)).toEqual(['&lt;a&gt;', 'b'])
  })

  it('names each point of a sample too', async () => {
    const x = Float32Array.from({ length: 100 }, (_, i) => i)
    const names = Array.from({ length: 50 }, (_, i) => `<${2 * i}>`)
    const { data } = await scatter(x, new Int32Array(50), { d: 2, names, maxPoints: 10 })
    expect(data[0].text).toEqual((data[0].x as number[]).map((v) => `&lt;${v}&gt;, cluster 0`))
    await expect(scatter(x, new Int32Array(50), { d: 2, names: ['a'] })).rejects.toThrow('scatter: expected n = 50 names, got 1')
  })

  it('draws one column against the cluster', async () => {
    const figure = await scatter([3, 4, 9].map((v) => [v]), [10, 10, 20]) // prettier-ignore
    expect(traces(figure).map(({ x, y }) => [x, y])).toEqual([[[3, 4], [0, 0]], [[9], [1]]]) // prettier-ignore
    expect(figure.layout.yaxis).toMatchObject({ tickvals: [0, 1], ticktext: ['10', '20'] })
  })

  it('projects more columns on the principal plane, centroids alike', async () => {
    // On the line t·(1, 2, 2), whose principal axis is (1, 2, 2)/3.
    const figure = await scatter([[-1, -2, -2], [0, 0, 0], [1, 2, 2]], [0, 0, 0], { centroids: [[2, 4, 4]] }) // prettier-ignore
    const [points, centroids] = traces(figure)
    expect(points.x.map((v) => Number(v.toFixed(9)))).toEqual([-3, 0, 3])
    expect(centroids.x[0]).toBeCloseTo(6, 9)
    expect(titles(figure)[1]).toBe('principal component 1 (100.0 % of variance)')
  })

  it('shows a seeded sample beyond maxPoints, in the order of the rows', async () => {
    const x = Float32Array.from({ length: 2000 }, (_, i) => i)
    const draw = (seed: number): Promise<Figure> => scatter(x, new Int32Array(1000), { d: 2, maxPoints: 50, seed })
    const figure = await draw(1)
    const shown = traces(figure)[0].x
    expect(new Set(shown).size).toBe(50)
    expect(shown).toEqual([...shown].sort((a, b) => a - b))
    expect(await draw(1)).toEqual(figure)
    expect(traces(await draw(2))[0].x).not.toEqual(shown)
    expect(titles(figure)[0]).toBe('1,000 points in 1 cluster (50 shown)')
  })

  it('keeps points apart that lie close together and far from the origin', async () => {
    const figure = await scatter([[1e6, 0], [1e6 + 1, 0], [1e6 + 2, 1]], [0, 0, 0]) // prettier-ignore
    expect(traces(figure)[0].x).toEqual([1e6, 1e6 + 1, 1e6 + 2])
  })

  it('draws 1,000 clusters in forty traces, without a legend, every point naming its cluster', async () => {
    const labels = Int32Array.from({ length: 1000 }, (_, i) => i)
    const { data } = await scatter(Float32Array.from({ length: 2000 }, (_, i) => i), labels, { d: 2 }) // prettier-ignore
    expect(data.length).toBe(40)
    expect(data.every(({ showlegend }) => showlegend === false)).toBe(true)
    expect((data[1].text as string[]).slice(0, 2)).toEqual(['cluster 1', 'cluster 41'])
    expect(new Set(data.map(({ marker }) => JSON.stringify(marker))).size).toBe(40)
  })

  it('refuses labels that do not fit, values that cannot be drawn, and no points', async () => {
    await expect(scatter(square, [1])).rejects.toThrow(
      'scatter: expected n = 4 labels, got 1; labels of a training on a sample (maxPointsPerCentroid) are those of trainRows: await km.predict(x) labels all points',
    )
    await expect(scatter(square, [1, 1, 1, 1, 1])).rejects.toThrow(/got 5$/)
    await expect(scatter(square, [0, 0, 1.5, 0])).rejects.toThrow('expected labels to be integers or names, got 1.5 (row 2)')
    await expect(scatter([[1, 2], [3, NaN]], [0, 0])).rejects.toThrow('scatter: expected finite values, got NaN (row 1, column 1)') // prettier-ignore
    await expect(scatter([], [])).rejects.toThrow('scatter: expected at least one point')
    await expect(scatter(square, [0, 0, 0, 0], { maxPoints: 0 })).rejects.toThrow('expected maxPoints to be a positive integer, got 0')
    await expect(scatter(square, [0, 0, 0, 0], { centroids: [[1, 2, 3]] })).rejects.toThrow('scatter: expected d = 2 columns, got 3')
  })
})
