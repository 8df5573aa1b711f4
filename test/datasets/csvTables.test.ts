import { describe, expect, it } from 'vitest'
import { readCsv } from '../../src/datasets/index.js'
import type { CsvOptions } from '../../src/datasets/index.js'
import { read } from './readTable.js'

describe('readCsv: tables as people have them', () => {
  const customers = 'customer;name;city;age;income\n0;"Doe, Jo";Paris;30;27797.5\n1;Ann;Lyon;42;\n2;Bo;Nice;NA;25252\n3;Cy;Lyon;25;24185\n'

  it('takes the columns that are named, in the order they are named', async () => {
    const options: CsvOptions = { columns: ['income', 'age'], missing: 'skip' }
    expect(await read(customers, options)).toEqual({
      rows: [
        [27797.5, 30],
        [24185, 25],
      ],
      columns: ['income', 'age'],
    })
    expect(await read('7,x,1\n8,y,2\n', { columns: [-1, 0] })).toEqual({
      rows: [
        [1, 7],
        [2, 8],
      ],
      columns: ['2', '0'],
    })
    expect((await read('id,kind,a\n8,y,2\n', { columns: [2] })) as object).toEqual({ rows: [[2]], columns: ['a'] })
  })

  it('skips rows that lack a value or a label where asked to, and tells which are left', async () => {
    const { x, labels, targetNames, rows } = await readCsv(customers, { columns: ['age'], label: 'city', missing: 'skip' })
    expect([Array.from(x.blocks[0]), Array.from(labels!), targetNames, Array.from(rows!)]).toEqual([
      [30, 42, 25],
      [1, 0, 0],
      ['Lyon', 'Paris'],
      [0, 1, 3],
    ])
    expect((await readCsv('a,b\n1,2\n\n3,4\n', { missing: 'skip' })).rows).toEqual(Uint32Array.of(0, 1))
    expect((await readCsv('a\n1\n\n\n3\n', { missing: 'skip' })).rows).toEqual(Uint32Array.of(0, 3))
    expect((await readCsv('a,l\n1,x\n2, \n3,y\n', { label: 'l', missing: 'skip' })).rows).toEqual(Uint32Array.of(0, 2))
    expect(await readCsv('a\n1\n')).not.toHaveProperty('rows')
  })

  it('still refuses what is no number, by its row in the file', async () => {
    await expect(readCsv('a,b\n1,\n2,x\n', { missing: 'skip' })).rejects.toThrow("got 'x' (line 3, row 1, column 'b')")
    await expect(readCsv('a,b\n1,\n', { missing: 'skip' })).rejects.toThrow(
      'expected at least one row of numbers, got 1 that all lack a value',
    )
    await expect(readCsv(customers, { columns: ['age'] })).rejects.toThrow("leave such rows out with missing: 'skip'")
  })

  it('refuses columns that cannot be', async () => {
    await expect(readCsv(customers, { columns: ['age', 'age'] })).rejects.toThrow(
      "expected columns to be different, and none of them the label, got 'age', 'age'",
    )
    await expect(readCsv(customers, { columns: ['age'], label: 'age' })).rejects.toThrow('none of them the label')
    await expect(readCsv(customers, { columns: ['height'] })).rejects.toThrow("expected columns to name one column of 'customer'")
    await expect(readCsv(customers, { columns: ['age'], ignore: ['name'] })).rejects.toThrow('expected columns or ignore, got both')
    await expect(readCsv(customers, { columns: 'age' as never })).rejects.toThrow("expected columns to be an array of columns, got 'age'")
    await expect(readCsv(customers, { missing: 'drop' as never })).rejects.toThrow("expected missing to be 'refuse' or 'skip', got 'drop'")
    await expect(readCsv(customers, { columns: [] })).rejects.toThrow('expected at least one column of numbers')
  })
})
