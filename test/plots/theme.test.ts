import { afterEach, describe, expect, it, vi } from 'vitest'
import { THEMED } from '../../src/plots/theme.js'
import type { Figure } from '../../src/plots/index.js'
import * as plots from '../../src/plots/index.js'
import { gallery } from './gallery.js'

interface Element {
  background: string
  parentElement: Element | null
}
/** The function as a page has it. */
const themed = new Function(`return ${THEMED}`)() as (figure: Figure, host: Element) => Figure
/** Elements inside of each other, named by their backgrounds, from the innermost outwards. */
const inside = (...backgrounds: string[]): Element =>
  backgrounds.reduceRight<Element | null>((parentElement, background) => ({ background, parentElement }), null)!
const CLEAR = 'rgba(0, 0, 0, 0)'
const dark = inside(CLEAR, CLEAR, 'rgb(17, 17, 17)', 'rgb(255, 255, 255)')

vi.stubGlobal('getComputedStyle', ({ background }: Element) => ({ backgroundColor: background }))
afterEach(() => vi.restoreAllMocks())

describe('a chart', () => {
  it('is as it was made on a light page, and on one without a colour', async () => {
    for (const figure of Object.values(await gallery()))
      for (const host of [inside(CLEAR, 'rgb(255, 255, 255)'), inside(CLEAR), inside('rgb(245, 240, 230)', 'rgb(0, 0, 0)')])
        expect(themed(figure, host)).toBe(figure)
  })

  it('has the colour of a dark page as its paper, and no ink of the light one', async () => {
    for (const [name, figure] of Object.entries(await gallery())) {
      const { data, layout } = themed(figure, dark)
      expect([layout.paper_bgcolor, layout.plot_bgcolor], name).toEqual(['rgb(17,17,17)', 'rgb(17,17,17)'])
      expect(JSON.stringify(layout), name).not.toMatch(/"#(222222|444444|666666|e6e6e6|ffffff)"/)
      expect(JSON.stringify(data), name).not.toMatch(/color":"#(000000|222222|ffffff)"/)
    }
  })

  it('has translucent ink made light too, with its translucence: the seventh cluster of silhouettes is to be seen', () => {
    const labels = Array.from({ length: 14 }, (_, i) => i % 7)
    const figure = plots.silhouette(new Float64Array(14).fill(0.5), labels)
    expect(JSON.stringify(figure.data)).toContain('"fillcolor":"#000000cc"')
    const { data } = themed(figure, dark)
    expect(data.map(({ fillcolor }) => fillcolor)).toEqual(
      figure.data.map(({ fillcolor }) => (fillcolor === '#000000cc' ? '#f2f2f2cc' : fillcolor)),
    )
  })

  it('keeps the scales of its heat maps and images, its values, and what it was made of', () => {
    const figure = plots.centroidImages(Float32Array.of(0, 1, 2, 3), [2, 2])
    const before = JSON.stringify(figure)
    const { data } = themed(figure, dark)
    expect(JSON.stringify(data)).toContain('[[0,"#000000"],[1,"#ffffff"]]')
    expect(data[0].z).toStrictEqual(figure.data[0].z)
    expect(JSON.stringify(figure)).toBe(before)
  })

  it("keeps its reader's own colours, and has a dark page's where it leaves them open", () => {
    const own = themed(
      { data: [{ y: [1], name: '#222222', marker: { color: ['#123456', '#000000'] } }], layout: { font: { size: 9 } } },
      dark,
    )
    expect(own.data).toEqual([{ y: [1], name: '#222222', marker: { color: ['#123456', '#f2f2f2'] } }])
    expect(own.layout.font).toEqual({ size: 9 })
    expect(own.layout.template).toMatchObject({ layout: { paper_bgcolor: 'rgb(17,17,17)', font: { color: '#e2e2e2' } } })
  })
})
