/**
 * @file Child processes that share the demo's tasks: backends of one thread then use every core, and seconds are still those of one fit.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Message, SeedResult, Task } from './protocol.js'

/** How the tasks are spread, and who is told. */
export interface PoolOptions {
  /** Child processes. */
  jobs: number
  signal: AbortSignal
  onIteration(message: Extract<Message, { kind: 'iteration' }>): void
  /** Called in the order in which fits end. */
  onResult(result: SeedResult): void
}

/** Performs all tasks, begun in their order. @throws what the first failing one threw, or the signal's reason */
export async function performAll(tasks: readonly Task[], { jobs, signal, onIteration, onResult }: PoolOptions): Promise<void> {
  signal.throwIfAborted()
  const waiting = [...tasks]
  const children: ChildProcess[] = []
  const ended: Promise<void>[] = []
  try {
    for (let i = 0; i < Math.min(jobs, tasks.length); i++) {
      const child = fork(new URL('./worker.js', import.meta.url), { serialization: 'advanced' })
      children.push(child)
      ended.push(serve(child, waiting, signal, { onIteration, onResult }))
    }
    await Promise.all(ended)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

/** Hands out tasks to one child until none is left. */
function serve(
  child: ChildProcess,
  waiting: Task[],
  signal: AbortSignal,
  { onIteration, onResult }: Pick<PoolOptions, 'onIteration' | 'onResult'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const task = waiting.shift()
      if (task === undefined) resolve()
      else child.send(task)
    }
    child.on('message', (message: Message) => {
      if (message.kind === 'iteration') return onIteration(message)
      if (message.kind === 'error') return reject(Object.assign(new Error(message.message), { stack: message.stack }))
      if (message.kind === 'result') onResult(message.result)
      next()
    })
    child.on('error', reject)
    child.on('exit', (code, by) => reject(new Error(`fastkmeans demo: a child process ended early (${by ?? `exit code ${code}`})`)))
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
