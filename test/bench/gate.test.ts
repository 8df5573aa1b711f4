import { describe, expect, test } from 'vitest'
import { objectiveOf, sampledVerdict, verdictBeside } from '../../bench/gate.js'
import { nearest } from '../../src/exact.js'
import { random } from '../../src/random.js'

const [n, d, k] = [3000, 7, 600]
const { uniform } = random(3, 1)
const x = Float32Array.from({ length: n * d }, (_, i) => uniform(i) - 0.5)
const centroids = Float32Array.from({ length: k * d }, (_, i) => uniform(1e6 + i) - 0.5)
const points = { blocks: [x.subarray(0, 1000 * d), x.subarray(1000 * d)], n, d }
const right = Int32Array.from({ length: n }, (_, i) => nearest(x, i * d, centroids, k, d))

const planted = right.slice()
for (let i = 0; i < n; i += 100) planted[i] = (right[i] + 1 + (i % 7)) % k

describe('the gate of the benchmark', () => {
  test('finds nothing wrong with the labels of the definition', () => {
    expect(sampledVerdict(points, centroids, right)).toStrictEqual({ checkedRows: n, wrong: 0, wrongPerMillion: 0 })
    expect(verdictBeside(points, centroids, right, right).wrong).toBe(0)
  })

  test('counts every planted label, by the definition and beside better labels', () => {
    expect(sampledVerdict(points, centroids, planted)).toStrictEqual({ checkedRows: n, wrong: 30, wrongPerMillion: 1e4 })
    expect(verdictBeside(points, centroids, planted, right)).toStrictEqual({ checkedRows: n, wrong: 30, wrongPerMillion: 1e4 })
  })

  test('takes a label out of range, and the higher of two equal centroids, for wrong', () => {
    const twice = new Float32Array([...centroids, ...centroids])
    const upper = right.map((label) => label + k)
    const outside = right.map(() => -1)
    for (const labels of [upper, outside]) {
      expect(sampledVerdict(points, twice, labels).wrong).toBe(n)
      expect(verdictBeside(points, twice, labels, right).wrong).toBe(n)
    }
    expect(sampledVerdict(points, twice, right).wrong).toBe(0)
  })

  test('does not count a label as wrong that is nearer than the other', () => {
    expect(verdictBeside(points, centroids, right, planted).wrong).toBe(0)
  })

  test('judges labels of rounded points by the rounded points', () => {
    const one = { blocks: [new Float32Array([1 + 2 ** -12])], n: 1, d: 1 }
    const between = new Float32Array([1 + 2 ** -11, 1])
    expect(sampledVerdict(one, between, new Int32Array([0])).wrong).toBe(0)
    expect(sampledVerdict(one, between, new Int32Array([1]), true).wrong).toBe(0)
    expect(sampledVerdict(one, between, new Int32Array([0]), true).wrong).toBe(1)
  })

  test('sums squared distances over blocks', () => {
    const square = { blocks: [new Float32Array([0, 0]), new Float32Array([3, 4])], n: 2, d: 2 }
    expect(objectiveOf(square, new Float32Array([0, 0, 1, 1]), new Int32Array([1, 0]))).toBe(2 + 25)
  })
})
