/**
 * @file What surrounds a training or a prediction for its user: progress is shown, and a notebook's stop button ends it. Outside of
 * notebooks progress is lines of text, and shown only if asked for.
 */
import type { Progress } from '../options.js'
import type { TrainedState } from '../training.js'
import type { TrainInput } from '../trainingSet.js'
import type { PredictInput } from '../prediction.js'
import { anyOf } from '../signals.js'
import { rowsText, seldom } from '../stages.js'
import { heedingStop } from './interruptible.js'
import { livePrediction } from './livePrediction.js'
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
  const onProgress: typeof options.onProgress = view
    ? (progress) => {
        view.stage(progress)
        options.onProgress?.(progress)
      }
    : options.onProgress
  return heedingStop(options.signal, async (signal, button) => {
    const result = await train({ ...input, options: { ...options, signal, onIteration, onProgress } }).catch((error: unknown) => ({
      state: null,
      error,
    }))
    view?.end(result)
    // Another error, or an end of its own in the same moment, is told as what it is.
    const stopped = button?.aborted && (result.state ? result.state.stopReason === 'aborted' : result.error === button.reason)
    return stopped ? { ...result, error: interruption(where, result.state) } : result
  })
}

/**
 * Runs a prediction under the stop button, and under the option `progress` of its model.
 * @param predict tells the share of the rows it has done
 */
export async function watchPrediction<T>(
  input: PredictInput,
  predict: (input: PredictInput, tell?: (share: number) => void) => Promise<T>,
): Promise<T> {
  const { options, where, onProgress } = input
  return heedingStop(input.signal, async (signal) => {
    if (!options.progress && onProgress === undefined) return predict({ ...input, signal })
    const method = where.split('.')[1]
    const view = options.progress ? livePrediction(options.progress === true ? method : `${options.progress}, ${method}`) : undefined
    const { tell, failed } = seldom<Progress>((progress) => {
      view?.update(progress)
      onProgress?.(progress)
    })
    try {
      const result = await predict({ ...input, signal: anyOf(signal, failed) }, (share) => tell(() => ({ share, text: rowsText(share) })))
      failed.throwIfAborted()
      view?.end('done')
      return result
    } catch (error) {
      view?.end(signal?.aborted ? 'stopped' : 'ended by an error')
      throw error
    }
  })
}

function interruption(where: string, state: TrainedState | null): Error {
  if (state === null) return new Error(`${where}: interrupted before the first iteration; the model is as it was`)
  const { nIter, labels } = state
  const kept = labels === null ? 'the centroids it started from' : 'its best centroids so far'
  return new Error(`${where}: interrupted after ${nIter} iteration${nIter === 1 ? '' : 's'}; the model holds ${kept}`)
}
