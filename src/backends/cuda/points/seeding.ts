/** @file k-means++ on the device: hostSeeding.ts's passes, by kernels/seeding.cu. */
import { pow2, ROW_BLOCK } from '../../../exact.js'
import type { HostSeeding } from '../../hostSeeding.js'
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import type { Panels } from './panels.js'

/** Rows of a block of threads, and candidates of one (kernels/rows.cuh, seeding.cu). */
const ROWS = 128
const GROUP = 8
const THREADS = 256
/** float64 +∞, byte by byte, cannot be filled; this is 3.4e304, above every squared distance of float32 values. */
const FAR = 0x7f

/** @param weights device address of n float64, or 0 */
export function cudaSeeding(context: CudaContext, panels: Panels, { n, d }: { n: number; d: number }, weights: Pointer): HostSeeding {
  const seedClosest = context.kernel('seeding', 'seed_closest', 'plipippp')
  const seedPotentials = context.kernel('seeding', 'seed_potentials', 'plipippdp')
  const seedBlockSums = context.kernel('seeding', 'seed_block_sums', 'ppldp')
  const seedPick = context.kernel('seeding', 'seed_pick', 'ppldipppp')
  const closest = context.alloc(8 * n, 'closest distances')
  const rowWeights = (first: number): Pointer => weights && weights + 8 * first
  context.fill(closest, FAR, 8 * n)

  /** Device memory for the time of one call, filled with zeros or with what is given. */
  async function borrowed<T>(
    contents: readonly (Float32Array | Float64Array | number)[],
    use: (...at: Pointer[]) => Promise<T>,
  ): Promise<T> {
    const taken: Pointer[] = []
    try {
      for (const content of contents) {
        const bytes = typeof content === 'number' ? content : content.byteLength
        const at = context.alloc(bytes, 'a pass of k-means++')
        taken.push(at)
        if (typeof content === 'number') context.fill(at, 0, bytes)
        else context.write(at, content)
      }
      return await use(...taken)
    } finally {
      for (const at of taken) context.free(at)
    }
  }

  return {
    seedWith: (centers, { anew = false, signal }) =>
      borrowed([centers, 8], async (from, largest) => {
        signal?.throwIfAborted()
        if (anew) context.fill(closest, FAR, 8 * n)
        const m = centers.length / d
        await panels.each(({ first, rows, x }) => {
          seedClosest(Math.ceil(rows / ROWS), ROWS, [x, rows, d, from, m, rowWeights(first), closest + 8 * first, largest])
        }, signal)
        return (await context.read(new Float64Array(1), largest))[0]
      }),

    potentials: (candidates, exponent, { signal }) => {
      const m = candidates.length / d
      return borrowed([candidates, 8 * m], async (from, sums) => {
        signal?.throwIfAborted()
        await panels.each(({ first, rows, x }) => {
          const grid = [Math.ceil(rows / ROWS), Math.ceil(m / GROUP)] as const
          seedPotentials(grid, ROWS, [x, rows, d, from, m, rowWeights(first), closest + 8 * first, pow2(exponent), sums])
        }, signal)
        return context.read(new Float64Array(m), sums)
      })
    },

    async pick(uniforms, exponent) {
      const scale = pow2(exponent)
      const blocks = Math.ceil(n / ROW_BLOCK)
      const sums = await borrowed([8 * blocks], (at) => {
        seedBlockSums(blocks, THREADS, [closest, weights, n, scale, at])
        return context.read(new Float64Array(blocks), at)
      })
      let total = 0
      const before = sums.map((sum) => (total += sum) - sum)
      const targets = uniforms.map((u) => Math.floor(u * total))
      if (total === 0) return new Uint32Array(uniforms.length)
      const block = Int32Array.from(targets, (target) => blockOf(before, target))
      const starts = Float64Array.from(block, (b) => b * ROW_BLOCK)
      const running = Float64Array.from(block, (b) => before[b])
      const m = uniforms.length
      return borrowed([starts, running, targets, 4 * m], (first, sum, target, rows) => {
        seedPick(Math.ceil(m / THREADS), THREADS, [closest, weights, n, scale, m, first, sum, target, rows])
        return context.read(new Uint32Array(m), rows)
      })
    },
  }
}

/** The last block whose sum before it does not exceed the target. */
function blockOf(before: Float64Array, target: number): number {
  let low = 0
  let high = before.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (before[middle] <= target) low = middle
    else high = middle - 1
  }
  return low
}
