import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCsv } from '../../src/datasets/index.js'
import { read } from './readTable.js'
import type { CsvOptions } from '../../src/datasets/index.js'

/** A record of the long file. */
const row = (i: number): string => `${i},"${i / 7}",${i % 3 === 0 ? '"ä ""ö"", ü"' : 'ß'}\r\n`

describe('readCsv: columns', () => {
  it('reads numbers, with a header or without one', async () => {
    const rows = [
      [1, 2.5],
      [-3, 4e3],
    ]
    expect(await read('a,b\n1,2.5\n-3,4e3\n')).toEqual({ rows, columns: ['a', 'b'] })
    expect(await read('1,2.5\n-3,4e3')).toEqual({ rows, columns: ['0', '1'] })
    expect(await read('1999,2000\n1,2.5\n-3,4e3', { header: true })).toEqual({ rows, columns: ['1999', '2000'] })
  })
  it('says that numbers were rounded to float32, and rounds them once', async () => {
    const { x } = await readCsv('0.1\n16777217\n')
    expect(x).toEqual({ blocks: [Float32Array.of(0.1, 16777217)], n: 2, d: 1, note: 'CSV numbers rounded to float32' })
  })
  it('takes a label column by name, by index, or from the end', async () => {
    const expected = {
      rows: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      columns: ['a', 'b'],
      labels: [1, 0, 1],
      targetNames: ['cat', 'dog'],
    }
    const text = 'a,kind,b\n1,dog,2\n3,cat,4\n5,dog,6\n'
    expect(await read(text, { label: 'kind' })).toEqual(expected)
    expect(await read(text, { label: 1 })).toEqual(expected)
    expect(await read(text, { label: -2 })).toEqual(expected)
    expect(await read('1,dog,2\n3,cat,4\n5,dog,6', { label: 1 })).toEqual({ ...expected, columns: ['0', '2'] })
  })
  it('numbers labels by their value: numbers as numbers, words by their characters', async () => {
    expect(await read('1,10\n2,9\n3,-1\n4,9.0\n', { label: 1 })).toMatchObject({ labels: [2, 1, 0, 1], targetNames: ['-1', '9', '10'] })
    expect(await read('x,y\n1,b\n2,10\n3,B\n4,9', { label: 'y' })).toMatchObject({
      labels: [3, 0, 2, 1],
      targetNames: ['10', '9', 'B', 'b'],
    })
    const digits = await read(Array.from({ length: 20 }, (_, i) => `${i},${(i * 7) % 10}\n`).join(''), { label: -1 })
    expect(digits).toMatchObject({ labels: Array.from({ length: 20 }, (_, i) => (i * 7) % 10) })
  })
  it('keeps words in the label column out of the search for a header', async () => {
    expect(await read('1,2,a\n3,4,1\n', { label: 2 })).toMatchObject({
      rows: [
        [1, 2],
        [3, 4],
      ],
      targetNames: ['1', 'a'],
    })
  })
  it('takes a first row with a word among numbers for damaged data, not for a header', async () => {
    await expect(readCsv('1,2,x3\n4,5,6\n')).rejects.toThrow("got 'x3' (line 1, row 0, column '2'); name a column of labels in label")
    await expect(readCsv('1,2,x3\n4,5,6\n')).rejects.toThrow('or pass header: true')
    expect(await read('country,1999\n1,2\n', { header: true })).toEqual({ rows: [[1, 2]], columns: ['country', '1999'] })
    expect(await read('country,1999\nIS,2\n', { label: 'country' })).toMatchObject({ rows: [[2]], columns: ['1999'] })
  })
  it('leaves out the columns in ignore', async () => {
    const expected = { rows: [[1], [2]], columns: ['v'], labels: [0, 1], targetNames: ['p', 'q'] }
    expect(await read(',v,note,y\n0,1,some text,p\n1,2,,q\n', { ignore: ['', 'note'], label: 'y' })).toEqual(expected)
    expect(await read(',v,note,y\n0,1,some text,p\n1,2,,q\n', { ignore: [0, -2], label: -1 })).toEqual(expected)
  })
  it('does not take a first row with a missing value for a header', async () => {
    await expect(readCsv('NA,1\n2,3\n')).rejects.toThrow("got a missing value ('NA') (line 1, row 0, column '0')")
  })
  it.each<[string, string, CsvOptions, string]>([
    ['an unknown name', 'a,b\n1,2\n', { label: 'c' }, "readCsv: expected label to name one column of 'a', 'b', got 'c', which names 0"],
    ['a name given twice', 'a,a\n1,2\n', { label: 'a' }, "got 'a', which names 2"],
    ['an index too large', 'a,b\n1,2\n', { label: 2 }, 'readCsv: expected label to be a column of 0 … 1, got 2'],
    ['an index too small', 'a,b\n1,2\n', { ignore: [-3] }, 'readCsv: expected ignore to be a column of 0 … 1, got -3'],
    [
      'a name without a header',
      '1,2\n3,4\n',
      { label: 'a', header: false },
      "readCsv: expected columns by index where there is no header, got 'a'",
    ],
    ['nothing but labels', 'a\n1\n', { label: 'a' }, "readCsv: expected at least one column of numbers beside the labels, got 'a'"],
    ['an unknown option', 'a\n1\n', { labels: 'a' } as CsvOptions, "readCsv: unknown option 'labels'; did you mean 'label'?"],
    [
      'a long delimiter',
      'a\n1\n',
      { delimiter: '::' },
      "readCsv: expected delimiter to be one character, no quote and no line break, got '::'",
    ],
    ['a header of no kind', 'a\n1\n', { header: 1 as never }, "readCsv: expected header to be true, false or 'auto', got 1"],
    ['ignore of no kind', 'a\n1\n', { ignore: 'a' as never }, "readCsv: expected ignore to be an array of columns, got 'a'"],
  ])('refuses %s', async (_, text, options, message) => {
    await expect(readCsv(text, options)).rejects.toThrow(message)
  })
})

describe('readCsv: cells', () => {
  it('reads quoted fields, with delimiters, quotes and line breaks in them', async () => {
    const text = '"x, in ""cm""","long\r\nname",kind\r\n"1","2"," a ""b"", c "\r\n"3",4,""""\r\n'
    expect(await read(text, { label: 'kind' })).toEqual({
      rows: [
        [1, 2],
        [3, 4],
      ],
      columns: ['x, in "cm"', 'long\r\nname'],
      labels: [1, 0],
      targetNames: ['"', 'a "b", c'],
    })
  })
  it.each(['\n', '\r\n', '\r'])('takes %j as the end of a line, last line with or without it', async (end) => {
    const lines = ['a,b', '1,2', '3,4']
    const expected = {
      rows: [
        [1, 2],
        [3, 4],
      ],
      columns: ['a', 'b'],
    }
    expect(await read(lines.join(end))).toEqual(expected)
    expect(await read(lines.join(end) + end)).toEqual(expected)
    expect(await read(end + lines.join(end + end) + end + end)).toEqual(expected)
  })
  it.each([',', '\t', ';', '|', ' '])('finds the delimiter %j by itself', async (mark) => {
    const lines = [
      ['a', 'b', 'c'],
      ['1', '2', '3'],
      ['4', '5', '6'],
    ]
    const expected = {
      rows: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      columns: ['a', 'b', 'c'],
    }
    expect(await read(lines.map((line) => line.join(mark)).join('\n'))).toEqual(expected)
    expect(await read(lines.map((line) => line.join(mark)).join('\n'), { delimiter: mark })).toEqual(expected)
  })
  it('does not count delimiters inside quotes, nor spaces beside delimiters', async () => {
    expect(await read('"a,b,c";d e f g\n1; 2 \n')).toEqual({ rows: [[1, 2]], columns: ['a,b,c', 'd e f g'] })
  })
  it.each<[string, string, CsvOptions | undefined, string]>([
    ['an empty cell', 'a,b\n1,2\n3,\n', undefined, "readCsv: expected a number, got a missing value ('') (line 3, row 1, column 'b')"],
    ['a blank cell', '1, \n', undefined, "got a missing value (' ') (line 1, row 0, column '1')"],
    ['NaN', 'a,b\n1,2\nNaN,4\n', undefined, "got a missing value ('NaN') (line 3, row 1, column 'a')"],
    ['a question mark', '1,2\n3,?', undefined, "got a missing value ('?') (line 2, row 1, column '1')"],
    [
      'an empty line among rows of one cell',
      'a\n1\n\n2\n',
      undefined,
      "readCsv: expected a number, got a missing value ('') (line 3, row 1, column 'a')",
    ],
    ['a missing label', 'a,y\n1,p\n2,\n', { label: 'y' }, "readCsv: expected a label, got a missing value (line 3, row 1, column 'y')"],
    [
      'a word',
      'a,b\n1,2\n3,abc\n',
      undefined,
      "readCsv: expected a number, got 'abc' (line 3, row 1, column 'b'); name a column of labels in label",
    ],
    ['a decimal comma', 'a;b\n1,5;2,5\n', undefined, "got '1,5' (line 2, row 0, column 'a'); write decimals with a point"],
    ['infinity', '1\n-inf\n', undefined, "expected a number, got '-inf' (line 2, row 1, column '0')"],
    ['Infinity', '1\nInfinity\n', undefined, "expected a finite number within float32's range, got 'Infinity' (line 2, row 1, column '0')"],
    ['a number beyond float32', '1\n1e39\n', undefined, "expected a finite number within float32's range, got '1e39'"],
    ['hexadecimal', '1\n0x1F\n', undefined, "expected a number, got '0x1F'"],
    ['a decimal comma', 'a;b;c\n1,5;2;3\n', undefined, "expected a number, got '1,5' (line 2"],
    ['a short row', 'a,b,c\n1,2,3\n\n4,5\n', undefined, 'readCsv: expected 3 columns, got 2 (line 4, row 1)'],
    ['a long row', '1,2\n3,4,5\n', undefined, 'readCsv: expected 2 columns, got 3 (line 2, row 1)'],
    [
      'a quote left open behind doubled ones',
      'a,b\n1,"2""\n""3\n',
      undefined,
      'readCsv: expected a closing quote, got the end of the text (opened in line 2)',
    ],
    ['a quote left open', 'a,b\n1,"2\n3,4\n', undefined, 'readCsv: expected a closing quote, got the end of the text (opened in line 2)'],
    ['text after a quote', 'a,b\n"1"x,2\n', undefined, "readCsv: expected ',' or the line's end after a closing quote, got 'x' (line 2)"],
    ['a header alone', 'a,b\n', undefined, 'readCsv: expected at least one row of numbers, got a header alone'],
    ['empty lines alone', '\n\n', undefined, 'readCsv: expected at least one row of numbers, got an empty file'],
  ])('refuses %s, and says where', async (_, text, options, message) => {
    await expect(readCsv(text, options)).rejects.toThrow(message)
  })
  it('counts lines inside quotes', async () => {
    await expect(readCsv('"a\nb\nc",d\n1,2\n3,x\n')).rejects.toThrow("got 'x' (line 5, row 1, column 'd')")
  })
})

describe('readCsv: files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'csv-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }

  it('reads a path, a URL and bytes, gzipped or not, with a byte-order mark or not', async () => {
    const text = '\uFEFFhöhe,π\r\n1,2\r\n3,4\r\n'
    const expected = await readCsv(text.slice(1))
    expect(expected.columns).toEqual(['höhe', 'π'])
    const bytes = new TextEncoder().encode(text)
    const path = await file('bom.csv', text)
    const gz = await file('bom.csv.gz', gzipSync(bytes))
    for (const source of [text, path, pathToFileURL(path), bytes, gz, gzipSync(bytes)]) expect(await readCsv(source)).toEqual(expected)
  })
  it('reads a file of several portions as it reads its text', async () => {
    const text = `a,b,y\r\n${Array.from({ length: 60_000 }, (_, i) => row(i)).join('')}`
    const path = await file('large.csv', text)
    const fromFile = await readCsv(path, { label: 'y' })
    expect(fromFile.x).toMatchObject({ n: 60_000, d: 2 })
    expect(fromFile.targetNames).toEqual(['ß', 'ä "ö", ü'].sort())
    expect(fromFile.x.blocks).toHaveLength(1)
    const wrong = fromFile.x.blocks[0].findIndex((value, i) => value !== (i % 2 === 0 ? i / 2 : Math.fround(Math.floor(i / 2) / 7)))
    expect(wrong).toBe(-1)
    expect(fromFile.labels!.findIndex((label, i) => fromFile.targetNames![label] !== (i % 3 === 0 ? 'ä "ö", ü' : 'ß'))).toBe(-1)
    const fromText = await readCsv(text, { label: 'y' })
    expect(Buffer.compare(Buffer.from(fromText.x.blocks[0].buffer), Buffer.from(fromFile.x.blocks[0].buffer))).toBe(0)
  })
  it('names the file at fault', async () => {
    await expect(readCsv(join(folder, 'absent.csv'))).rejects.toThrow(
      `readCsv: expected the path of a readable file, or CSV text with a line break, got ENOENT (${join(folder, 'absent.csv')})`,
    )
    await expect(readCsv(await file('latin1.csv', Uint8Array.of(0x61, 0xe4, 0x0a, 0x31)))).rejects.toThrow(
      'readCsv: expected UTF-8 text, got other bytes',
    )
    await expect(readCsv(Uint8Array.of(0x31, 0x0a, 0xc3))).rejects.toThrow('readCsv: expected UTF-8 text, got other bytes')
    await expect(readCsv(await file('empty.csv', ''))).rejects.toThrow('readCsv: expected at least one row of numbers, got an empty file')
    await expect(readCsv(await file('cut.csv.gz', gzipSync('1,2\n'.repeat(100)).subarray(0, 20)))).rejects.toThrow(
      'readCsv: expected a whole gzip stream',
    )
  })
})
