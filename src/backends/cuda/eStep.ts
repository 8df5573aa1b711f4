/** @file The E-step on the device: screened by tensor cores, or, where that does not pay, by the definition alone. Labels are the same. */
import type { CudaContext } from './context.js'
import { createDefinitionEStep } from './definitionEStep.js'
import type { EStep, EStepPoints } from './eStepTypes.js'
import { createScreenedEStep } from './screenedEStep.js'
import { screenChoice } from './screenChoice.js'
import type { ScreenChoice } from './screenChoice.js'
import { MAX_COLUMNS } from './screenShape.js'

/**
 * Multiplications from which on the screen pays for its dozen launches: the definition takes about 0.1 ms for so many on an H100.
 * FASTKMEANS_CUDA_SCREEN_FROM sets another number, and takes every short cut whether it pays or not: for tests.
 */
const SCREEN_FROM = 2 ** 28

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
  let screened: EStep | undefined
  let defined: EStep | undefined
  const pays = (k: number): boolean => d <= MAX_COLUMNS && n * k * d >= screenFrom
  const byScreen = (): EStep => (screened ??= createScreenedEStep(context, points, choice, { eager: forced !== undefined }))
  return {
    reserve(k) {
      if (pays(k)) byScreen().reserve(k)
    },
    assign(centroids, k, labels, options) {
      if (pays(k)) return byScreen().assign(centroids, k, labels, options)
      // What it knows of an E-step before would no longer be of the last one.
      screened?.dispose()
      screened = undefined
      defined ??= createDefinitionEStep(context, points)
      return defined.assign(centroids, k, labels, options)
    },
    get bytes() {
      return (screened?.bytes ?? 0) + (defined?.bytes ?? 0)
    },
    dispose() {
      screened?.dispose()
      defined?.dispose()
    },
  }
}
