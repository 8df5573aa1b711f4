import { expect, test } from 'vitest'
import { formatInertia, formatSeconds, timeLeft } from '../src/numberText.js'

test('seconds are written as people do', () => {
  expect([0.0342, 5.04, 75.2, 59.96, 3700].map(formatSeconds)).toStrictEqual(['34 ms', '5.0 s', '1 min 15 s', '1 min 0 s', '1 h 1 min'])
})

test('an inertia has six digits, and an exponent rather than zeros that say nothing', () => {
  expect([0, 0.123456789, 34084.42, 999_999.4, 1e6, 25_238_571_264].map(formatInertia)).toStrictEqual([
    '0',
    '0.123457',
    '34084.4',
    '999999',
    '1e+6',
    '2.52386e+10',
  ])
})

test('what is left takes as long as what was done, and is told from a second on', () => {
  expect([timeLeft(0.25, 4), timeLeft(0.1, 20), timeLeft(0.5, 0.6), timeLeft(0.5, 0.2), timeLeft(1, 9), timeLeft(0, 3)]).toStrictEqual([
    ', at most 12 s left',
    ', at most 3 min 0 s left',
    ', at most 1 s left',
    '',
    '',
    '',
  ])
})
