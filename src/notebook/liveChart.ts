/**
 * @file A chart in the running cell whose states replace one another in the same node of the page. Without a notebook only the chart's title
 * is printed, at the end.
 */
import { randomUUID } from 'node:crypto'
import type { Figure } from '../plots/index.js'
import { figureHtml, figureText } from './figureHtml.js'
import { inNotebook } from './kernel.js'
import { CHART_PAUSE, liveDisplay } from './live.js'
import type { View } from './live.js'
import { plotlyOnce } from './plotlyOnce.js'

/** A chart of the running cell that is replaced by its next state. */
export interface LiveChart {
  /** Shows what `figure` returns, now or after the pause; it is not called for a state that is passed over. */
  update(figure: () => Figure): void
  /** Shows the last state, static: the one that is saved. */
  end(figure: () => Figure): void
}

/** Shows nothing until the first call. */
export function liveChart(): LiveChart {
  const id = `figure-${randomUUID()}`
  const live = liveDisplay(CHART_PAUSE)
  let plotly: string | undefined
  const view = (figure: Figure, isLive: boolean): View => {
    // Plotly is sent with the first state, which loads it, and with the last, which is the one that is saved.
    const first = plotly === undefined
    plotly ??= plotlyOnce()
    return { html: (first || !isLive ? plotly : '') + figureHtml(figure, id, isLive), text: figureText(figure) }
  }
  return {
    update(figure) {
      if (inNotebook()) live.update(() => view(figure(), true))
    },
    end(figure) {
      live.end(() => (inNotebook() ? view(figure(), false) : { html: '', text: figureText(figure()) }))
    },
  }
}
