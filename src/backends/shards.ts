/**
 * @file One session made of several, each of which holds a share of the rows on a device of its own. The shares are whole blocks of 4,096
 * rows, which keeps float64 sums in their order (exact.ts, ROW_BLOCK), and limb sums are integers, which add up exactly in any order. So
 * the result equals that of a single session, bit for bit.
 */
import { ROW_BLOCK } from '../exact.js'
import type { Points } from '../points.js'
import type { AssignOptions, AssignResult, ColumnStats, Limbs, Plan, Preparation, Session, UpdateResult } from './backend.js'
import { mergeFarthest } from './farthest.js'

/** Opens a session over a share of the points. */
type Open<S extends Session> = (points: Points, plan: Plan) => Promise<S>

interface Shard {
  session: Session
  first: number
  rows: number
}

/** The M-step of all sessions together, for devices that can add up their sums without the host. */
type UpdateAll<S extends Session> = (sessions: readonly S[]) => Promise<UpdateResult>

/**
 * Opens one session over all points, in shares of about equal size. Where there are fewer blocks of rows than devices, some are not used.
 * @param devices one function per device that opens a session there
 * @param updateAll the M-step of all sessions together. Default: the host adds up their sums
 */
export async function openShards<S extends Session>(
  points: Points,
  plan: Plan,
  devices: readonly Open<S>[],
  updateAll?: UpdateAll<S>,
): Promise<Session> {
  const blocks = Math.ceil(points.n / ROW_BLOCK)
  const count = Math.min(devices.length, blocks)
  const starts = Array.from({ length: count + 1 }, (_, i) => Math.min(points.n, Math.floor((i * blocks) / count) * ROW_BLOCK))
  const budget = plan.memoryBudget === undefined ? undefined : plan.memoryBudget / count
  const opened = await Promise.allSettled(
    devices.slice(0, count).map(async (open, i) => {
      const rows = starts[i + 1] - starts[i]
      const session = await open(shareOf(points, starts[i], rows), { ...plan, memoryBudget: budget })
      return { session, first: starts[i], rows }
    }),
  )
  const shards = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = opened.find((result) => result.status === 'rejected')
  const together = updateAll && ((): Promise<UpdateResult> => updateAll(shards.map(({ session }) => session)))
  if (failed === undefined) return new ShardedSession(shards, points.d, together)
  for (const { session } of shards) session.dispose()
  throw failed.reason
}

/** Rows [first, first + rows), sharing the blocks' memory. */
function shareOf(points: Points, first: number, rows: number): Points {
  const { d } = points
  const blocks: Float32Array[] = []
  let start = 0
  for (const block of points.blocks) {
    const from = Math.max(first * d, start)
    const to = Math.min((first + rows) * d, start + block.length)
    if (from < to) blocks.push(block.subarray(from - start, to - start))
    start += block.length
  }
  return { blocks, n: rows, d }
}

class ShardedSession implements Session {
  readonly #shards: readonly Shard[]
  readonly #d: number
  readonly #updateAll: (() => Promise<UpdateResult>) | undefined
  #labelled = false
  /** A center that k-means++ has chosen already. */
  #chosen: Float32Array | null = null
  /** Set when an operation failed in some shards but not in all: they no longer agree, so every later call throws this error. */
  #broken: { error: unknown } | null = null

  constructor(shards: readonly Shard[], d: number, updateAll?: () => Promise<UpdateResult>) {
    this.#shards = shards
    this.#d = d
    this.#updateAll = updateAll
  }

  /** Most bytes of device memory held so far, of all devices together. */
  get deviceBytes(): number | undefined {
    const known = this.#shards.flatMap(({ session }) => session.deviceBytes ?? [])
    return known.length === 0 ? undefined : known.reduce((a, b) => a + b)
  }

  async columnStats(weights?: Float64Array, options?: { signal?: AbortSignal }): Promise<ColumnStats> {
    const all = await this.#all((shard) => shard.session.columnStats(part(weights, shard), options))
    const max = all[0].max.map((_, t) => all.reduce((largest, stats) => Math.max(largest, stats.max[t]), 0))
    const at = all.findIndex(({ nonFinite }) => nonFinite !== undefined)
    const found = all[at]?.nonFinite
    return { max, nonFinite: found && { ...found, row: found.row + this.#shards[at].first } }
  }

  async prepare(preparation: Preparation): Promise<Float64Array> {
    return joined(await this.#all((shard) => shard.session.prepare({ ...preparation, weights: part(preparation.weights, shard) })))
  }

  async setCentroids(centroids: Float32Array, options: { keepLabels?: boolean } = {}): Promise<void> {
    if (!options.keepLabels) this.#labelled = false
    await this.#all(({ session }) => session.setCentroids(centroids, options))
  }

  async assign(options: AssignOptions = {}): Promise<AssignResult> {
    this.#expectWhole()
    const { signal, onProgress } = options
    signal?.throwIfAborted()
    const shares = new Float64Array(this.#shards.length)
    const total = this.#shards.reduce((sum, { rows }) => sum + rows, 0)
    const assigned = (shard: Shard, i: number, stop?: AbortSignal): Promise<AssignResult> =>
      shard.session.assign({
        signal: stop,
        onProgress:
          onProgress &&
          ((share) => {
            shares[i] = share * shard.rows
            onProgress(shares.reduce((sum, rows) => sum + rows, 0) / total)
          }),
      })
    const results = await Promise.allSettled(this.#shards.map((shard, i) => assigned(shard, i, signal)))
    const aborted = (result: PromiseSettledResult<AssignResult>): boolean =>
      result.status === 'rejected' && signal !== undefined && signal.aborted && Object.is(result.reason, signal.reason)
    if (results.every(aborted)) throw signal!.reason
    // If some shards had finished before the abort, it came too late: the E-step is completed in the others, so that all agree.
    const all = await this.#all((shard, i) => {
      const result = results[i]
      if (result.status === 'fulfilled') return Promise.resolve(result.value)
      return aborted(result) ? assigned(shard, i) : Promise.reject(result.reason)
    })
    this.#labelled = true
    return {
      changed: all.reduce((sum, { changed }) => sum + changed, 0),
      rechecked: all.reduce((sum, { rechecked }) => sum + rechecked, 0),
    }
  }

  async sums(): Promise<Limbs> {
    const [first, ...others] = await this.#all(({ session }) => session.sums())
    const sums = { hi: first.hi.slice(), lo: first.lo.slice(), counts: first.counts.slice(), countsLow: first.countsLow.slice() }
    for (const other of others) for (const name of LIMBS) for (let i = 0; i < sums[name].length; i++) sums[name][i] += other[name][i]
    return sums
  }

  async update(given?: Limbs): Promise<UpdateResult> {
    const several = given === undefined && this.#shards.length > 1
    if (several && this.#updateAll !== undefined) return this.#whole(this.#updateAll)
    const sums = several ? await this.sums() : given
    return (await this.#all(({ session }) => session.update(sums)))[0]
  }

  async step(options: AssignOptions = {}): Promise<AssignResult & UpdateResult> {
    const assigned = await this.assign(options)
    return { ...assigned, ...(await this.update()) }
  }

  async replace(ids: Uint32Array, rows: Float32Array): Promise<void> {
    await this.#all(({ session }) => session.replace(ids, rows))
  }

  async rows(ids: Uint32Array): Promise<Float32Array> {
    const d = this.#d
    const owner = Array.from(ids, (id) => this.#shards.findIndex(({ first, rows }) => id < first + rows))
    const parts = await this.#all(({ session, first }, i) => session.rows(ids.filter((_, at) => owner[at] === i).map((id) => id - first)))
    const next = parts.map(() => 0)
    const copy = new Float32Array(ids.length * d)
    owner.forEach((i, at) => copy.set(parts[i].subarray(next[i], (next[i] += d)), at * d))
    return copy
  }

  async farthest(m: number): Promise<{ rows: Uint32Array; sqDistances: Float64Array }> {
    const parts = await this.#all(async ({ session, first }) => {
      const { rows, sqDistances } = await session.farthest(m)
      return { rows: rows.map((row) => row + first), sqDistances }
    })
    return mergeFarthest(parts, m)
  }

  async sqDistances(): Promise<Float64Array> {
    return joined(await this.#all(({ session }) => session.sqDistances()))
  }

  async blockInertia(): Promise<Float64Array> {
    return joined(await this.#all(({ session }) => session.blockInertia()))
  }

  async centroids(which: 'current' | 'labelled' = 'current', ids?: Uint32Array): Promise<Float32Array> {
    this.#expectWhole()
    return this.#shards[0].session.centroids(which, ids)
  }

  async labels(): Promise<Int32Array | null> {
    if (!this.#labelled) return null
    const parts = await this.#all(({ session }) => session.labels())
    const all = new Int32Array(parts.reduce((sum, labels) => sum + labels!.length, 0))
    this.#shards.forEach(({ first }, i) => all.set(parts[i]!, first))
    return all
  }

  async seedWith(centers: Float32Array, options: { anew?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    this.#chosen = centers.slice(0, this.#d)
    return (await this.#all(({ session }) => session.seedWith(centers, options))).reduce((a, b) => Math.max(a, b))
  }

  async potentials(candidates: Float32Array, exponent: number, options: { signal?: AbortSignal } = {}): Promise<Float64Array> {
    const [first, ...others] = await this.#all(({ session }) => session.potentials(candidates, exponent, options))
    return first.map((sum, j) => others.reduce((total, potentials) => total + potentials[j], sum))
  }

  async pick(uniforms: Float64Array, exponent: number): Promise<Uint32Array> {
    if (this.#chosen === null) throw new Error('Session: expected seedWith before, got none')
    // Adding a center that is chosen already changes no row's closest distance, so its potential is the shard's present sum.
    const chosen = this.#chosen
    const totals = await this.#all(async ({ session }) => (await session.potentials(chosen, exponent))[0])
    const total = totals.reduce((a, b) => a + b)
    const rows = new Uint32Array(uniforms.length)
    if (total === 0) return rows
    const targets = uniforms.map((u) => Math.floor(u * total))
    let before = 0
    await this.#all(async ({ session, first }, i) => {
      const from = before
      before += totals[i]
      const mine = Array.from(targets.keys()).filter((at) => targets[at] >= from && targets[at] < from + totals[i])
      if (mine.length === 0) return
      const picked = await session.pick(
        Float64Array.from(mine, (at) => shareReaching(targets[at] - from, totals[i])),
        exponent,
      )
      mine.forEach((at, place) => (rows[at] = first + picked[place]))
    })
    return rows
  }

  dispose(): void {
    for (const { session } of this.#shards) session.dispose()
  }

  #expectWhole(): void {
    if (this.#broken !== null) throw this.#broken.error
  }

  /** Runs an operation of all shards together. If it fails, the session cannot be used any more. */
  async #whole<T>(operation: () => Promise<T>): Promise<T> {
    this.#expectWhole()
    return operation().catch((error: unknown) => {
      this.#broken = { error }
      throw error
    })
  }

  /**
   * Runs an operation in every shard and returns the results in order. If it fails in some shards only, the session cannot be used any
   * more.
   */
  async #all<T>(operation: (shard: Shard, index: number) => Promise<T>): Promise<T[]> {
    this.#expectWhole()
    const results = await Promise.allSettled(this.#shards.map(operation))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed === undefined) return results.map((result) => (result as PromiseFulfilledResult<Awaited<T>>).value)
    if (results.some((result) => result.status === 'fulfilled')) this.#broken = { error: failed.reason }
    throw failed.reason
  }
}

const LIMBS = ['hi', 'lo', 'counts', 'countsLow'] as const

/** A u in [0, 1) with ⌊u·total⌋ = target: target / total, plus a little where the division was rounded down. */
function shareReaching(target: number, total: number): number {
  let u = target / total
  while (Math.floor(u * total) < target) u += u * 2 ** -52
  return u
}

/** A shard's share of an array with one value per row. */
function part(values: Float64Array | undefined, { first, rows }: Shard): Float64Array | undefined {
  return values?.subarray(first, first + rows)
}

/** The arrays, joined into one. */
function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, values) => sum + values.length, 0))
  let at = 0
  for (const values of parts) {
    all.set(values, at)
    at += values.length
  }
  return all
}
