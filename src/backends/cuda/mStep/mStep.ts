/** @file The M-step of a session: sums that follow the labels, the next centroids from them; and that of several sessions together. */
import type { Limbs, Preparation, UpdateResult } from '../../backend.js'
import type { Pointer } from '../driver/api.js'
import type { CentroidStore } from './centroidStore.js'
import type { CudaContext } from '../context/context.js'
import type { GrowingLanding } from '../context/landing.js'
import { cudaLimbSums } from './limbSums.js'
import type { CudaLimbSums } from './limbSums.js'
import type { Panel, Panels } from '../points/panels.js'

/** What of its session an M-step works with. */
export interface MStepParts {
  context: CudaContext
  panels: Panels
  n: number
  /** d float32. */
  mean: Pointer
  centroids: CentroidStore
  landing: GrowingLanding
  prepared(): Preparation
}

/**
 * Sums and next centroids of n points; takes memory when it is first asked for sums, and holds it until restart() or the end of the
 * context.
 */
export function createMStep({ context, panels, n, mean, centroids, landing, prepared }: MStepParts) {
  let sums: CudaLimbSums | undefined
  const there = (): CudaLimbSums => (sums ??= cudaLimbSums(context, n, centroids.k, prepared()))
  return {
    context,
    centroids,
    /** Empty ones, of as many clusters as there are centroids, the first time. */
    sums: there,
    /** The clusters, or what the points are prepared with, will be others. */
    restart(): void {
      sums?.dispose()
      sums = undefined
    },
    /** See CudaLimbSums.follow. */
    follow: (labels: Pointer, weights: Pointer, moved: number): ((panel: Panel) => void) | undefined =>
      there().follow(labels, weights, moved),
    /** Brings the sums to labels of which about so many changed, in a pass of its own. */
    async followed(labels: Pointer, weights: Pointer, moved: number): Promise<void> {
      const bring = there().follow(labels, weights, moved)
      if (bring !== undefined) await panels.each(bring)
    },
    /** Starts on the next centroids. @param given sums of more points, on the host; or where they are on the device */
    launch(given?: Limbs | Pointer): void {
      there().launchUpdate(centroids, mean, typeof given === 'object' ? there().write(given) : given)
    },
    /** What launch() found, when it is done; its centroids are the current ones then. */
    async updated(): Promise<UpdateResult> {
      const result = there().found(await landing.fetched(there().results), 0)
      centroids.advance()
      return result
    },
  }
}

/** The M-step of one session. */
export type MStep = ReturnType<typeof createMStep>

/** Of shares of the points, each on its device, whose sums follow the labels: the first computes the centroids, the others take them. */
export async function updateTogether([first, ...others]: readonly MStep[]): Promise<UpdateResult> {
  first.launch(first.sums().together(others.map(({ sums }) => sums())))
  for (const { centroids } of others) centroids.take(first.context, first.centroids.following)
  const result = await first.updated()
  for (const { context, centroids } of others) {
    await context.finished()
    centroids.advance()
  }
  return result
}
