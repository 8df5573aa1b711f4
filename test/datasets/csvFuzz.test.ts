import { describe, expect, it } from 'vitest'
import { readCsv } from '../../src/datasets/index.js'
import { random, STREAM } from '../../src/random.js'

interface Case {
  readonly rows: number[][]
  readonly names: string[]
  readonly labels: string[]
  readonly text: string
  readonly delimiter: string
  readonly labelAt: number
}

const WORDS = ['cat', 'dog', 'a b', 'with "quotes"', 'two\nlines', 'comma, semi; tab\tand bar|', 'ä', '7up', 'None', '10', '9']

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`

/** A table written in one of the many ways that mean the same. */
function makeCase(seed: number): Case {
  const rng = random(seed, STREAM.data)
  let drawn = 0
  const below = (bound: number): number => rng.integer(drawn++, bound)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]

  const n = 1 + below(40)
  const d = 1 + below(6)
  const delimiter = pick([',', ';', '\t', '|'])
  const end = pick(['\n', '\r\n', '\r'])
  const labelAt = below(d + 1)
  const written = (cell: string): string => (below(4) === 0 || /["\r\n,;\t|]/.test(cell) ? quoted(cell) : cell)
  const writtenNumber = (value: number): string =>
    pick([String(value), value.toExponential(), ` ${value} `, value > 0 ? `+${value}` : String(value)])

  const rows = Array.from({ length: n }, () => Array.from({ length: d }, () => Math.fround((below(2001) - 1000) / pick([1, 7, 1e4, 1e-6]))))
  const labels = rows.map(() => pick(WORDS))
  const names = Array.from({ length: d }, (_, t) => `${pick(WORDS)} ${t}`)
  const lines = [
    names.toSpliced(labelAt, 0, 'the label').map(written),
    ...rows.map((row, i) => row.map((value) => written(writtenNumber(value))).toSpliced(labelAt, 0, written(labels[i]))),
  ]
  const text = lines.map((cells) => cells.join(delimiter) + end + (below(10) === 0 ? end : '')).join('')
  return { rows, names, labels, text: below(3) === 0 ? `\uFEFF${text}` : text, delimiter, labelAt }
}

const SEEDS = Array.from({ length: 150 }, (_, i) => i)

describe('readCsv reads back what was written', () => {
  it('whatever the delimiter, the quoting, the line ends and the place of the labels', async () => {
    for (const seed of SEEDS) {
      const { rows, names, labels, text, delimiter, labelAt } = makeCase(seed)
      const table = await readCsv(text, { delimiter, label: 'the label' })
      expect(table.columns, `seed ${seed}`).toEqual(names)
      expect(table.x, `seed ${seed}`).toMatchObject({ n: rows.length, d: names.length, blocks: [Float32Array.from(rows.flat())] })
      expect(
        Array.from(table.labels!, (id) => table.targetNames![id]),
        `seed ${seed}`,
      ).toEqual(labels)
      const used = new Set(labels)
      expect(table.targetNames!.length, `seed ${seed}`).toBe(used.size)
      expect(await readCsv(text, { delimiter, label: labelAt, header: true }), `seed ${seed}`).toEqual(table)
    }
  })
  it('from bytes as from text', async () => {
    for (const seed of SEEDS.slice(0, 30)) {
      const { text, delimiter } = makeCase(seed)
      const options = { delimiter, label: 'the label' }
      expect(await readCsv(new TextEncoder().encode(text), options), `seed ${seed}`).toEqual(await readCsv(text, options))
    }
  })
  it('and names row and column of the one cell that is spoilt', async () => {
    for (const seed of SEEDS.slice(0, 60)) {
      const { rows, names } = makeCase(seed)
      const rng = random(seed, STREAM.noise)
      const i = rng.integer(0, rows.length)
      const t = rng.integer(1, names.length)
      const [bad, got] = [
        ['', "a missing value ('')"],
        ['NA', "a missing value ('NA')"],
        ['1.2.3', "'1.2.3'"],
      ][seed % 3]
      const plain = [
        names.map((_, c) => `c${c}`),
        ...rows.map((row, r) => row.map((value, c) => (r === i && c === t ? bad : String(value)))),
      ]
      const text = plain.map((cells) => cells.join(',')).join('\n')
      const message = `readCsv: expected a number, got ${got} (line ${i + 2}, row ${i}, column 'c${t}')`
      await expect(readCsv(`${text}\n`), `seed ${seed}`).rejects.toThrow(message)
    }
  })
})
