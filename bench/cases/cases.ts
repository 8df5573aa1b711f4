/** @file What is trained: the points by kind and shape, the start, and how many iterations. Every library gets the same bytes. */

/**
 * blobs: the Python library's benchmark, centres 10·N(0, 1) and noise 5·N(0, 1). tokens: unit-norm rows around unit-norm centres, as token
 * embeddings are. iid: noise without clusters. scaled: the same with the first column × 1000. bytes: non-negative integers of about norm
 * 512, as SIFT's. embeddings: unit-norm rows whose columns fall off in size. fashion: Fashion-MNIST's 60,000 images.
 */
export type Kind = 'blobs' | 'tokens' | 'iid' | 'scaled' | 'bytes' | 'embeddings' | 'fashion' | RealKind

/** The packaged sets. */
export type RealKind = 'iris' | 'wine' | 'digits' | 'mnist'

/** How a training starts: from k rows drawn once and given to all, or by a rule that every library follows with its own random numbers. */
export type Start = 'rows' | 'k-means++' | 'k-means||' | 'afk-mc2'

export interface BenchCase {
  name: string
  kind: Kind
  n: number
  d: number
  k: number
  niter: number
  /** Default 'rows'. Any other is part of the time. */
  init?: Start
  /** Seed of the start; the points have one of their own. Default 0. */
  seed?: number
}

const row = (name: string, kind: Kind, rest: Omit<BenchCase, 'name' | 'kind'>): BenchCase => ({ name, kind, ...rest })

/** The cases of `npm run bench -- cpu`: the most important first; the longest last, as it is the one left out where time is short. */
export const CPU_CASES: readonly BenchCase[] = [
  row('blobs-1024', 'blobs', { n: 102_400, d: 128, k: 1024, niter: 10 }),
  row('blobs-1024-25', 'blobs', { n: 102_400, d: 128, k: 1024, niter: 25 }),
  row('tokens-1024', 'tokens', { n: 102_400, d: 128, k: 1024, niter: 10 }),
  row('tokens-1024-25', 'tokens', { n: 102_400, d: 128, k: 1024, niter: 25 }),
  row('blobs-2048', 'blobs', { n: 204_800, d: 128, k: 2048, niter: 10 }),
  row('tokens-2048', 'tokens', { n: 204_800, d: 128, k: 2048, niter: 10 }),
  row('iid-1024', 'iid', { n: 102_400, d: 128, k: 1024, niter: 10 }),
  row('scaled-1024', 'scaled', { n: 102_400, d: 128, k: 1024, niter: 10 }),
  row('fashion-10', 'fashion', { n: 60_000, d: 784, k: 10, niter: 10 }),
  row('fashion-100', 'fashion', { n: 60_000, d: 784, k: 100, niter: 10 }),
  row('fashion-1000', 'fashion', { n: 60_000, d: 784, k: 1000, niter: 10 }),
  row('bytes-1000', 'bytes', { n: 100_000, d: 128, k: 1000, niter: 10 }),
  row('blobs-10', 'blobs', { n: 102_400, d: 128, k: 10, niter: 10 }),
  row('blobs-100', 'blobs', { n: 102_400, d: 128, k: 100, niter: 10 }),
  row('d2-10', 'blobs', { n: 100_000, d: 2, k: 10, niter: 10 }),
  row('d2-1000', 'blobs', { n: 100_000, d: 2, k: 1000, niter: 10 }),
  row('d16-10', 'blobs', { n: 100_000, d: 16, k: 10, niter: 10 }),
  row('d16-1000', 'blobs', { n: 100_000, d: 16, k: 1000, niter: 10 }),
  row('d1536-256', 'embeddings', { n: 20_480, d: 1536, k: 256, niter: 10 }),
  row('seeding-1000', 'blobs', { n: 102_400, d: 128, k: 1000, niter: 1, init: 'k-means++' }),
  row('blobs-8192', 'blobs', { n: 819_200, d: 128, k: 8192, niter: 2 }),
]

/** The seed's protocol: n = 100·k, d = 128, 10 iterations; structured points (blobs), or random ones (iid). */
export function seedCase(k: number, structured: boolean): BenchCase {
  return row(`${structured ? 'structured' : 'random'}-${k}`, structured ? 'blobs' : 'iid', { n: 100 * k, d: 128, k, niter: 10 })
}

/** The Python library's default of 25 iterations, on a GPU. */
export const LONG_GPU_CASES: readonly BenchCase[] = [
  row('structured-8192-25', 'blobs', { n: 819_200, d: 128, k: 8192, niter: 25 }),
  row('tokens-8192-25', 'tokens', { n: 819_200, d: 128, k: 8192, niter: 25 }),
]

/** Along each axis sizes that double, for the exponent with which time grows. Five iterations. */
export const GROWTH_CASES: Readonly<Record<'n' | 'k' | 'd', readonly BenchCase[]>> = {
  n: [51_200, 102_400, 204_800, 409_600].map((n) => row(`n-${n}`, 'tokens', { n, d: 128, k: 512, niter: 5 })),
  k: [256, 512, 1024, 2048, 4096].map((k) => row(`k-${k}`, 'tokens', { n: 102_400, d: 128, k, niter: 5 })),
  d: [64, 128, 256, 512, 1024].map((d) => row(`d-${d}`, 'tokens', { n: 51_200, d, k: 512, niter: 5 })),
}

/** Cases whose peak memory is measured. */
export const MEMORY_CASES: readonly BenchCase[] = [
  row('memory-409600', 'blobs', { n: 409_600, d: 128, k: 1024, niter: 3 }),
  row('memory-fashion', 'fashion', { n: 60_000, d: 784, k: 100, niter: 3 }),
  row('memory-d16', 'blobs', { n: 1_000_000, d: 16, k: 100, niter: 3 }),
]

/** Cases whose objective and NMI are compared over seeds and starts. */
export const QUALITY_CASES: readonly BenchCase[] = [
  row('iris', 'iris', { n: 150, d: 4, k: 3, niter: 25 }),
  row('wine', 'wine', { n: 178, d: 13, k: 3, niter: 25 }),
  row('digits', 'digits', { n: 1797, d: 64, k: 10, niter: 25 }),
  row('mnist', 'mnist', { n: 10_000, d: 784, k: 10, niter: 25 }),
  row('structured-256', 'blobs', { n: 25_600, d: 128, k: 256, niter: 10 }),
  row('tokens-256', 'tokens', { n: 25_600, d: 128, k: 256, niter: 10 }),
]

/** Cases that take seconds on two cores, for a look at every change. */
export const SMOKE_CASES: readonly BenchCase[] = [
  row('smoke-blobs', 'blobs', { n: 20_480, d: 64, k: 64, niter: 10 }),
  row('smoke-tokens', 'tokens', { n: 8192, d: 100, k: 300, niter: 5 }),
]

/** Multiplications in the E-steps of a whole training. */
export const workOf = ({ n, d, k, niter }: BenchCase): number => n * d * k * niter
