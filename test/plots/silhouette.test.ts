import { describe, expect, it } from 'vitest'
import { silhouette } from '../../src/plots/index.js'

const xs = (trace: Record<string, unknown>): number[] => trace.x as number[]
const ys = (trace: Record<string, unknown>): number[] => trace.y as number[]

describe('silhouette', () => {
  it('draws a blade for each cluster, values descending, from edge to edge, in proportion to its size', () => {
    const { data, layout } = silhouette([0.1, 0.5, -0.2, 0.4], [7, 7, 7, 3])
    expect(xs(data[0])).toEqual([0.4, 0.4, 0.4])
    expect(xs(data[1])).toEqual([0.5, 0.5, 0.1, -0.2, -0.2])
    const height = (i: number): number => ys(data[i])[ys(data[i]).length - 1] - ys(data[i])[0]
    expect(height(1) / height(0)).toBeCloseTo(3, 3)
    expect(ys(data[1])[0]).toBeGreaterThan(ys(data[0])[ys(data[0]).length - 1])
    expect((layout.yaxis as { ticktext: string[] }).ticktext).toEqual(['3', '7'])
  })

  it('draws a line at the mean of all points, and says it in the title', () => {
    const { layout } = silhouette([0.2, 0.4], ['a', 'b'])
    expect((layout.shapes as { x0: number }[])[0].x0).toBeCloseTo(0.3, 12)
    expect((layout.title as { text: string }).text).toBe('Silhouettes of 2 points, mean 0.300')
  })

  it('draws at most some thousands of a million points, the first and last of each cluster among them', () => {
    const values = Float64Array.from({ length: 1e6 }, (_, i) => (i % 1000) / 1000)
    const { data } = silhouette(values, new Int32Array(1e6))
    expect(xs(data[0]).length).toBeLessThanOrEqual(4002)
    expect([xs(data[0])[0], xs(data[0]).at(-1)]).toEqual([0.999, 0])
  })

  it('sums up more clusters than have room: median and middle half of each, by descending median', () => {
    const labels = Int32Array.from({ length: 500 }, (_, i) => i % 100)
    const { data } = silhouette(
      Float64Array.from(labels, (label, i) => label / 200 + (i < 100 ? 0.2 : 0)),
      labels,
    )
    const median = ys(data[1])
    expect(median.length).toBe(100)
    expect(median).toEqual([...median].sort((a, b) => b - a))
    expect((data[1].text as string[])[0]).toBe('99')
  })

  it('refuses labels and names that do not fit, and values that cannot be', () => {
    expect(() => silhouette([], [])).toThrow('silhouette: expected at least one value, got none')
    expect(() => silhouette([1], [1, 2])).toThrow('silhouette: expected n = 1 labels, got 2')
    expect(() => silhouette([NaN], [1])).toThrow('silhouette: expected finite values, got NaN (index 0)')
    expect(() => silhouette([0], [1], { names: [] })).toThrow('silhouette: expected 1 names, got 0')
  })
})
