import { randomUUID } from 'node:crypto'
import { type Figure, plotlyScript } from '../plots/index.js'
import { figureHtml } from './figureHtml.js'
import { display, runningCell } from './kernel.js'

/** Where Plotly stands in the notebook: the cell, and the run of it. */
let plotlyIn: { id?: string; run?: number } | undefined

/**
 * Shows a figure of `plots`, or any `{ data, layout }` of Plotly, in the notebook's running cell; drawn without network. The first call brings Plotly
 * into the notebook (0.7 MB). Without a notebook it prints one line.
 * @example notebook.show(plots.convergence([{ name: 'run', values: km.obj }]))
 */
export function show(figure: Figure): void {
  if (!Array.isArray(figure?.data) || typeof figure.layout !== 'object')
    throw new TypeError(
      `show: expected a figure { data, layout }, got ${figure instanceof Promise ? 'a promise; await it first' : typeof figure}`,
    )
  const cell = runningCell()
  // A cell that is run again loses its outputs, and Plotly with them if it stood there.
  const first = plotlyIn === undefined || (cell?.id !== undefined && cell.id === plotlyIn.id && cell.run !== plotlyIn.run)
  const text = describe(figure)
  const html = figureHtml(figure, `figure-${randomUUID()}`)
  if (!display({ 'text/html': first ? plotlyScript() + html : html, 'text/plain': text })) {
    console.log(`${text} (plots.writeReport writes it to a file)`)
    return
  }
  if (first) plotlyIn = { ...cell }
}

function describe({ data, layout }: Figure): string {
  const title = (layout.title as { text?: unknown } | undefined)?.text
  const traces = `${data.length} trace${data.length === 1 ? '' : 's'}`
  return typeof title === 'string' ? `[chart: ${title.replace(/<[^>]*>/g, ' ')}, ${traces}]` : `[chart: ${traces}]`
}
