/**
 * @file k-means‖ (Bahmani, Moseley, Vattani, Kumar and Vassilvitskii, "Scalable k-means++", VLDB 2012): five rounds that each draw about 2k
 * points in proportion to w·D, then k-means++ over these candidates, weighted by the points that are nearest to each.
 */
import { exponentOf, limbBits, limbScales, pow2, rint, sampledMean } from '../exact.js'
import { integerExponent, maxOf, drawRow, streamOf, weightedSqDistances } from './context.js'
import type { Start } from './context.js'
import { pace } from '../pace.js'
import type { Pace } from '../pace.js'
import { formatCount } from '../numberText.js'
import { rowsText } from '../stages.js'
import type { Tell } from '../stages.js'
import { kMeansPlusPlus } from './kMeansPlusPlus.js'
import { randomInit } from './random.js'
import { inTime } from './unfinished.js'

/** Rounds, and candidates per round beside k, as in the paper's experiments. */
const ROUNDS = 5
const OVERSAMPLING = 2
/** Shares of the work, about: a round, the labels of the candidates (as many as five rounds had), k-means++ over them. */
const SHARES = { round: 0.05, labels: 0.25, reduction: 0.5 }
/** Sets the draws over the candidates apart from those over the points. */
const REDUCTION = 32_768
/** Rows between two looks at the clock. */
const GRAIN = 4096

/** k·d values. */
export function kMeansParallel(start: Start): Promise<Float32Array> {
  return inTime(start, (chosen) => drawRounds(start, chosen))
}

async function drawRounds(start: Start, chosen: number[]): Promise<Float32Array> {
  const { session, n, k, tell } = start
  const { weights } = start.preparation
  const draws = streamOf(start, 'accept')
  chosen.push(drawRow(streamOf(start, 'init').uniform(0), n, weights))
  let fresh = await session.rows(Uint32Array.from(chosen))
  const closest = new Float64Array(n).fill(Infinity)
  for (let round = 0; round < ROUNDS; round++) {
    const distances = await weightedSqDistances(start, fresh, (share) =>
      tell?.((round + share) * SHARES.round, () => `round ${round + 1} of ${ROUNDS}, ${rowsText(share)}`),
    )
    for (let i = 0; i < n; i++) if (distances[i] < closest[i]) closest[i] = distances[i]
    const max = maxOf(closest)
    if (max === 0) break
    const wanted = OVERSAMPLING * k
    const picked = await drawEach({ values: closest, max }, wanted, (i) => draws.uniform(round * n + i), pace(start.signal))
    if (picked.length === 0) continue
    for (const row of picked) chosen.push(row)
    fresh = await session.rows(Uint32Array.from(picked))
  }
  if (chosen.length <= k) return fillUp(start, chosen)
  return reduceTo(start, await session.rows(Uint32Array.from(chosen)))
}

/**
 * Draws rows, each independently of the others, with probability min(1, wanted · value / sum of the values). Values are rounded to integers
 * first, so that their sum is exact and every device draws the same rows.
 * @param potential one value per row, not negative, and the largest of them
 * @param uniform a random number in [0, 1) for each row
 */
async function drawEach(
  { values, max }: { values: Float64Array; max: number },
  wanted: number,
  uniform: (i: number) => number,
  clock: Pace,
): Promise<number[]> {
  const scale = pow2(integerExponent(max, values.length))
  let total = 0
  for (let i = 0; i < values.length; i++) total += rint(values[i] * scale)
  const picked: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (i % GRAIN === 0 && clock.due()) await clock.rest()
    const value = rint(values[i] * scale)
    if (value > 0 && uniform(i) * total < wanted * value) picked.push(i)
  }
  return picked
}

/**
 * The start where there are fewer than k candidates, since there are few points or few different ones: the missing centroids are drawn as
 * by 'random'. Rows that equal a candidate are used only if nothing else is left.
 */
async function fillUp(start: Start, chosen: number[]): Promise<Float32Array> {
  const { d, k, session } = start
  const centroids = new Float32Array(k * d)
  centroids.set(await session.rows(Uint32Array.from(chosen)))
  const others = await randomInit(start)
  const seen = new Set(Array.from({ length: chosen.length }, (_, j) => centroids.subarray(j * d, (j + 1) * d).join()))
  const fresh: Float32Array[] = []
  const repeated: Float32Array[] = []
  for (let j = 0; j < k; j++) {
    const row = others.subarray(j * d, (j + 1) * d)
    if (seen.has(row.join())) repeated.push(row)
    else fresh.push(row)
  }
  const wanted = [...fresh, ...repeated].slice(0, k - chosen.length)
  for (const [i, row] of wanted.entries()) centroids.set(row, (chosen.length + i) * d)
  return centroids
}

/** k-means++ over the candidates, each weighted by the weight of the points that are nearest to it. */
async function reduceTo(start: Start, candidates: Float32Array): Promise<Float32Array> {
  const { session, n, d, k, preparation, signal, tell } = start
  const m = candidates.length / d
  await session.setCentroids(candidates)
  await session.assign({
    signal,
    onProgress: (share) => tell?.(ROUNDS * SHARES.round + share * SHARES.labels, () => `${formatCount(m)} candidates, ${rowsText(share)}`),
  })
  const labels = (await session.labels())!
  const mass = new Float64Array(m)
  for (let i = 0; i < n; i++)
    mass[labels[i]] += preparation.weights === undefined ? 1 : rint(preparation.weights[i] * pow2(limbBits(n) - 1))
  const scale = pow2(1 - exponentOf(maxOf(mass)))
  const weights = mass.map((w) => Math.fround(w * scale))
  const points = { blocks: [candidates], n: m, d }
  const small = await start.open(points, k)
  try {
    const { max } = await small.columnStats(weights)
    const prepared = { ...preparation, weights, scales: limbScales(max, m), mean: sampledMean(points) }
    await small.prepare(prepared)
    const redo = start.redo + REDUCTION
    const onward: Tell = (share, words) => tell?.(1 - (1 - share) * SHARES.reduction, words)
    return await kMeansPlusPlus({ ...start, session: small, n: m, redo, preparation: prepared, tell: onward })
  } finally {
    small.dispose()
  }
}
