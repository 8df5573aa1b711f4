import { describe, expect, test } from 'vitest'
import { bytesOf, numberOf, parseFlags, someFiles } from '../../src/cli/args.js'
import type { Flags } from '../../src/cli/args.js'

const FLAGS: Flags = {
  k: { short: 'k', value: 'K', help: '' },
  output: { short: 'o', value: 'FILE', help: '' },
  tol: { value: 'T', help: '' },
  'max-points-per-centroid': { value: 'N', help: '' },
  json: { help: '' },
}
const parse = (...args: string[]) => parseFlags('cmd', args, FLAGS)

describe('parseFlags', () => {
  test('takes flags before, between and after files, long and short, with = and without', () => {
    const { values, positionals } = parse('-k', '3', 'points.npy', '--output=c.npy', '--json')
    expect(positionals).toStrictEqual(['points.npy'])
    expect(Object.fromEntries(values)).toStrictEqual({ k: '3', output: 'c.npy', json: '' })
  })

  test('takes a negative number as a value, with or without =', () => {
    expect(parse('--tol', '-1').values.get('tol')).toBe('-1')
    expect(parse('--tol=-1e-4').values.get('tol')).toBe('-1e-4')
  })

  test('takes everything after -- as files', () => {
    expect(parse('--', '-k', '--json').positionals).toStrictEqual(['-k', '--json'])
  })

  test('names the nearest flag for an unknown one', () => {
    expect(() => parse('--jsn')).toThrow('cmd: unknown flag --jsn; did you mean --json?')
    expect(() => parse('--maxPointsPerCentroid', '3')).toThrow('did you mean --max-points-per-centroid?')
    expect(() => parse('-x')).toThrow(/^cmd: unknown flag -x$/)
    expect(() => parse('--frobnicate')).toThrow(/^cmd: unknown flag --frobnicate$/)
  })

  test('does not swallow the next flag as a value', () => {
    expect(() => parse('--output', '--json')).toThrow("cmd: expected a value after --output (FILE), got '--json'")
    expect(() => parse('-k')).toThrow('cmd: expected a value after -k (K), got none')
  })

  test('refuses a value after a flag that takes none, and a flag given twice', () => {
    expect(() => parse('--json=no')).toThrow("cmd: expected no value after --json, got 'no'")
    expect(() => parse('-k', '3', '--k', '4')).toThrow('cmd: expected --k once, got it twice')
  })

  test('marks its errors as errors of usage', () => {
    expect(() => parse('--jsn')).toThrow(expect.objectContaining({ exitCode: 2 }))
  })

  test('is not fooled by names that every object has', () => {
    expect(() => parse('--constructor', '3')).toThrow('unknown flag --constructor')
  })
})

describe('values', () => {
  test('numberOf takes what JavaScript takes for a number, and nothing else', () => {
    expect(numberOf('cmd', parse('-k', '1e3'), 'k')).toBe(1000)
    expect(numberOf('cmd', parse(), 'k')).toBeUndefined()
    for (const text of ['ten', '1,000', '', ' ', '3k'])
      expect(() => numberOf('cmd', parse(`--tol=${text}`), 'tol')).toThrow('to be a number')
  })

  test.each([
    ['4096', 4096],
    ['1K', 1024],
    ['512M', 512 * 2 ** 20],
    ['1.5GB', 1.5 * 2 ** 30],
    ['2GiB', 2 * 2 ** 30],
    ['2 g', 2 * 2 ** 30],
  ])('bytesOf reads %s', (text, bytes) => {
    expect(bytesOf('cmd', parse('--tol', text), 'tol')).toBe(bytes)
  })

  test.each(['lots', '-1', '1X', 'M'])('bytesOf refuses %s', (text) => {
    expect(() => bytesOf('cmd', parse(`--tol=${text}`), 'tol')).toThrow('to be bytes')
  })

  test('someFiles wants at least one file', () => {
    expect(someFiles('cmd', parse('a', 'b'))).toEqual(['a', 'b'])
    expect(() => someFiles('cmd', parse())).toThrow('cmd: expected a file, got none')
  })
})
