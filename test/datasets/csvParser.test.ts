import { describe, expect, it } from 'vitest'
import { csvParser, guessDelimiter } from '../../src/datasets/csvParser.js'

const parse = (portions: string[], delimiter = ','): [string[], number][] => {
  const records: [string[], number][] = []
  const parser = csvParser(delimiter, (fields, line) => records.push([fields, line]), 'test')
  for (const portion of portions) parser.push(portion)
  parser.end()
  return records
}

describe('csvParser', () => {
  // expected: Python, list(csv.reader(io.StringIO(text, newline=''), strict=True)), which gives [] for an empty line; lines counted by hand
  const TEXT = 'a,"b ""q"" ",c\r\n"",,""""\n"x\r\ny","1,2",\r\r\n\n"""",pla"in, z\n"end"'
  const RECORDS: [string[], number][] = [
    [['a', 'b "q" ', 'c'], 1],
    [['', '', '"'], 2],
    [['x\r\ny', '1,2', ''], 3],
    [[''], 5],
    [[''], 6],
    [['"', 'pla"in', ' z'], 7],
    [['end'], 8],
  ]
  it('parses quotes, empty fields and every kind of line end', () => {
    expect(parse([TEXT])).toEqual(RECORDS)
  })
  it('gives the same records however the text is cut', () => {
    for (let at = 0; at <= TEXT.length; at++) expect(parse([TEXT.slice(0, at), TEXT.slice(at)]), `cut at ${at}`).toEqual(RECORDS)
    expect(parse([...TEXT])).toEqual(RECORDS)
    expect(parse([...TEXT].flatMap((character) => ['', character]))).toEqual(RECORDS)
  })
  it('reads back what was quoted, whatever it is', () => {
    const alphabet = ['"', ',', '\n', '\r', 'x', ' ', '']
    const cells = Array.from({ length: 343 }, (_, i) => alphabet[i % 7] + alphabet[Math.floor(i / 7) % 7] + alphabet[Math.floor(i / 49)])
    const rows = Array.from({ length: 49 }, (_, i) => cells.slice(i * 7, i * 7 + 7))
    const quoted = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')
    expect(parse([quoted]).map(([fields]) => fields)).toEqual(rows)
    expect(parse([...quoted]).map(([fields]) => fields)).toEqual(rows)
  })
  it('ends at the last line break, and keeps an empty last field', () => {
    expect(parse([''])).toEqual([])
    expect(parse(['a\n'])).toEqual([[['a'], 1]])
    expect(parse(['a,'])).toEqual([[['a', ''], 1]])
    expect(parse(['""'])).toEqual([[[''], 1]])
  })
})

describe('guessDelimiter', () => {
  it.each([
    ['a,b,c\n1;2;3;4;5', ','],
    ['a;b,c;d\n', ';'],
    ['"a,b,c,d";e\n', ';'],
    ['a\tb c d\n', '\t'],
    ['a b\n', ' '],
    ['alone\n', ','],
    ['\n\n1|2\n', '|'],
    ['', ','],
  ])('of %j is %j', (text, expected) => {
    expect(guessDelimiter(text)).toBe(expected)
  })
})
