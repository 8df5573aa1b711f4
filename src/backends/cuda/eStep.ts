/** @file The E-step on the device: screened by tensor cores, or, where that does not pay, by the definition alone. Labels are the same. */
import type { CudaContext } from './context.js'
import { createDefinitionEStep } from './definitionEStep.js'
import type { EStep, EStepPoints } from './eStepTypes.js'
import { createLeadEStep } from './leadEStep.js'
import { createScreenedEStep } from './screenedEStep.js'
import { screenChoice } from './screenChoice.js'
import type { ScreenChoice } from './screenChoice.js'
import { MAX_COLUMNS, nearScreenShape } from './screenShape.js'

/**
 * Multiplications from which on the screen pays for its dozen launches: the definition takes about 0.1 ms for so many on an H100.
 * FASTKMEANS_CUDA_SCREEN_FROM sets another number, and takes every short cut whether it pays or not: for tests.
 */
const SCREEN_FROM = 2 ** 28
/** Multiplications, and centroids, from which on it is worth knowing whether the points have leads. */
const LEADS_FROM = { work: 2 ** 32, k: 512 } as const

/** Set where every short cut is to be taken. */
const forcedFrom = (): string | undefined => process.env.FASTKMEANS_CUDA_SCREEN_FROM

/** What the E-steps of one set of points share. */
export function createScreenChoice(): ScreenChoice {
  return screenChoice({ eager: forcedFrom() !== undefined })
}

/** Takes memory when it is first used, and holds it until dispose(). @param choice of these points, or of all that they are a part of */
export function createEStep(context: CudaContext, points: EStepPoints, choice: ScreenChoice): EStep {
  const { n, d } = points
  const forced = forcedFrom()
  const screenFrom = Number(forced ?? SCREEN_FROM)
  type Way = 'defined' | 'screened' | 'byLeads'
  const create: Record<Way, () => EStep> = {
    defined: () => createDefinitionEStep(context, points),
    screened: () => createScreenedEStep(context, points, choice, { eager: forced !== undefined }),
    byLeads: () => createLeadEStep(context, points, points.leads()),
  }
  const steps: Partial<Record<Way, EStep>> = {}

  function wayFor(k: number): Way {
    const work = n * k * d
    if (d > MAX_COLUMNS || work < screenFrom) return 'defined'
    const asked = forced !== undefined || (work >= LEADS_FROM.work && k >= LEADS_FROM.k)
    return asked && nearScreenShape(context.info) !== undefined && points.leads().length > 0 ? 'byLeads' : 'screened'
  }

  const stepBy = (way: Way): EStep => (steps[way] ??= create[way]())

  return {
    reserve(k) {
      const way = wayFor(k)
      if (way !== 'defined') stepBy(way).reserve(k)
    },
    give(centroids, k, labels, options) {
      const way = wayFor(k)
      // What another way knows of an E-step before would no longer be of the last one.
      for (const other of ['screened', 'byLeads'] as const) {
        if (other === way) continue
        steps[other]?.dispose()
        delete steps[other]
      }
      return stepBy(way).give(centroids, k, labels, options)
    },
    quick: (k) => stepBy(wayFor(k)).quick(k),
    drop() {
      for (const step of Object.values(steps)) step.drop()
    },
    get bytes() {
      return Object.values(steps).reduce((sum, step) => sum + step.bytes, 0)
    },
    dispose() {
      for (const step of Object.values(steps)) step.dispose()
    },
  }
}
