import { describe, expect, test } from 'vitest'
import { encodeLabels, type Label } from '../../src/metrics/labels.js'
import { randomLabels } from './oracles.js'

const encode = (labels: ArrayLike<Label>) => encodeLabels(labels, 'metric', 'labels')

describe('encodeLabels', () => {
  test('numbers the labels from 0 in ascending order, as numpy.unique(return_inverse=True)', () => {
    // np.unique([30, -5, 30, 7], return_inverse=True) == ([-5, 7, 30], [2, 0, 2, 1])
    const { codes, values } = encode([30, -5, 30, 7])
    expect(values).toEqual([-5, 7, 30])
    expect([...codes]).toEqual([2, 0, 2, 1])
  })

  test('sorts numbers by value, not as text', () => {
    expect(encode([10, 9, 100, 1]).values).toEqual([1, 9, 10, 100])
    expect(encode([10.5, 9, 100, 1]).values).toEqual([1, 9, 10.5, 100])
  })

  test('sorts strings', () => {
    const { codes, values } = encode(['dog', 'cat', 'dog', 'Cat', ''])
    expect(values).toEqual(['', 'Cat', 'cat', 'dog'])
    expect([...codes]).toEqual([3, 2, 3, 1, 0])
  })

  test('takes booleans and bigints, a BigInt64Array as of a .npy file among them', () => {
    expect(encode([true, false, true]).values).toEqual([false, true])
    const { codes, values } = encode(BigInt64Array.of(5n, -(2n ** 60n), 5n))
    expect(values).toEqual([-(2n ** 60n), 5n])
    expect([...codes]).toEqual([1, 0, 1])
  })

  test.each([
    Int8Array.of(3, 1, 3, 0),
    Uint8Array.of(3, 1, 3, 0),
    Uint8ClampedArray.of(3, 1, 3, 0),
    Int16Array.of(3, 1, 3, 0),
    Uint16Array.of(3, 1, 3, 0),
    Int32Array.of(3, 1, 3, 0),
    Uint32Array.of(3, 1, 3, 0),
    Float32Array.of(3, 1, 3, 0),
    Float64Array.of(3, 1, 3, 0),
  ])('takes %o', (labels) => {
    const { codes, values } = encode(labels)
    expect(values).toEqual([0, 1, 3])
    expect([...codes]).toEqual([2, 1, 2, 0])
  })

  test('takes any object with a length and labels at 0 … length − 1', () => {
    expect(encode({ length: 3, 0: 'b', 1: 'a', 2: 'b' }).values).toEqual(['a', 'b'])
  })

  test('takes 0 and −0 for one label', () => {
    expect(encode([0, -0, 0.5]).values).toEqual([0, 0.5])
    expect([...encode([-0, 0]).codes]).toEqual([0, 0])
  })

  test('has no codes for no labels', () => {
    expect(encode([])).toEqual({ codes: new Int32Array(0), values: [] })
  })

  test('gives the same codes by table (labels close together) as by map (labels far apart)', () => {
    for (let salt = 0; salt < 20; salt++) {
      const close = randomLabels(200, 17, salt).map((label) => label - 8)
      const apart = close.map((label) => label * 2 ** 40)
      const { codes, values } = encode(apart)
      expect(codes).toEqual(encode(close).codes)
      expect(values).toEqual(encode(close).values.map((label) => Number(label) * 2 ** 40))
    }
  })

  test('keeps integers near ±2^53 apart', () => {
    const max = Number.MAX_SAFE_INTEGER
    expect(encode([max, max - 1, -max, max]).values).toEqual([-max, max - 1, max])
  })

  test('does not touch its input', () => {
    const labels = [3, 1, 2]
    encode(labels)
    expect(labels).toEqual([3, 1, 2])
  })

  test('refuses NaN and infinite labels, and names the first', () => {
    expect(() => encode([1, 2, NaN, NaN])).toThrow(new RangeError('metric: expected finite labels, got NaN (index 2)'))
    expect(() => encode(Float32Array.of(-Infinity))).toThrow(new RangeError('metric: expected finite labels, got -Infinity (index 0)'))
  })

  test('refuses labels of several types', () => {
    expect(() => encode([1, 'a'])).toThrow(new TypeError("metric: expected labels to hold only numbers, got the string 'a' (index 1)"))
    expect(() => encode(['a', 1])).toThrow(new TypeError('metric: expected labels to hold only strings, got number (index 1)'))
  })

  test.each([
    ['a missing label', [1, undefined], 'metric: expected labels to hold only numbers, got undefined (index 1)'],
    ['null', ['a', null], 'metric: expected labels to hold only strings, got null (index 1)'],
    ['rows', [[1, 2]], 'metric: expected labels to hold numbers or strings, got an array (index 0)'],
    ['a text', 'aab', "metric: expected labels to be an array of labels, got the string 'aab'"],
    ['a number', 3, 'metric: expected labels to be an array of labels, got number'],
    ['nothing', undefined, 'metric: expected labels to be an array of labels, got undefined'],
    ['null', null, 'metric: expected labels to be an array of labels, got null'],
    ['a Set', new Set([1]), 'metric: expected labels to be an array of labels, got an object (Set)'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'metric: expected labels to be an array of labels, got an object (DataView)'],
    [
      'a column that has to be read first',
      { length: 3, get: () => 1 },
      'metric: expected labels to be an array of labels, got an object (Object)',
    ],
  ])('refuses %s: %o', (_, labels, message) => {
    expect(() => encode(labels as never)).toThrow(new TypeError(message))
  })
})
