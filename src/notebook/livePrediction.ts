/** @file What the option `progress` shows of a prediction that takes long: a bar, and at its end a line. */
import { timeLeft } from '../numberText.js'
import type { Progress } from '../options.js'
import { escapeHtml } from '../plots/index.js'
import { BAR_PAUSE, liveDisplay } from './live.js'
import { seconds } from './modelCard.js'
import { barHtml } from './progress.js'

/** Milliseconds that a prediction takes at least for anything to be shown: most are over by then. */
const WAIT = 500

/** Shows one prediction. */
export interface LivePrediction {
  update(progress: Progress): void
  /** Nothing where nothing was shown. @param how 'done', 'ended by an error' */
  end(how: string): void
}

/** @param label words in front */
export function livePrediction(label: string): LivePrediction {
  const bar = liveDisplay(BAR_PAUSE)
  const began = performance.now()
  let shown = false
  const elapsed = (): number => (performance.now() - began) / 1000
  return {
    update({ share, text }) {
      if (elapsed() * 1000 < WAIT) return
      shown = true
      bar.update(() => {
        const line = `${label}: ${text}, ${seconds(elapsed())}${timeLeft(share, elapsed())}`
        return { text: line, html: `<div>${barHtml(share)} ${escapeHtml(line)}</div>` }
      })
    },
    end(how) {
      if (!shown) return
      const line = `${label}: ${how}, after ${seconds(elapsed())}`
      bar.end(() => ({ text: line, html: `<div>${escapeHtml(line)}</div>` }))
    },
  }
}
