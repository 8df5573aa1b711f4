/** @file A child process of the demo: one fit after the other, each scored against the true classes. */
import { FastKMeans } from '../../fastkmeans.js'
import type { Dataset } from '../../datasets/index.js'
import { adjustedRandScore, normalizedMutualInfoScore } from '../../metrics/index.js'
import { loadCase } from './cases.js'
import { protocolOptions } from './protocol.js'
import type { Message, SeedResult, Task } from './protocol.js'

/** The data set that was used last. It is kept, as tasks come grouped by data set. */
let loaded: { name: string; dataset: Dataset } | undefined

async function perform(task: Task): Promise<SeedResult> {
  const { name, dataset: set, k } = task.demoCase
  if (loaded?.name !== set) loaded = { name: set, dataset: await loadCase(task.demoCase) }
  const { x, labels: classes } = loaded.dataset
  const model = new FastKMeans(x.d, k, {
    ...protocolOptions(task),
    onIteration: ({ iteration }) => send({ kind: 'iteration', name, seed: task.seed, iteration }),
  })
  await model.fit(x)
  const { labels, centroids, inertia, nIter, obj, stats } = model
  return {
    name,
    seed: task.seed,
    n: x.n,
    d: x.d,
    backend: stats.backend,
    why: stats.why,
    iterations: nIter,
    seconds: stats.time.total,
    inertia,
    nmi: normalizedMutualInfoScore(classes, labels),
    ari: adjustedRandScore(classes, labels),
    obj,
    centroids,
    labels,
  }
}

function send(message: Message): void {
  process.send?.(message)
}

process.on('message', (task: Task) => {
  perform(task).then(
    (result) => send({ kind: 'result', result }),
    (error: Error) => send({ kind: 'error', message: error.message, stack: error.stack }),
  )
})
// Ctrl-C reaches every process of the terminal. The parent decides what to do about it; if the parent goes away, this process ends too.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
send({ kind: 'ready' })
