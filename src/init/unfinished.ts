/** @file What a start leaves whose time (the option maxSeconds) is over. */
import { sampleWithoutReplacement } from '../random.js'
import { isAbort } from '../signals.js'
import { streamOf } from './context.js'
import type { Start } from './context.js'

/**
 * What `work` gives; where the time is over before, k of the rows that it has chosen by then, and where these are fewer, others drawn as by
 * 'random'.
 * @param work is given the list that it is to add its rows to
 */
export async function inTime(start: Start, work: (chosen: number[]) => Promise<Float32Array>): Promise<Float32Array> {
  const chosen: number[] = []
  try {
    return await work(chosen)
  } catch (caught) {
    if (!isAbort(caught, start.deadline)) throw caught
    const { session, n, k } = start
    const draws = streamOf(start, 'init')
    const kept = chosen.length <= k ? chosen : Array.from(sampleWithoutReplacement(chosen.length, k, draws), (i) => chosen[i])
    const taken = new Set(kept)
    const others = sampleWithoutReplacement(n, k, draws).filter((row) => !taken.has(row))
    return session.rows(Uint32Array.from([...kept, ...others].slice(0, k)))
  }
}
