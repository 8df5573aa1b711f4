/** @file Seeded points of the bench: blobs around k centres, unit-norm rows as token embeddings have, and a cloud without clusters. */
import { random } from '../../src/random.js'

export interface BenchCase {
  name: string
  kind: 'blobs' | 'tokens' | 'iid'
  n: number
  d: number
  k: number
  niter: number
}

/** What runs without --case. */
export const CASES: readonly BenchCase[] = [
  { name: 'blobs', kind: 'blobs', n: 102_400, d: 128, k: 1024, niter: 10 },
  { name: 'tokens', kind: 'tokens', n: 102_400, d: 128, k: 1024, niter: 10 },
]

/** Distance of the centres, in units of the noise. */
const SPREAD = { blobs: 2, tokens: 1, iid: 0 }

/** n·d values, and k·d to start from: k rows drawn from all. */
export function makeCase({ kind, n, d, k }: BenchCase, seed = 0): { x: Float32Array; start: Float32Array } {
  const { uniform } = random(seed, 7)
  // Sums of four uniform numbers are near enough to a normal distribution.
  const noise = (i: number): number => uniform(i) + uniform(i + 2 ** 40) + uniform(i + 2 ** 41) + uniform(i + 2 ** 42) - 2
  const centres = Float32Array.from({ length: k * d }, (_, i) => noise(2 ** 45 + i) * SPREAD[kind])
  const x = new Float32Array(n * d)
  for (let i = 0; i < n; i++) {
    const centre = Math.floor(uniform(2 ** 46 + i) * k) * d
    let norm = 0
    for (let t = 0; t < d; t++) {
      const value = centres[centre + t] + noise(i * d + t)
      x[i * d + t] = value
      norm += value * value
    }
    if (kind === 'tokens') for (let t = 0; t < d; t++) x[i * d + t] /= Math.sqrt(norm)
  }
  const start = new Float32Array(k * d)
  for (let j = 0; j < k; j++) {
    const row = Math.floor((j * n) / k)
    start.set(x.subarray(row * d, (row + 1) * d), j * d)
  }
  return { x, start }
}
