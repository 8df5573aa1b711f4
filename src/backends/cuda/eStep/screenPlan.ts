/**
 * @file Which rows meet which centroids, in an E-step that has labels to begin with: all meet all, or near rows (kernels/threshold.cu) only
 * the centroids that moved; and whether rows are put in the order of their labels for it.
 */
import type { CudaContext } from '../context/context.js'
import type { Pointer } from '../driver/api.js'
import { TALLY } from '../screen/candidates.js'
import type { RowSort } from '../screen/rowSort.js'
import type { ScreenPass } from '../screen/screenPass.js'
import type { Format } from '../screen/screenShape.js'
import type { EStepPoints } from './eStepTypes.js'
import type { ScreenMemory } from './handedOn.js'
import type { LabelOrder } from './labelOrder.js'
import type { Rows } from './rowScreen.js'

/** Putting rows together takes about as long as screening them against so many centroids. */
const GATHER_COST = { fp16: 800, int8: 1600 } as const
/**
 * From so many multiplications on it is worth a wait to learn how many rows are near, once the E-step before was not far from sparing work.
 */
const RULE_FROM = 1e11
const NEARLY = 5 / 4

/** An E-step to be planned. */
export interface Planned {
  k: number
  format: Format
  /** A byte for each centroid, 1 where it moved; 0: not known. */
  moved: Pointer
  /** Nothing may be waited for. */
  ahead: boolean
}

/** Rows that meet all centroids; and those, where there are any, that meet the `movedCount` which moved. */
export interface ScreenPlan {
  far: Rows
  near: Rows | undefined
  movedCount: number
}

/** What a plan is made of. */
export interface PlannerParts {
  memory: ScreenMemory
  pass: Pick<ScreenPass, 'tensor'>
  byLabel: LabelOrder
  rowSort: RowSort
  /** Struct Tally; n int32 each: what rows are ordered by, and room for their order. */
  tally: Pointer
  keys: Pointer
  order: Pointer
}

/** Whether an E-step is too short for a wait: it may be given ahead. */
export function tooShortToWait({ n, d }: Pick<EStepPoints, 'n' | 'd'>, k: number): boolean {
  return n * k * d < RULE_FROM
}

/** Pairs to look at where near rows, all but `far`, meet only the centroids that moved; putting rows together counts as so many more. */
export function pairsByRule(n: number, { k, format }: Pick<Planned, 'k' | 'format'>, movedCount: number, far: number): number {
  return far * k + (n - far) * movedCount + n * GATHER_COST[format]
}

/** Plans E-steps of n rows; takes no memory. @param eager near rows are told apart whether it pays or not; for tests */
export function createPlanner(context: CudaContext, points: EStepPoints, parts: PlannerParts, eager: boolean) {
  const { memory, pass, byLabel, rowSort, tally, keys, order } = parts
  const { n } = points
  /** Puts the rows in order, if need be, by the keys that certify wrote. */
  return async (planned: Planned): Promise<ScreenPlan> => {
    const { k, moved, ahead } = planned
    const ask = !ahead && moved !== 0 && pass.tensor && (eager || (!tooShortToWait(points, k) && memory.share < NEARLY))
    const [movedHere, far] = ask ? await context.read(new Int32Array(2), tally + TALLY.moved) : [k, n]
    const movedCount = ask && memory.measured ? memory.movedCount : movedHere
    const rule = ask && (eager || pairsByRule(n, planned, movedCount, far) < n * k)
    const ordered = rule || (pass.tensor && byLabel.paysOnce(k))
    if (ordered) rowSort.sort(keys, k, order)
    const rows = { order: ordered ? order : undefined, count: rule ? far : n, near: false, known: true }
    const near = rule ? { order: order + 4 * far, count: n - far, near: true, known: true } : undefined
    return { far: rows, near, movedCount }
  }
}
