/** @file What bars say of a training: how much of it is done, and how long the rest takes at most. */
import type { IterationStats, Options, TrainingProgress } from './options.js'
import { timeLeft } from './numberText.js'

/** What a display says of a training: how full its bar is, and the time that is left, ', at most 12 s left'. */
export interface HowFar {
  share: number
  left: string
}

/**
 * Follows a training that begins now. A start that takes long is taken for half of its run; the time it took says nothing of the
 * iterations'.
 */
export function followTraining({ niter, nredo }: Pick<Options, 'niter' | 'nredo'>): {
  stage(progress: TrainingProgress): HowFar
  iteration(stats: Pick<IterationStats, 'redo' | 'iteration'>): HowFar
} {
  const began = performance.now()
  let startOfRun = 0
  /** Seconds at which the first start was last heard of. */
  let started = 0
  const elapsed = (): number => (performance.now() - began) / 1000
  /** E-steps that are done, of those that there will be: one more than iterations, for the last labels. */
  const after = (redo: number, eSteps: number, of: number): HowFar => {
    const done = eSteps / of
    const seconds = nredo > 1 ? elapsed() : elapsed() - started
    return { share: (redo + startOfRun + (1 - startOfRun) * done) / nredo, left: timeLeft((redo + done) / nredo, seconds) }
  }
  return {
    stage({ stage, redo, iteration, share }) {
      if (stage === 'labels') return after(redo, iteration + share, iteration + 1)
      if (stage === 'iteration') return after(redo, iteration - 1 + share, niter + 1)
      startOfRun = 0.5
      if (redo === 0) started = elapsed()
      const left = redo === 0 ? timeLeft(share, started, 'to the first iteration') : ''
      return { share: (redo + share * startOfRun) / nredo, left }
    },
    iteration: ({ redo, iteration }) => after(redo, iteration, niter + 1),
  }
}
