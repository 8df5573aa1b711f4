/**
 * @file Streams whose work is done later than it is given, as a device's is: in any order that leaves each stream its own and heeds its
 * waits for events. For fakeCuda.ts: what does not wait for what it needs then reads or writes too early, or too late.
 */

/** Does what it stands for, once it can: then true. */
type Task = () => boolean

export interface LateStreams {
  /** Behind all that the stream was given before. */
  give(stream: number, task: () => void): void
  record(event: number, stream: number): void
  /** What the stream is given from now on comes after what the event marks now. */
  waitFor(event: number, stream: number): void
  /** Does some of the work. @returns whether all that the event marks is done */
  happened(event: number): boolean
  idle(stream: number): boolean
  /** Does all of the work. */
  settle(): void
}

/** @param integer a random integer below a number */
export function lateStreams(integer: (below: number) => number): LateStreams {
  const queues = new Map<number, Task[]>()
  /** How often events were recorded, and which of these times have come. */
  const recorded = new Map<number, number>()
  const reached = new Map<number, number>()

  function add(stream: number, task: Task): void {
    const queue = queues.get(stream)
    if (queue === undefined) queues.set(stream, [task])
    else queue.push(task)
  }

  /** The next task of some stream. @returns false where none can be done */
  function turn(): boolean {
    const waiting = [...queues.values()].filter((queue) => queue.length > 0)
    while (waiting.length > 0) {
      const [queue] = waiting.splice(integer(waiting.length), 1)
      if (!queue[0]()) continue
      queue.shift()
      return true
    }
    return false
  }

  return {
    give: (stream, task) =>
      add(stream, () => {
        task()
        return true
      }),
    record(event, stream) {
      const time = (recorded.get(event) ?? 0) + 1
      recorded.set(event, time)
      add(stream, () => {
        reached.set(event, time)
        return true
      })
    },
    waitFor(event, stream) {
      const time = recorded.get(event) ?? 0
      add(stream, () => (reached.get(event) ?? 0) >= time)
    },
    happened(event) {
      for (let left = integer(6); left > 0 && turn(); left--);
      return reached.get(event) === recorded.get(event)
    },
    idle: (stream) => (queues.get(stream)?.length ?? 0) === 0,
    settle() {
      while (turn());
    },
  }
}
