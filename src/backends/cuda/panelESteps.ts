/** @file The E-steps of a session's panels: one that lasts where the points stay on the device, one a panel where they pass through it. */
import type { Points } from '../../points.js'
import type { Pointer } from './api.js'
import type { CudaContext } from './context.js'
import { createEStep, createScreenChoice, eStepModules } from './eStep.js'
import type { EStep } from './eStepTypes.js'
import { passingRows } from './handedOn.js'
import type { PassingRows } from './handedOn.js'
import { leadColumns } from './leads.js'
import type { Panel, Panels } from './panels.js'

/** Memory is held until restart(). @param mean d float32 on the device */
export function panelESteps(context: CudaContext, { resident }: Panels, points: Points, mean: Pointer) {
  const { n, d } = points
  let eStep: EStep | undefined
  let choice = createScreenChoice()
  let passing: PassingRows | undefined
  let origin = new Float32Array(d)
  let known: readonly number[] | undefined
  const leads = (): readonly number[] => (known ??= leadColumns(points, origin))

  function endOne(): void {
    eStep?.dispose()
    eStep = undefined
  }

  return {
    /** Loads what E-steps for k centroids need. */
    load: (k: number): Promise<void> | undefined => context.load(eStepModules(context.info, { n, d, leads }, k)),
    /** Before the panels of an E-step. */
    begin(): void {
      if (!resident) passing ??= passingRows(context, n)
      passing?.begin()
    },
    of(panel: Panel): EStep {
      eStep ??= createEStep(context, { x: panel.x, n: panel.rows, d, mean, leads }, choice, passing?.of(panel))
      return eStep
    },
    /** After a panel. */
    endPanel(): void {
      if (!resident) endOne()
    },
    /** After all panels of an E-step for k centroids. */
    end(centroids: Pointer, k: number): void {
      passing?.end(centroids, k)
    },
    /** Nothing is known any more: the points are prepared anew. @param values the mean's */
    restart(values: Float32Array): void {
      endOne()
      passing?.dispose()
      passing = known = undefined
      origin = values.slice()
      choice = createScreenChoice()
    },
  }
}
