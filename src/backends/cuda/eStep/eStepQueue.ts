/**
 * @file The E-steps of a session, one after the other. The one that most likely comes next is given to the device before it is asked for,
 * so that it works while the host reads what the last iteration found; where other centroids come instead, that was in vain.
 */
import type { AssignOptions } from '../../backend.js'
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import { createEStep, createScreenChoice, eStepModules } from './eStep.js'
import type { EStep, EStepPoints, GivenEStep, LabelBuffers } from './eStepTypes.js'
import { loadModules } from '../driver/kernel.js'
import { passingRows } from './handedOn.js'
import type { PassingRows } from './handedOn.js'
import type { Panel, Panels } from '../points/panels.js'

/** Centroids, and labels to be written. */
export interface EStepInput {
  centroids: Pointer
  k: number
  labels: LabelBuffers
  hasPrevious: boolean
}

/** The E-steps of one session, of all its panels. */
export interface EStepQueue {
  /** Loads what E-steps for k centroids need. */
  load(k: number): Promise<void> | undefined
  /** Takes memory and packs the points of a panel, which its first E-step would do otherwise. */
  reserve(panel: Panel, k: number): void | Promise<void>
  /** Before the panels of an E-step. */
  begin(): void
  /** Gives the device an E-step, unless it has it. */
  give(panel: Panel, input: EStepInput, options: AssignOptions): Promise<GivenEStep>
  /** Gives the one that most likely comes next, if it is a short one and the last was not in vain. */
  giveAhead(panel: Panel, input: EStepInput): void
  /** Other centroids come: what was given ahead does not count. @param again most likely so after the next iteration, too */
  withdraw(options?: { again?: boolean }): Promise<void>
  /** What give() resolved to does not count. */
  drop(): void
  /** Frees what is kept of a panel that passes. */
  endPanel(): void
  /** After all panels of an E-step for k centroids. */
  complete(k: number): void
  /** Frees everything. */
  end(): void
}

/** @param points all of them, or what panels that pass share */
export function createEStepQueue(
  context: CudaContext,
  points: Omit<EStepPoints, 'x' | 'inParts'>,
  { resident, inParts }: Panels,
): EStepQueue {
  const choice = createScreenChoice()
  /** For points that stay, one with what it has prepared; for those that pass, one a panel. */
  let eStep: EStep | undefined
  let ahead: Promise<GivenEStep> | undefined
  let inVain = false
  let passing: PassingRows | undefined

  function of(panel: Panel): EStep {
    eStep ??= createEStep(context, { ...points, x: panel.x, n: panel.rows, inParts }, choice, passing?.of(panel))
    return eStep
  }

  function endOne(): void {
    eStep?.dispose()
    eStep = ahead = undefined
  }

  return {
    load: (k) => loadModules(context.device, eStepModules(context.info, points, k)),
    begin() {
      if (!resident) passing ??= passingRows(context, points.n)
      passing?.begin()
    },
    complete: (k) => passing?.complete(k),
    endPanel() {
      if (!resident) endOne()
    },
    reserve: (panel, k) => of(panel).reserve(k),
    give(panel, { centroids, k, labels, hasPrevious }, options) {
      const waiting = ahead
      ahead = undefined
      return waiting ?? of(panel).give(centroids, k, labels, { ...options, hasPrevious })
    },
    giveAhead(panel, { centroids, k, labels, hasPrevious }) {
      const skip = inVain
      inVain = false
      if (skip || !of(panel).quick(k)) return
      ahead = of(panel).give(centroids, k, labels, { hasPrevious, ahead: true })
      // Who takes it meets the error; where nobody does, there was none.
      ahead.catch(() => {})
    },
    async withdraw({ again = false } = {}) {
      const waiting = ahead
      ahead = undefined
      inVain ||= again || waiting !== undefined
      // All of it is given at once, or before the promises that are due: what it leaves for the next is forgotten after that, never before.
      await waiting?.then(
        () => eStep?.drop(),
        () => {},
      )
    },
    drop() {
      eStep?.drop()
    },
    end() {
      endOne()
      passing?.dispose()
      passing = undefined
    },
  }
}
