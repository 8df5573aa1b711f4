/** @file A display that is replaced while a cell runs. Plain lines where there is no notebook. */
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { display } from './kernel.js'

/** What is shown: HTML in a notebook, text elsewhere and in files that are read as text. */
export interface View {
  html: string
  text: string
}

/** A display of the running cell that is replaced by its next state. */
export interface Live {
  /** Shows what `view` returns, now or after the pause; it is not called for a state that is passed over. */
  update(view: () => View): void
  /** Shows the last state at once, also where it follows closely on another; updates after it are left out. */
  end(view: () => View): void
}

/**
 * Milliseconds between two updates of a line or bar: at most ten a second, and fewer where there are few cores. A browser often shares the
 * machine with the training: for one update JupyterLab takes some 15 ms of a busy core (measured without a GPU), at this pause 1 % of all
 * cores.
 */
export const BAR_PAUSE = Math.max(100, 2500 / availableParallelism())
/** Of a chart, for whose next state it takes some 60 ms: again 1 % of all cores. */
export const CHART_PAUSE = Math.max(100, 8000 / availableParallelism())
/** Of printed lines, which stay. */
const LINE_PAUSE = 1000

/** One output of the running cell, from its first update on. @param displayPause milliseconds between two updates, at least */
export function liveDisplay(displayPause: number): Live {
  const id = `live-${randomUUID()}`
  let shown = false
  let ended = false
  let last = -Infinity
  let pause = displayPause
  let waiting: (() => View) | undefined
  let timer: NodeJS.Timeout | undefined

  const draw = (view: () => View): void => {
    clearTimeout(timer)
    timer = waiting = undefined
    const { html, text } = view()
    if (!display({ 'text/html': html, 'text/plain': text }, id, shown)) {
      console.error(text)
      pause = LINE_PAUSE
    }
    shown = true
    last = performance.now()
  }
  return {
    update(view) {
      if (ended) return
      const wait = last + pause - performance.now()
      if (wait <= 0) return draw(view)
      waiting = view
      // Lines that came too fast are not made up for: the next one says more. Unreferenced: no process lives for its progress.
      if (pause === displayPause) timer ??= setTimeout(() => waiting && draw(waiting), wait).unref()
    },
    end(view) {
      if (ended) return
      ended = true
      draw(view)
    },
  }
}
