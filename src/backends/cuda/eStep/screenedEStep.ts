/**
 * @file The exact E-step by screening. Points are packed once in fp16 or int8 (in fp16 every time, where they are very many: panels.ts);
 * then, every time: centroids are packed, every row gets a certified limit from its label before, tensor cores give scores of all pairs
 * and drop what provably lies below the limit (kernels/bound.cuh), and the few that are left are settled in float64. Rows of which too
 * many are left are screened again: in fp16 after int8, in float32 after fp16.
 *
 * Late E-steps do less: near rows meet only the centroids that moved (screenPlan.ts). And rows are packed in the order of their labels once
 * these have settled, or, with many centroids, gathered in that order before (labelOrder.ts): the screen is faster for it by a fifth and
 * more.
 */
import type { CudaContext } from '../context/context.js'
import { takeTogether } from '../context/memory.js'
import type { Pointer } from '../driver/api.js'
import { TALLY } from '../screen/candidates.js'
import { createCentroidPacker } from '../screen/packedCentroids.js'
import { packedPoints } from '../screen/packedPoints.js'
import { createRowSort } from '../screen/rowSort.js'
import type { Leavings, ScreenChoice } from '../screen/screenChoice.js'
import { createScreenPass } from '../screen/screenPass.js'
import type { Step } from '../screen/screenPass.js'
import type { EStep, EStepPoints } from './eStepTypes.js'
import { newScreenMemory } from './handedOn.js'
import type { HandedOn, ScreenMemory } from './handedOn.js'
import { createLabelOrder } from './labelOrder.js'
import { createLimits } from './limits.js'
import { createRowScreen } from './rowScreen.js'
import { createPlanner, pairsByRule, tooShortToWait } from './screenPlan.js'

interface ScreenOptions {
  /** Rows are put together whether it pays or not; for tests. */
  eager?: boolean
  /** Of points that pass in panels: what this E-step has of the one before, and leaves to the next; its owner says when one is complete. */
  handed?: HandedOn
}

/** Packs the points; memory is held until dispose(). */
export function createScreenedEStep(
  context: CudaContext,
  points: EStepPoints,
  choice: ScreenChoice,
  { eager = false, handed }: ScreenOptions = {},
): EStep {
  const { n, d } = points
  const parts = createParts(context, points, handed, eager)
  const { packed, kept, pass, memory, packer, byLabel, certified, screen, plan } = parts
  const { limits, tally, keys } = kept
  /** Centroids of the last E-step; 0: none yet. */
  let lastCount = 0

  /** Packs the points as the next E-step wants them. @param labels those of the E-step before, or 0: there are none */
  function pack(k: number, labels: Pointer): void {
    const format = choice.formatFor(k, n * k * d, labels !== 0, pass.hasInt8)
    // Those that are packed in every E-step come in order anew.
    if (!packed.keeps(format)) byLabel.forget()
    const stale = labels !== 0 && pass.tensor && packed.keeps(format) && byLabel.settle(labels, k)
    if (stale || !packed.holds(format)) packed.pack(format, byLabel.base, screen.room)
  }

  /**
   * Screens what the labels before, if any, leave to be screened.
   * @param moved a byte for each centroid, or 0
   * @param ahead without a wait
   */
  async function assignAll(step: Step, before: Pointer, moved: Pointer, ahead: boolean): Promise<void> {
    const { centroids, k, labels } = step
    const { format } = packed
    if (before === 0) {
      certified.unknown(limits, n)
      screen.expect(n * k)
      await screen.assign({ order: undefined, count: n, near: false, known: false }, packer.all(centroids, k, format), step)
      return
    }
    const own = { bounds: packed.bounds, squares: packed.squares, limits, keys, tally }
    certified.certify(centroids, k, { before, after: labels, order: byLabel.base }, moved, n, own)
    const all = packer.all(centroids, k, format)
    const { far, near, movedCount } = await plan({ k, format, moved, ahead })
    screen.expect(far.count * k + (near?.count ?? 0) * movedCount)
    await screen.assign(far, all, step)
    if (near === undefined || movedCount === 0 || near.count === 0) return
    await screen.assign(near, packer.moved(centroids, movedCount, format), step)
  }

  /** The tally of an E-step in int8, which may have left rows open, once these are screened in fp16. */
  async function closeOpenRows(step: Step, known: boolean): Promise<ArrayBuffer> {
    const { centroids, k } = step
    const { buffer } = await context.read(new Uint8Array(TALLY.bytes), tally)
    const open = openRows(buffer)
    if (open > 0) await screen.assignOpen(keys, open, known, packer.all(centroids, k, 'fp16'), step)
    return buffer
  }

  return {
    async give(centroids, k, { before, after: labels }, { hasPrevious, signal, onProgress, ahead = false }) {
      const step = { centroids, k, labels, signal, onProgress }
      const known = hasPrevious && (lastCount === 0 || lastCount === k)
      lastCount = k
      screen.begin()
      if (hasPrevious && !known) context.copy(labels, before, n * 4)
      pass.begin()
      if (!memory.measured) memory.moved = packer.measure(centroids, k, known ? tally + TALLY.moved : 0)
      const { moved } = memory
      pack(k, known ? before : 0)
      await assignAll(step, known ? before : 0, moved, ahead)
      const { format } = packed
      const first = format === 'int8' ? await closeOpenRows(step, known) : undefined
      if (!handed) packer.remember(k)
      const told = byLabel.given()
      const { pairs } = screen
      return {
        counters: [tally, TALLY.bytes],
        done(counters) {
          const [all, rechecked] = new BigUint64Array(counters, 0, 2)
          const changed = hasPrevious ? Number(all) : n
          const tallied = first ?? counters
          learn(memory, tallied, { n, k, format, compared: moved !== 0, panels: handed !== undefined })
          told(changed)
          choice.done({ format, rows: n, pairs, changed, ...leftIn(tallied, format) })
          return { changed, rechecked: Number(rechecked) }
        },
      }
    },
    // More would be worth a wait, to learn what is near.
    quick: (k) => pass.tensor && tooShortToWait(points, k) && choice.formatFor(k, n * k * d, true, pass.hasInt8) === 'fp16',
    drop() {
      packer.forget()
      byLabel.drop()
    },
    reserve(k) {
      packer.reserve(k)
      pack(k, 0)
    },
    get bytes(): number {
      return parts.held.reduce((sum, part) => sum + part.bytes, kept.bytes)
    },
    dispose(): void {
      for (const part of parts.held) part.dispose()
      context.free(kept.held)
    },
  }
}

/** What a screened E-step is made of; `held`: what holds memory, besides `kept`, until dispose(). */
function createParts(context: CudaContext, points: EStepPoints, handed: HandedOn | undefined, eager: boolean) {
  const { n, d, mean } = points
  const packed = packedPoints(context, points)
  const sizes = { limits: packed.padded * 4, distances: handed ? 0 : n * 4, tally: TALLY.bytes, keys: n * 4, order: n * 4 }
  /** Keys: what rows are ordered by, before they are screened; then the rows that int8 leaves open. */
  const kept = takeTogether(context, sizes, 'limits and orders of the points')
  const { limits, tally, keys, order } = kept
  const { distances } = handed ?? kept
  const pass = createScreenPass(context, points, { tally, distances, openRows: keys })
  const memory = handed?.memory ?? newScreenMemory()
  const packer = (memory.packer ??= createCentroidPacker(context, { mean, d, together: pass.halves }))
  const rowSort = createRowSort(context, n)
  const byLabel = createLabelOrder(context, points, rowSort, eager)
  const certified = createLimits(context, points, distances)
  const screen = createRowScreen(context, points, { packed, limits, tally, certified, pass, byLabel })
  const plan = createPlanner(context, points, { memory, pass, byLabel, rowSort, tally, keys, order }, eager)
  certified.fill(limits, Infinity, packed.padded)
  const held = [screen, byLabel, rowSort, packed, pass, ...(handed ? [] : [packer])]
  return { packed, kept, pass, memory, packer, byLabel, certified, screen, plan, held }
}

/** Rows that have more candidates than slots, by struct Tally. */
function openRows(tally: ArrayBuffer): number {
  return new Uint32Array(tally, TALLY.open, 1)[0]
}

/** What struct Tally says that a screen has left. In fp16 open rows are settled panel by panel, and not counted over all. */
function leftIn(tally: ArrayBuffer, format: Leavings['format']): Pick<Leavings, 'candidates' | 'open'> {
  return { candidates: Number(new BigUint64Array(tally, TALLY.candidates, 1)[0]), open: format === 'int8' ? openRows(tally) : 0 }
}

/** What the next E-step knows of this one. */
function learn(
  memory: ScreenMemory,
  tally: ArrayBuffer,
  { n, k, format, compared, panels }: { n: number; k: number; format: Leavings['format']; compared: boolean; panels: boolean },
): void {
  const [moved, far] = new Int32Array(tally, TALLY.moved, 2)
  if (!memory.measured) memory.movedCount = moved
  memory.measured = panels
  memory.share = compared ? pairsByRule(n, { k, format }, memory.movedCount, far) / (n * k) : Infinity
}
