import { describe, expect, test } from 'vitest'
import { screenChoice } from '../../../../src/backends/cuda/screen/screenChoice.js'

const few = { format: 'int8', rows: 1000, pairs: 1000 * 8192, candidates: 1100, open: 0, changed: 300 } as const

describe('the format of the screen', () => {
  test('is int8 at once with many centroids, with fewer once there are labels, else fp16, and where there is little to do', () => {
    const { formatFor } = screenChoice()
    expect([formatFor(32_768, 1e12, false, true), formatFor(8192, 1e12, false, true)]).toStrictEqual(['int8', 'fp16'])
    expect([formatFor(8192, 1e12, true, true), formatFor(1024, 1e12, true, true)]).toStrictEqual(['int8', 'fp16'])
    expect([formatFor(32_768, 1e12, true, false), formatFor(32_768, 1e10, true, true)]).toStrictEqual(['fp16', 'fp16'])
  })

  test('stays int8 where few candidates are left, whatever changed', () => {
    const choice = screenChoice()
    for (const changed of [1000, 300, 10, 0]) choice.done({ ...few, changed })
    expect(choice.formatFor(8192, 1e12, true, true)).toBe('int8')
  })

  test.each([{ candidates: 20_000 }, { open: 150 }])(
    'is fp16 after int8 left too much (%o) until labels have settled, and for good after it',
    (left) => {
      const choice = screenChoice()
      const format = (): string => choice.formatFor(8192, 1e12, true, true)
      choice.done({ ...few, ...left })
      expect(format()).toBe('fp16')
      choice.done({ ...few, format: 'fp16', changed: 50 })
      expect(format()).toBe('int8')
      choice.done({ ...few, ...left, changed: 20 })
      choice.done({ ...few, format: 'fp16', changed: 500 })
      choice.done({ ...few, format: 'fp16', changed: 10 })
      expect(format()).toBe('fp16')
    },
  )
})
