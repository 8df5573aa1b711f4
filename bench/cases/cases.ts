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

const row = (name: string, kind: Kind, n: number, d: number, k: number, niter: number, more: Partial<BenchCase> = {}): BenchCase => ({
  name,
  kind,
  n,
  d,
  k,
  niter,
  ...more,
})

/** `npm run bench -- cpu`: the most important first, and the longest last, which goes where time is short. */
export const CPU_CASES: readonly BenchCase[] = [
  row('blobs-1024', 'blobs', 102_400, 128, 1024, 10),
  row('blobs-1024-25', 'blobs', 102_400, 128, 1024, 25),
  row('tokens-1024', 'tokens', 102_400, 128, 1024, 10),
  row('tokens-1024-25', 'tokens', 102_400, 128, 1024, 25),
  row('blobs-2048', 'blobs', 204_800, 128, 2048, 10),
  row('tokens-2048', 'tokens', 204_800, 128, 2048, 10),
  row('iid-1024', 'iid', 102_400, 128, 1024, 10),
  row('scaled-1024', 'scaled', 102_400, 128, 1024, 10),
  row('fashion-10', 'fashion', 60_000, 784, 10, 10),
  row('fashion-100', 'fashion', 60_000, 784, 100, 10),
  row('fashion-1000', 'fashion', 60_000, 784, 1000, 10),
  row('bytes-1000', 'bytes', 100_000, 128, 1000, 10),
  row('blobs-10', 'blobs', 102_400, 128, 10, 10),
  row('blobs-100', 'blobs', 102_400, 128, 100, 10),
  row('d2-10', 'blobs', 100_000, 2, 10, 10),
  row('d2-1000', 'blobs', 100_000, 2, 1000, 10),
  row('d16-10', 'blobs', 100_000, 16, 10, 10),
  row('d16-1000', 'blobs', 100_000, 16, 1000, 10),
  row('d1536-256', 'embeddings', 20_480, 1536, 256, 10),
  row('seeding-1000', 'blobs', 102_400, 128, 1000, 1, { init: 'k-means++' }),
  row('blobs-8192', 'blobs', 819_200, 128, 8192, 2),
]

/** The seed's protocol: n = 100·k, d = 128, 10 iterations; structured points (blobs), or random ones (iid). */
export function seedCase(k: number, structured: boolean): BenchCase {
  return row(`${structured ? 'structured' : 'random'}-${k}`, structured ? 'blobs' : 'iid', 100 * k, 128, k, 10)
}

/** The Python library's default of 25 iterations, on a GPU. */
export const LONG_GPU_CASES: readonly BenchCase[] = [
  row('structured-8192-25', 'blobs', 819_200, 128, 8192, 25),
  row('tokens-8192-25', 'tokens', 819_200, 128, 8192, 25),
]

/** Sizes that grow by factors of 2, one after the other: fitted exponents of time. Five iterations. */
export const GROWTH_CASES: Readonly<Record<'n' | 'k' | 'd', readonly BenchCase[]>> = {
  n: [51_200, 102_400, 204_800, 409_600].map((n) => row(`n-${n}`, 'tokens', n, 128, 512, 5)),
  k: [256, 512, 1024, 2048, 4096].map((k) => row(`k-${k}`, 'tokens', 102_400, 128, k, 5)),
  d: [64, 128, 256, 512, 1024].map((d) => row(`d-${d}`, 'tokens', 51_200, d, 512, 5)),
}

/** Peak memory of one training. */
export const MEMORY_CASES: readonly BenchCase[] = [
  row('memory-409600', 'blobs', 409_600, 128, 1024, 3),
  row('memory-fashion', 'fashion', 60_000, 784, 100, 3),
  row('memory-d16', 'blobs', 1_000_000, 16, 100, 3),
]

/** Quality over seeds and starts. */
export const QUALITY_CASES: readonly BenchCase[] = [
  row('iris', 'iris', 150, 4, 3, 25),
  row('wine', 'wine', 178, 13, 3, 25),
  row('digits', 'digits', 1797, 64, 10, 25),
  row('mnist', 'mnist', 10_000, 784, 10, 25),
  row('structured-256', 'blobs', 25_600, 128, 256, 10),
  row('tokens-256', 'tokens', 25_600, 128, 256, 10),
]

/** Seconds on two cores, for every change. */
export const SMOKE_CASES: readonly BenchCase[] = [
  row('smoke-blobs', 'blobs', 20_480, 64, 64, 10),
  row('smoke-tokens', 'tokens', 8192, 100, 300, 5),
]

/** Multiplications of one E-step over all iterations. */
export const workOf = ({ n, d, k, niter }: BenchCase): number => n * d * k * niter
