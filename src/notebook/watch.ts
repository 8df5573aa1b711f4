/** @file A training as the user of a notebook meets it: its progress shown, the stop button heeded. Elsewhere lines of text, and nothing unasked. */
import type { TrainedState } from '../training.js'
import type { TrainInput } from '../trainingSet.js'
import { heedingStop } from './interruptible.js'
import { liveTraining } from './liveTraining.js'

/** What a training leaves: a state worth keeping, an error, or both. */
export interface Trained {
  state: TrainedState | null
  error?: unknown
}

/**
 * Runs a training under the option `progress`, and under the notebook's stop button unless the caller handles that by `interruptible`.
 * A stopped one keeps its state and has an error for the cell: so the cells after it do not run.
 */
export async function watchTraining(input: TrainInput, train: (input: TrainInput) => Promise<Trained>): Promise<Trained> {
  const { options, where, d, k } = input
  const view = options.progress ? liveTraining({ d, k, ...options }) : undefined
  const onIteration: typeof options.onIteration = view
    ? (stats) => {
        view.add(stats)
        return options.onIteration?.(stats)
      }
    : options.onIteration
  return heedingStop(options.signal, async (signal, button) => {
    const result = await train({ ...input, options: { ...options, signal, onIteration } }).catch((error: unknown) => ({
      state: null,
      error,
    }))
    view?.end(result)
    // Another error, or an end of its own in the same moment, is told as what it is.
    const stopped = button?.aborted && (result.state ? result.state.stopReason === 'aborted' : result.error === button.reason)
    return stopped ? { ...result, error: interruption(where, result.state) } : result
  })
}

function interruption(where: string, state: TrainedState | null): Error {
  if (state === null) return new Error(`${where}: interrupted before the first iteration; the model is as it was`)
  const { nIter, labels } = state
  const kept = labels === null ? 'the centroids it started from' : 'its best centroids so far'
  return new Error(`${where}: interrupted after ${nIter} iteration${nIter === 1 ? '' : 's'}; the model holds ${kept}`)
}
