/**
 * @file The repair of empty clusters after an update, by the option emptyCluster. Every method goes through the empty clusters once, in
 * ascending order, and never takes the last point of another cluster.
 */
import type { Session } from './backends/backend.js'
import { clusterWeight, normalize, pow2, rint, shiftOf, updateCluster } from './exact.js'
import type { ClusterSums, Scales } from './exact.js'
import type { EmptyCluster } from './options.js'
import { STREAM, random } from './random.js'
import type { Random } from './random.js'

/** What the repair needs to know of the run. */
export interface RepairContext {
  session: Session
  n: number
  d: number
  scales: Scales
  mean: Float32Array
  weights?: Float64Array
  spherical: boolean
  emptyCluster: EmptyCluster
  seed: number
  redo: number
}

/** The new centroids by index of their cluster. They are gathered first and then written to the session at once. */
type Changes = Map<number, Float32Array>

/** How far 'split' moves the two halves of a cluster apart, relative to each value: faiss's EPS. */
const NUDGE = 1 / 1024

/**
 * Gives new centroids to the clusters with count 0.
 * @param counts IN k values: points of each cluster, or their weights
 * @param shifts INOUT k values: how far each centroid moved; corrected for those that are replaced here
 * @param iteration from 1; every iteration draws other random numbers
 * @returns how many empty clusters were given a centroid
 */
export async function repairEmptyClusters(
  c: RepairContext,
  counts: Float64Array,
  shifts: Float64Array,
  iteration: number,
): Promise<number> {
  const empty: number[] = []
  for (let j = counts.indexOf(0); j >= 0; j = counts.indexOf(0, j + 1)) empty.push(j)
  if (empty.length === 0 || c.emptyCluster === 'keep') return 0
  const rng = random(c.seed, STREAM.repair + c.redo * 65_536)
  const changes = await REPAIRS[c.emptyCluster]({ ...c, empty, counts, iteration, rng })
  if (changes.size === 0) return 0

  const { d } = c
  const ids = Uint32Array.from(changes.keys())
  const before = await c.session.centroids('labelled', ids)
  const rows = new Float32Array(ids.length * d)
  ids.forEach((j, i) => {
    rows.set(changes.get(j)!, i * d)
    shifts[j] = shiftOf(rows, i * d, before, i * d, d)
  })
  await c.session.replace(ids, rows)
  return empty.filter((j) => changes.has(j)).length
}

interface Repair extends RepairContext {
  empty: number[]
  counts: Float64Array
  iteration: number
  rng: Random
}

const REPAIRS: Record<Exclude<EmptyCluster, 'keep'>, (repair: Repair) => Promise<Changes>> = { random: drawn, farthest, split }

/** 'random', as in the Python library: the centroid becomes a row drawn at random. */
async function drawn({ session, n, d, empty, counts, iteration, rng, spherical }: Repair): Promise<Changes> {
  const k = counts.length
  const ids = Uint32Array.from(empty, (j) => rng.integer(iteration * k + j, n))
  const rows = await session.rows(ids)
  return new Map(empty.map((j, i) => [j, onSphere(spherical, rows.subarray(i * d, (i + 1) * d))]))
}

/**
 * 'farthest', as in scikit-learn: the centroid becomes the row farthest from its own centroid. That row is taken out of the sums of its
 * cluster, the donor, whose centroid moves accordingly.
 */
async function farthest(repair: Repair): Promise<Changes> {
  const { session, n, d, empty, scales, weights } = repair
  const weighted = weights !== undefined
  const labels = (await session.labels())!
  const { hi, lo, counts, countsLow } = await session.sums()
  const before = await session.centroids('labelled')
  const changes: Changes = new Map()
  const taken = new Map<number, Omit<ClusterSums, 'at'>>()
  let wanted = 0
  let asked = Math.min(n, 2 * empty.length + 16)
  let candidates = await session.farthest(asked)
  for (let i = 0; wanted < empty.length && i < n; i++) {
    if (i === asked) {
      asked = Math.min(n, asked * 4)
      candidates = await session.farthest(asked)
    }
    if (candidates.sqDistances[i] === 0) break
    const row = candidates.rows[i]
    const donor = labels[row]
    const weight = weights === undefined ? 1 : weights[row]
    const count = weighted ? rint(weight * pow2(scales.bits - 1)) : 1
    const countLow = weighted ? rint((weight * pow2(scales.bits - 1) - count) * pow2(scales.bits)) : 0
    const sums = taken.get(donor) ?? {
      hi: hi.slice(donor * d, (donor + 1) * d),
      lo: lo.slice(donor * d, (donor + 1) * d),
      count: counts[donor],
      countLow: countsLow[donor],
    }
    // A cluster keeps its last point with a weight above 0.
    const left = clusterWeight(sums.count - count, sums.countLow - countLow, scales.bits, weighted)
    if (weight === 0 || left <= 0) continue
    const x = await session.rows(Uint32Array.of(row))
    for (let t = 0; t < d; t++) {
      const value = weight * x[t] * pow2(scales.exponents[t])
      const high = rint(value)
      sums.hi[t] -= high
      sums.lo[t] -= rint((value - high) * pow2(scales.bits))
    }
    sums.count -= count
    sums.countLow -= countLow
    taken.set(donor, sums)
    changes.set(empty[wanted++], onSphere(repair.spherical, x))
  }
  for (const [donor, sums] of taken) {
    const next = new Float32Array(d)
    updateCluster({ ...sums, at: 0 }, before.slice(donor * d, (donor + 1) * d), next, { ...repair, weighted })
    changes.set(donor, next)
  }
  return changes
}

/** 'split', as in faiss: a donor is drawn, large clusters more likely, and both get the donor's centroid, moved slightly apart. */
async function split(repair: Repair): Promise<Changes> {
  const { session, d, empty, iteration, rng } = repair
  const sizes = await clusterSizes(repair)
  const centroids = await session.centroids()
  const k = sizes.length
  const changes: Changes = new Map()
  for (const j of empty) {
    let total = 0
    for (const size of sizes) total += Math.max(0, size - 1)
    if (total === 0) break
    let target = rng.integer(iteration * k + j, total)
    const donor = sizes.findIndex((size) => (target -= Math.max(0, size - 1)) < 0)
    const given = new Float32Array(d)
    const kept = changes.get(donor) ?? centroids.slice(donor * d, (donor + 1) * d)
    for (let t = 0; t < d; t++) {
      const sign = t % 2 === 0 ? 1 : -1
      given[t] = kept[t] * (1 + sign * NUDGE)
      kept[t] = kept[t] * (1 - sign * NUDGE)
    }
    sizes[j] = Math.floor(sizes[donor] / 2)
    sizes[donor] -= sizes[j]
    changes.set(j, onSphere(repair.spherical, given))
    changes.set(donor, onSphere(repair.spherical, kept))
  }
  return changes
}

function onSphere(spherical: boolean, row: Float32Array): Float32Array {
  if (spherical) normalize(row, 0, row.length)
  return row
}

/** The number of points of each cluster, whatever their weights. */
async function clusterSizes({ session, counts, weights }: Repair): Promise<Float64Array> {
  if (weights === undefined) return counts.slice()
  const sizes = new Float64Array(counts.length)
  for (const label of (await session.labels())!) sizes[label]++
  return sizes
}
