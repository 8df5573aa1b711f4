import { describe, expect, it } from 'vitest'
import { confusion, kSweep, scatter } from '../../src/plots/index.js'
import type { Figure } from '../../src/plots/index.js'
import { FITTED } from '../../src/plots/fit.js'
import { gallery } from './gallery.js'

const fitted = new Function(`return ${FITTED}`)() as (figure: Figure, width: number) => Figure
const square = (k: number, title?: string): Figure =>
  confusion({ rows: k, columns: k, counts: Array.from({ length: k * k }, (_, i) => i * 10) }, { title })
const hasCounts = ({ data }: Figure): boolean => data.some(({ mode }) => mode === 'text')
const titleOf = ({ layout }: Figure): string[] => (layout.title as { text: string }).text.split('<br>')
const ticksOf = ({ layout }: Figure): string[] => (layout.xaxis as { ticktext: string[] }).ticktext

describe('a chart in a narrow page', () => {
  it('is as it was where there is room', async () => {
    for (const [name, figure] of Object.entries(await gallery())) expect(fitted(figure, 900), name).toEqual(figure)
  })

  it('has counts in the cells of a heat map only where they have room', () => {
    expect([2, 10].map((k) => hasCounts(fitted(square(k), 350)))).toEqual([true, false])
    expect([2, 10].map((k) => hasCounts(fitted(square(k), 900)))).toEqual([true, true])
  })

  it('has labels on an axis that do not touch', () => {
    expect(ticksOf(fitted(square(10), 350))).toHaveLength(10)
    expect(ticksOf(fitted(square(30), 350)).length).toBeLessThan(10)
    const sweep = kSweep([2, 3, 4, 18, 19, 20].map((k) => ({ k, inertia: 100 - k })))
    expect(ticksOf(fitted(sweep, 350))).toEqual(['2', '4', '18', '20'])
  })

  it('breaks a long title into lines, also within a word, and leaves the room for them', () => {
    const words = 'clusters of petal_length_in_centimetres_and_petal_width_in_centimetres &amp; of the rest'
    const before = square(2, words)
    const after = fitted(before, 350)
    expect(titleOf(after).every((line) => line.length <= 37)).toBe(true)
    expect(titleOf(after).join('').replaceAll(' ', '')).toBe(titleOf(before).join('').replaceAll(' ', ''))
    const top = ({ layout }: Figure): number => (layout.margin as { t: number }).t
    expect(top(after) - top(before)).toBe(20 * (titleOf(after).length - titleOf(before).length))
    // One line that has room from edge to edge, but not over the chart alone.
    expect(fitted(square(2, 'Silhouettes of 300 points, mean 0.356'), 350).layout.title).toMatchObject({ xref: 'container' })
    const tagged = { data: [], layout: { title: { text: `<b>${'word '.repeat(30)}</b>` } } }
    expect(fitted(tagged, 350)).toEqual(tagged)
  })

  it('may be any figure of Plotly', () => {
    const own = [
      {
        data: [
          { type: 'heatmap', z: [[1, 2]] },
          { mode: 'text', text: 'one' },
        ],
        layout: { title: 'mine', legend: { x: 1 } },
      },
      { data: [], layout: { xaxis: { tickvals: ['2026-01-01', '2026-01-02'], ticktext: ['a long name', 'another one'] } } },
      { data: [], layout: { xaxis: { tickvals: [3, 3], ticktext: ['a', 'b'] } } },
    ]
    for (const figure of own) expect(fitted(figure, 350)).toEqual(figure)
  })

  it('has its legend below', async () => {
    const figure = await scatter([[0, 0], [1, 1]], [0, 1]) // prettier-ignore
    expect(fitted(figure, 350).layout.legend).toMatchObject({ orientation: 'h', y: 0 })
    expect(fitted(figure, 600).layout).toEqual(figure.layout)
  })
})
