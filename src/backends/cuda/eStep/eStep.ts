/** @file The E-step on the device: screened by tensor cores, or, where that does not pay, by the definition alone. Labels are the same. */
import type { CudaContext } from '../context/context.js'
import { createDefinitionEStep } from './definitionEStep.js'
import type { DeviceInfo } from '../driver/driver.js'
import type { EStep, EStepPoints } from './eStepTypes.js'
import type { HandedOn } from './handedOn.js'
import { loadModules } from '../driver/kernel.js'
import { createLeadEStep } from './leadEStep.js'
import { moduleOf } from '../driver/ptx.js'
import { createScreenedEStep } from './screenedEStep.js'
import { screenChoice } from '../screen/screenChoice.js'
import type { ScreenChoice } from '../screen/screenChoice.js'
import { MAX_COLUMNS, nearScreenShape, screenShape } from '../screen/screenShape.js'
import type { ScreenShape } from '../screen/screenShape.js'

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

/** How an E-step is done. */
type Way = 'defined' | 'screened' | 'byLeads'

/** The way for points of so many rows and columns, and k centroids. */
function wayFor(info: DeviceInfo, { n, d, leads }: Pick<EStepPoints, 'n' | 'd' | 'leads'>, k: number): Way {
  const work = n * k * d
  const forced = forcedFrom()
  if (d > MAX_COLUMNS || work < Number(forced ?? SCREEN_FROM)) return 'defined'
  const asked = forced !== undefined || (work >= LEADS_FROM.work && k >= LEADS_FROM.k)
  const count = asked ? leads().length : 0
  return count > 0 && nearScreenShape(info, count) !== undefined ? 'byLeads' : 'screened'
}

/** Modules of the E-step for such points and k centroids (ptx.ts, moduleOf). */
export function eStepModules(info: DeviceInfo, points: Pick<EStepPoints, 'n' | 'd' | 'leads'>, k: number): string[] {
  const { d } = points
  const modules: Record<Way, () => string[]> = {
    defined: () => ['assignPlain'],
    screened: () => [...modulesOf(screenShape(info, d), screenShape(info, d, 'int8')), ...SCREEN_MODULES, 'screenPlain'],
    byLeads: () => [...modulesOf(nearScreenShape(info, points.leads().length)), ...SCREEN_MODULES, 'leads'],
  }
  return modules[wayFor(info, points, k)]()
}

const SCREEN_MODULES = ['centroids', 'prepare', 'recheck', 'rowOrder', 'screenDirect', 'threshold']

const modulesOf = (...shapes: readonly (ScreenShape | undefined)[]): string[] =>
  shapes.flatMap((shape) => (shape === undefined ? [] : moduleOf(shape.file, shape.kernel)))

/**
 * Takes memory when it is first used, and holds it until dispose().
 * @param choice of these points, or of all that they are a part of
 * @param handed see ScreenOptions
 */
export function createEStep(context: CudaContext, points: EStepPoints, choice: ScreenChoice, handed?: HandedOn): EStep {
  const create: Record<Way, () => EStep> = {
    defined: () => createDefinitionEStep(context, points),
    screened: () => createScreenedEStep(context, points, choice, { eager: forcedFrom() !== undefined, handed }),
    byLeads: () => createLeadEStep(context, points, points.leads()),
  }
  const steps: Partial<Record<Way, EStep>> = {}
  const loaded = (k: number): Promise<void> | undefined => loadModules(context.device, eStepModules(context.info, points, k))

  const stepBy = (k: number): EStep => {
    const way = wayFor(context.info, points, k)
    return (steps[way] ??= create[way]())
  }

  return {
    async reserve(k) {
      await loaded(k)
      if (wayFor(context.info, points, k) !== 'defined') await stepBy(k).reserve(k)
    },
    async give(centroids, k, labels, options) {
      const loading = loaded(k)
      if (loading !== undefined) await loading
      const way = wayFor(context.info, points, k)
      // What another way knows of an E-step before would no longer be of the last one.
      for (const other of ['screened', 'byLeads'] as const) {
        if (other === way) continue
        steps[other]?.dispose()
        delete steps[other]
      }
      return stepBy(k).give(centroids, k, labels, options)
    },
    quick: (k) => stepBy(k).quick(k),
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
