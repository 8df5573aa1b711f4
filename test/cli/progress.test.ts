import { expect, test } from 'vitest'
import { progressOn } from '../../src/cli/progress.js'

function stream(isTTY: boolean): { text: string; isTTY: boolean; columns: number; write(text: string): void } {
  return {
    text: '',
    isTTY,
    columns: 40,
    write(text) {
      this.text += text
    },
  }
}

test('a terminal gets one bar within its width, which end takes away', () => {
  const out = stream(true)
  const progress = progressOn(out, false)
  progress.update(0.5, 'iteration 5/10: a text that is far too long for forty columns')
  expect(out.text).toBe(`[############............] iteration 5/1`.slice(0, 39))
  progress.end()
  expect(out.text.endsWith('\r\x1b[2K')).toBe(true)
})

test('a terminal that does not tell its width is taken for one of 80 columns', () => {
  const out = { ...stream(true), columns: 0 }
  progressOn(out, false).stage('x'.repeat(100))
  expect(out.text).toBe('x'.repeat(79))
})

test('elsewhere updates are plain lines; those held back in between are dropped, but the last is written', () => {
  const out = stream(false)
  const progress = progressOn(out, false)
  for (let i = 1; i <= 100; i++) progress.update(i / 100, `step ${i}`)
  progress.end()
  expect(out.text).toBe('step 1\nstep 100\n')
})

test('a stage is written at once, and so is the update after it', () => {
  const out = stream(false)
  const progress = progressOn(out, false)
  progress.stage('reading')
  progress.stage('starting')
  progress.update(0.1, 'step 1')
  expect(out.text).toBe('reading\nstarting\nstep 1\n')
})

test('quiet leaves out updates, not what is said', () => {
  const out = stream(false)
  const progress = progressOn(out, true)
  progress.update(0.5, 'half')
  progress.say('a warning')
  progress.end()
  expect(out.text).toBe('a warning\n')
})

test('what is said on a terminal takes the place of the bar', () => {
  const out = stream(true)
  const progress = progressOn(out, false)
  progress.update(0, 'x')
  progress.say('a warning')
  expect(out.text).toBe('[........................] x\r\x1b[2Ka warning\n')
})
