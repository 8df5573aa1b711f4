/** @file A display that is replaced while a cell runs. Plain lines where there is no notebook. */
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { display } from './kernel.js'

/** What is shown: HTML in a notebook, text elsewhere and in files that are read as text. */
export interface View {
  html: string
  text: string
}

export interface Live {
  /** Shows what `view` returns, now or after the pause; it is not called for a state that is passed over. */
  update(view: () => View): void
  /** Shows the last state at once, also where it follows closely on another; updates after it are left out. */
  end(view: () => View): void
}

/** Milliseconds between two updates of a line or bar: ten a second. */
const BAR_PAUSE = 100
/** Of printed lines, which stay. */
const LINE_PAUSE = 1000

/**
 * Of a chart: a browser takes some 30 ms of a core to show its next state (measured without a GPU), and often shares the machine with the training. At
 * this pause that is 2 % of all cores, which leaves room for the first state and the last.
 */
export const CHART_PAUSE = Math.max(BAR_PAUSE, 1500 / availableParallelism())

/** One output of the running cell, from its first update on. @param displayPause milliseconds between two updates, at least */
export function liveDisplay(displayPause = BAR_PAUSE): Live {
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
