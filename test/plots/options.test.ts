import { expect, it } from 'vitest'
import {
  centroidImages,
  clusterSizes,
  confusion,
  contingency,
  convergence,
  kSweep,
  memory,
  scatter,
  scoreBars,
  silhouette,
  times,
  toImage,
  writeFigure,
} from '../../src/plots/index.js'

const UNKNOWN = { titel: 'a word misspelled' } as never
const TABLE = [[1]]

it.each<[string, () => unknown]>([
  ['centroidImages', () => centroidImages([1], [1, 1], UNKNOWN)],
  ['clusterSizes', () => clusterSizes([1], UNKNOWN)],
  ['confusion', () => confusion(TABLE, UNKNOWN)],
  ['contingency', () => contingency(TABLE, UNKNOWN)],
  ['convergence', () => convergence([{ name: 'a', values: [1] }], UNKNOWN)],
  ['kSweep', () => kSweep([{ k: 1, inertia: 1 }], UNKNOWN)],
  ['memory', () => memory([{ name: 'a', parts: { b: 1 } }], UNKNOWN)],
  ['scatter', () => scatter([[1, 2]], [0], UNKNOWN)],
  ['scoreBars', () => scoreBars([{ dataset: 'a', name: 'b', mean: 1 }], UNKNOWN)],
  ['silhouette', () => silhouette([0.5], [0], UNKNOWN)],
  ['times', () => times([{ name: 'a', points: [{ x: 1, seconds: 1 }] }], UNKNOWN)],
  ['toImage', () => toImage({ data: [], layout: {} }, UNKNOWN)],
  ['writeFigure', () => writeFigure('figure.svg', { data: [], layout: {} }, UNKNOWN)],
])('%s refuses an option that it does not have', async (name, draw) => {
  await expect((async () => draw())()).rejects.toThrow(`${name}: unknown option 'titel'; `)
})

it('an option that is nearly right is suggested', () => {
  expect(() => clusterSizes([1], UNKNOWN)).toThrow("clusterSizes: unknown option 'titel'; did you mean 'title'?")
})
