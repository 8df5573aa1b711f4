import { randomUUID } from 'node:crypto'
import { describe } from '../describe.js'
import type { Figure } from '../plots/index.js'
import type { Points } from '../points.js'
import { pointsText } from '../pointsText.js'
import { figureHtml, figureText } from './figureHtml.js'
import { display, inNotebook, JUPYTER_DISPLAY } from './kernel.js'
import type { Bundle } from './kernel.js'
import { liveChart } from './liveChart.js'
import { plotlyOnce } from './plotlyOnce.js'
import { pointsCard } from './pointsCard.js'

/** What shows itself: a FastKMeans, and any object with the method that Deno's kernel calls too. */
export interface Displayable {
  [JUPYTER_DISPLAY](): Bundle | Promise<Bundle>
}

/**
 * Shows a figure of `plots` or any `{ data, layout }` of Plotly, Points, or a model in the notebook's running cell; drawn without network.
 * The first figure brings Plotly into the notebook (0.7 MB). Without a notebook it prints one line. The last expression of a cell is shown
 * like this by itself.
 * @example notebook.show(plots.convergence([{ name: 'run', values: km.obj }]))
 */
export function show(value: Figure | Points | Displayable): void {
  if (isFigure(value)) {
    const text = figureText(value)
    if (!inNotebook()) console.log(`${text} (plots.writeReport writes it to a file)`)
    else display({ 'text/html': plotlyOnce() + figureHtml(value, `figure-${randomUUID()}`), 'text/plain': text })
  } else if (isPoints(value)) showBundle({ 'text/html': pointsCard(value), 'text/plain': pointsText(value) })
  else if (isDisplayable(value)) {
    const bundle = value[JUPYTER_DISPLAY]()
    if (bundle instanceof Promise) void bundle.then(showBundle)
    else showBundle(bundle)
  } else {
    const got = (value as unknown) instanceof Promise ? 'a promise; await it first' : describe(value)
    throw new TypeError(`show: expected a figure { data, layout }, Points or a model, got ${got}`)
  }
}

/** A chart that is redrawn while a cell runs. */
export interface LiveFigure {
  /**
   * Shows another state of the figure. At most ten states are shown per second (fewer on few cores, since drawing needs them too). States
   * that come faster are skipped, but never the last one.
   */
  update(figure: Figure): void
  /** Shows the last state, which the saved notebook keeps; updates after it are left out. */
  done(figure?: Figure): void
}

/**
 * A chart in the running cell that is redrawn in place as its figure changes, so that it neither flickers nor loses its zoom. Without a
 * notebook it prints the figure's title once.
 * @example
 * const chart = notebook.liveFigure()
 * for (const k of ks) chart.update(plots.kSweep(runs.concat(await run(k))))
 * chart.done()
 */
export function liveFigure(): LiveFigure {
  const chart = liveChart()
  let last: Figure | undefined
  return {
    update(figure) {
      checkFigure('liveFigure', figure)
      last = figure
      chart.update(() => figure)
    },
    done(figure = last) {
      if (figure === undefined) return
      checkFigure('liveFigure', figure)
      chart.end(() => figure)
    },
  }
}

function showBundle(bundle: Bundle): void {
  if (!display(bundle)) console.log(bundle['text/plain'])
}

function checkFigure(where: string, figure: Figure): void {
  if (!isFigure(figure)) throw new TypeError(`${where}: expected a figure { data, layout }, got ${describe(figure)}`)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isFigure = (value: unknown): value is Figure =>
  isObject(value) && 'data' in value && Array.isArray(value.data) && 'layout' in value && isObject(value.layout)
const isPoints = (value: unknown): value is Points =>
  isObject(value) && 'blocks' in value && Array.isArray(value.blocks) && 'n' in value && 'd' in value
const isDisplayable = (value: unknown): value is Displayable =>
  isObject(value) && JUPYTER_DISPLAY in value && typeof value[JUPYTER_DISPLAY] === 'function'
