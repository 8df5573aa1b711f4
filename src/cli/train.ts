/** @file `fastkmeans train`: points in a file → centroids, labels, a model. */
import type { TrainOptions } from '../arguments.js'
import { FastKMeans } from '../fastkmeans.js'
import { followTraining } from '../followTraining.js'
import { loadModel } from '../io/index.js'
import type { PointsStream } from '../pointsStream.js'
import { parseFlags, someFiles } from './args.js'
import { assignAll } from './assignAll.js'
import type { Command, Streams } from './command.js'
import { EXIT_CODES, stopError } from './errors.js'
import { INPUT_KINDS, openInputs, placed, readWeights } from './input.js'
import type { Input } from './input.js'
import { onInterrupt } from './interrupt.js'
import { progressOn } from './progress.js'
import { formatCount, formatSeconds } from '../numberText.js'
import type { Progress } from './progress.js'
import { TRAIN_FLAGS, trainOptions } from './trainFlags.js'
import { centroidsType, known, plannedOutputs, writeAll } from './trainOutputs.js'
import { trainResult, trainSummary } from './trainResult.js'

const WHERE = 'fastkmeans train'

/** fastkmeans train */
export const train: Command = {
  summary: 'finds k centroids for the points in a file',
  usage: 'POINTS… -k K -o CENTROIDS [--labels FILE] [--model FILE] [FLAGS]',
  flags: TRAIN_FLAGS,
  notes: `Points are read from ${INPUT_KINDS}; several files are one after the other (shards). More than --max-points-per-centroid times k are subsampled, with a warning, and then need not fit in memory. Ctrl-C stops the training, and the best centroids so far are written.`,
  examples: [
    ['fastkmeans train points.npy -k 1024 -o centroids.npy', 'the defaults: 25 iterations from a random start'],
    [
      'fastkmeans train points.npy -k 100 --init k-means++ --niter 300 --tol 1e-4 --tol-mode sklearn --max-points-per-centroid none -o c.npy --labels labels.npy',
      "scikit-learn's way",
    ],
    ['fastkmeans train iris.csv --ignore species -k 3 --nredo 10 --model iris.safetensors', 'a table; the best of ten runs'],
    ['fastkmeans train train-images-idx3-ubyte.gz -k 10 -o means.npy --json', 'MNIST; the result as JSON'],
  ],
  run,
}

async function run(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseFlags(WHERE, args, TRAIN_FLAGS)
  const paths = someFiles(WHERE, parsed)
  const { k, options, initFile } = trainOptions(WHERE, parsed)
  const dtype = centroidsType(WHERE, parsed)
  const outputs = await plannedOutputs(WHERE, parsed, [...paths, initFile, parsed.values.get('weights')])
  const progress = progressOn(streams.stderr, parsed.values.has('quiet'))

  progress.stage(`reading ${paths.join(' ')}`)
  const input = await openInputs(WHERE, paths, parsed)
  const weightsFile = parsed.values.get('weights')
  const sampleWeight = weightsFile === undefined ? undefined : await readWeights(WHERE, weightsFile, input.n)
  const init = initFile === undefined ? options.init : (await loadModel(initFile)).centroids
  const model = new FastKMeans(input.d, k, { ...options, init })

  const interrupt = onInterrupt((line) => progress.say(line))
  const restoreWarnings = warningsTo(progress)
  try {
    const { signal } = interrupt
    let failure: { error: unknown } | undefined
    try {
      const { begin, ...listening } = listeners(progress, model)
      await model.fit(followed(input, progress, k, begin), { signal, sampleWeight, ...listening })
    } catch (error) {
      failure = { error: placed(WHERE, error, input) }
    }
    progress.end()
    const stoppedBy = interrupt.stoppedBy()
    if (known(() => model.centroids) === undefined) {
      if (stoppedBy) throw stopError(`${WHERE}: stopped before there were centroids; nothing was written`, stoppedBy)
      throw failure?.error
    }
    const unwritten = await writeAll(model, outputs, dtype, async () => {
      if (stoppedBy || failure) return undefined
      const onRows = (rows: number): void =>
        progress.update(rows / input.n, `${formatCount(rows)} of ${formatCount(input.n)} points labelled`)
      const { labels } = await assignAll(WHERE, model.centroids, input, { options, signal, onRows })
      progress.end()
      return labels
    })
    const result = trainResult(model, { paths, input, outputs, unwritten })
    if (parsed.values.has('json')) streams.stdout.write(`${JSON.stringify(result)}\n`)
    else if (!parsed.values.has('quiet')) streams.stdout.write(trainSummary(result))
    for (const { flag, path: file, reason } of unwritten) progress.say(`${WHERE}: ${flag} ${file} was not written: ${reason}`)
    if (failure) throw failure.error
    const by = interrupt.stoppedBy()
    return by ? EXIT_CODES[by] : unwritten.length > 0 ? 1 : 0
  } finally {
    restoreWarnings()
    interrupt.release()
    progress.end()
  }
}

/** The points, read while progress tells how far that is. @param read called once all have been read */
function followed(input: Input, progress: Progress, k: number, read: () => void): PointsStream {
  const { n, d, note } = input
  return {
    n,
    d,
    ...(note !== undefined && { note }),
    async *blocks() {
      let rows = 0
      for await (const block of input.blocks()) {
        yield block
        rows += block.length / d
        progress.update(rows / n, `${formatCount(rows)} of ${formatCount(n)} points read`)
      }
      progress.stage(`${formatCount(n)} x ${formatCount(d)} points, k = ${formatCount(k)}: finding a start`)
      read()
    },
  }
}

/** A line for every iteration, and between them how far a long start or E-step is; times count from `begin` on, after the reading. */
function listeners(progress: Progress, model: FastKMeans): Pick<TrainOptions, 'onIteration' | 'onProgress'> & { begin(): void } {
  const { niter, nredo } = model.getParams()
  let follow = followTraining({ niter, nredo })
  const run = (redo: number): string => (nredo > 1 ? `run ${redo + 1}/${nredo}, ` : '')
  return {
    begin: () => void (follow = followTraining({ niter, nredo })),
    onIteration(stats) {
      const { iteration, redo, obj, shift, changed, time } = stats
      const { share, left } = follow.iteration(stats)
      const text = `${run(redo)}iteration ${iteration}/${niter}${left}: inertia ${obj.toPrecision(7)}, shift ${shift.toPrecision(3)}, ${formatCount(changed)} labels changed`
      progress.update(share, `${text} (${formatSeconds(time)})`)
    },
    onProgress(stage) {
      const { share, left } = follow.stage(stage)
      progress.update(share, `${run(stage.redo)}${stage.text}${left}`)
    },
  }
}

/** Sends warnings through `progress`: the library prints them by console.warn, which would write into the bar. @returns what undoes it */
function warningsTo(progress: Progress): () => void {
  const { warn } = console
  console.warn = (message: unknown) => progress.say(String(message))
  return () => {
    console.warn = warn
  }
}
