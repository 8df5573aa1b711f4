import { describe, expect, it } from 'vitest'
import { contingency, memory, times } from '../../src/plots/index.js'

const points = [{ x: 1024, seconds: 0.3 }, { x: 4096, seconds: 1.2, min: 1, max: 1.5 }] // prettier-ignore

describe('times', () => {
  it('sorts by size, sets whiskers, and draws recorded runs broken and open', () => {
    const { data, layout } = times([{ name: 'ours', points: points.toReversed() }, { name: 'theirs', points, reference: true }], { against: 'k' }) // prettier-ignore
    expect(data[0]).toMatchObject({ x: [1024, 4096], y: [0.3, 1.2], line: { dash: 'solid' } })
    expect(data[0].error_y).toMatchObject({ array: [0, 0.3], arrayminus: [0, 0.2], visible: true })
    expect(data[1]).toMatchObject({ line: { dash: 'dash' }, marker: { symbol: 'square-open' } })
    expect(layout.xaxis).toMatchObject({ type: 'log', tickvals: [1024, 4096], ticktext: ['1,024', '4,096'] })
    expect((layout.xaxis as { title: { text: string } }).title.text).toBe('k, clusters (logarithmic)')
  })

  it('is linear on demand, and then takes zeros', () => {
    const { layout } = times([{ name: 'a', points: [{ x: 0, seconds: 0 }] }], { log: false })
    expect((layout.yaxis as { type?: string }).type).toBeUndefined()
    expect(() => times([{ name: 'a', points: [{ x: 0, seconds: 1 }] }])).toThrow("expected sizes and seconds above 0 in series 'a'")
  })

  it('refuses nothing, and a median outside of its range', () => {
    expect(() => times([])).toThrow('times: expected at least one series, got none')
    expect(() => times([{ name: 'a', points: [] }])).toThrow("times: expected at least one point in series 'a', got none")
    expect(() => times([{ name: 'a', points: [{ x: 1, seconds: 2, min: 3 }] }])).toThrow("expected min ≤ seconds ≤ max in series 'a', got 3, 2, 2") // prettier-ignore
  })
})

describe('memory', () => {
  it('stacks the parts in the unit of the largest, with the sums at their ends and lines at the limits', () => {
    const { data, layout } = memory([{ name: 'a', parts: { points: 12e9, sums: 1e9 } }, { name: 'b', parts: { sums: 5e8 } }], { limits: { card: 80e9 } }) // prettier-ignore
    expect(data.map(({ name, x }) => ({ name, x }))).toEqual([
      { name: 'points', x: [12, 0] },
      { name: 'sums', x: [1, 0.5] },
      { name: undefined, x: [13, 0.5] },
    ])
    expect(data[2].text).toEqual([' 13 GB', ' 500 MB'])
    expect((layout.xaxis as { title: { text: string } }).title.text).toBe('GB')
    expect((layout.annotations as { text: string }[])[0].text).toBe('card: 80 GB')
    expect((layout.xaxis as { range: number[] }).range[1]).toBeGreaterThan(80)
  })

  it('refuses nothing, and bytes that cannot be', () => {
    expect(() => memory([])).toThrow('memory: expected at least one bar, got none')
    expect(() => memory([{ name: 'a', parts: { points: -1 } }])).toThrow("memory: expected bytes of at least 0 in 'a', got -1")
  })
})

describe('contingency', () => {
  it('keeps rows and columns in their order, and colours by the count', () => {
    const { data, layout } = contingency([[3, 4], [0, 9]], { rowTitle: 'run 1', columnTitle: '<run> 2' }) // prettier-ignore
    expect(data[0]).toMatchObject({
      z: [
        [3, 4],
        [0, 9],
      ],
    })
    expect(data[1]).toMatchObject({ mode: 'text', text: ['3', '4', '0', '9'] }) // prettier-ignore
    expect((layout.xaxis as { title: { text: string } }).title.text).toBe('&lt;run&gt; 2')
  })

  it('refuses a ragged table, by its own name', () => {
    expect(() => contingency([[1], [1, 2]])).toThrow('contingency: expected 2 · 1 counts')
  })
})
