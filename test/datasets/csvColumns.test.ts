import { describe, expect, it } from 'vitest'
import { cellNumber, isMissing, resolveColumns } from '../../src/datasets/csvColumns.js'

const resolve = (first: string[], options = {}): unknown => resolveColumns(first, options, 'test')

describe('cellNumber', () => {
  it.each([
    ['1', 1],
    ['-1.50', -1.5],
    ['+.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    [' 7\t', 7],
    ['00012', 12],
    ['0.1', 0.1],
    ['-0', -0],
    ['1e400', Infinity],
  ])('reads %j as %d', (cell, value) => {
    expect(cellNumber(cell)).toBe(value)
  })
  it.each([
    '',
    ' ',
    '\t',
    'abc',
    '1,5',
    '1_000',
    '1 000',
    '0x1F',
    '0b11',
    '0o17',
    '--1',
    '1e',
    'e5',
    '1.2.3',
    '1%',
    '$1',
    'true',
    'NaN',
    'inf',
    '1n',
  ])('takes %j for no number', (cell) => {
    expect(cellNumber(cell)).toBeNaN()
  })
})

describe('isMissing', () => {
  it.each(['', '  ', 'NA', 'na', 'N/A', '#N/A', 'NaN', 'nan', 'NULL', 'None', '?', '-', '.'])('knows %j', (cell) => {
    expect(isMissing(cell)).toBe(true)
  })
  it.each(['0', 'no', 'nano', '--', 'x'])('does not mistake %j', (cell) => {
    expect(isMissing(cell)).toBe(false)
  })
})

describe('resolveColumns', () => {
  it.each([
    [['a', 'b'], true],
    [['', 'b'], true],
    [['NA', 'b'], true],
    [['1', 'b'], false],
    [['1', '2'], false],
    [['', 'NA'], false],
    [['Infinity', '1'], false],
  ])('judges whether %j is a header', (first, header) => {
    expect(resolve(first)).toMatchObject({ header })
  })
  it('judges without the label and the ignored columns', () => {
    expect(resolve(['1', 'x', 'y'], { label: 1, ignore: [-1] })).toEqual({ header: false, names: ['0', '1', '2'], label: 1, kept: [0] })
    expect(resolve(['a', '1', '2'], { label: 1, ignore: [-1] })).toEqual({ header: true, names: ['a', '1', '2'], label: 1, kept: [0] })
  })
  it('is told by header and by names', () => {
    expect(resolve(['1', '2'], { header: true })).toMatchObject({ header: true, names: ['1', '2'], label: -1, kept: [0, 1] })
    expect(resolve(['a', 'b'], { header: false })).toMatchObject({ header: false, names: ['0', '1'] })
    expect(resolve(['1', 'b'], { ignore: ['1'] })).toMatchObject({ header: true, kept: [1] })
  })
  it('takes spaces off the names', () => {
    expect(resolve([' a ', 'b\t'], { label: 'b' })).toMatchObject({ names: ['a', 'b'], label: 1 })
  })
  it('shortens long lists in its messages', () => {
    const names = Array.from({ length: 100 }, (_, t) => `c${t}`)
    expect(() => resolve(names, { label: 'x' })).toThrow("'c7', … (100 columns), got 'x', which names 0")
  })
})
