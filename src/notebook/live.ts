/** @file A display that is replaced while a cell runs. Plain lines where there is no notebook. */
import { randomUUID } from 'node:crypto'
import { display } from './kernel.js'

/** What is shown: HTML in a notebook, text elsewhere and in files that are read as text. */
export interface View {
  html: string
  text: string
}

export interface Live {
  /** Shows what `view` returns, now or within a tenth of a second; it is not called for a state that is passed over. */
  update(view: () => View): void
  /** Shows the last state at once, also where it follows closely on another; updates after it are left out. */
  end(view: () => View): void
}

/** Milliseconds between two updates: of a display, which is replaced, and of printed lines, which stay. */
const DISPLAY_PAUSE = 100
const LINE_PAUSE = 1000

/** One output of the running cell, from its first update on. */
export function liveDisplay(): Live {
  const id = `live-${randomUUID()}`
  let shown = false
  let ended = false
  let last = -Infinity
  let pause = DISPLAY_PAUSE
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
      if (pause === DISPLAY_PAUSE) timer ??= setTimeout(() => waiting && draw(waiting), wait).unref()
    },
    end(view) {
      if (ended) return
      ended = true
      draw(view)
    },
  }
}
