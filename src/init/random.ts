/** @file The Python library's start: k different points. */
import { sampleWithoutReplacement } from '../random.js'
import { streamOf } from './context.js'
import type { Start } from './context.js'

/** k·d values: points drawn without replacement, in the order drawn. */
export function randomInit(start: Start): Promise<Float32Array> {
  return start.session.rows(sampleWithoutReplacement(start.n, start.k, streamOf(start, 'init')))
}
