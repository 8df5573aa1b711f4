import { expect, it } from 'vitest'
import * as plots from '../../src/plots/index.js'
import { gallery } from './gallery.js'

const figures = await gallery()
const entries = Object.entries(figures)

it.each(entries)('%s is drawn as it was', (_, figure) => {
  expect(figure).toMatchSnapshot()
})

it.each(entries)('%s is plain data, has a title, named axes, fonts that can be read, and something to draw', (_, { data, layout }) => {
  expect(JSON.parse(JSON.stringify({ data, layout }))).toEqual({ data, layout })
  expect((layout.title as { text: string }).text).not.toBe('')
  expect((layout.font as { size: number }).size).toBeGreaterThanOrEqual(12)
  for (const trace of data) expect([trace.x, trace.y, trace.z].some((values) => Array.isArray(values) && values.length > 0)).toBe(true)
})

it('holds every function that draws', () => {
  const others = ['elbow', 'escapeHtml', 'figuresToHtml', 'htmlTable', 'plotlyScript', 'toImage', 'writeFigure', 'writeReport']
  const drawing = Object.entries(plots).filter(([name, value]) => typeof value === 'function' && !others.includes(name))
  expect(Object.keys(figures).filter((name) => name !== 'silhouetteOfMany')).toEqual(drawing.map(([name]) => name).sort())
})
