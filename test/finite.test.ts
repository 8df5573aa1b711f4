import { expect, test } from 'vitest'
import { checkFinite } from '../src/finite.js'

test('checkFinite tells the first NaN or infinite value by its row over all blocks', async () => {
  const blocks = [new Float32Array(6), new Float32Array(9), Float32Array.of(0, 0, 0, 0, -Infinity, NaN)]
  await expect(checkFinite('f', { blocks, n: 7, d: 3 })).rejects.toThrow('f: expected finite values, got -Infinity (row 6, column 1)')
  blocks[1][2] = NaN
  await expect(checkFinite('f', { blocks, n: 7, d: 3 })).rejects.toThrow('f: expected finite values, got NaN (row 2, column 2)')
  await expect(checkFinite('f', { blocks: blocks.slice(0, 1), n: 2, d: 3 })).resolves.toBeUndefined()
})

test('checkFinite heeds a signal that is aborted already', async () => {
  const points = { blocks: [new Float32Array(6)], n: 2, d: 3 }
  await expect(checkFinite('f', points, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
})
