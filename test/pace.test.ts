import { describe, expect, test } from 'vitest'
import { pace } from '../src/pace.js'

describe('pace', () => {
  test('is due after its stretch, and not again right after a rest', async () => {
    const clock = pace()
    await clock.rest()
    expect(clock.due()).toBe(false)
    const start = performance.now()
    while (!clock.due());
    expect(performance.now() - start).toBeLessThan(1000)
    await clock.rest()
    expect(clock.due()).toBe(false)
  })

  test('throws the reason of a signal that is aborted, at the start or at a rest', async () => {
    const reason = new Error('stop')
    expect(() => pace(AbortSignal.abort(reason))).toThrow(reason)
    const controller = new AbortController()
    const clock = pace(controller.signal)
    controller.abort(reason)
    await expect(clock.rest()).rejects.toBe(reason)
  })
})
