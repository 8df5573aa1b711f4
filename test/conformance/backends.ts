/**
 * @file The backends under test. KMEANS_REQUIRE names those that must be there (a comma list:
 * 'reference,cpu,cuda,wasm,tfjs:cpu,tfjs:wasm,tfjs:tensorflow'); without it, those that npm alone provides. One that is required and
 * missing fails the suite; one that is not required is not run, and the output says so.
 */
import { selectBackend } from '../../src/backends/select.js'
import type { Device } from '../../src/options.js'

const ALL: readonly Device[] = ['reference', 'cpu', 'cuda', 'cuda:all', 'wasm', 'tfjs:cpu', 'tfjs:wasm', 'tfjs:tensorflow']
const PROVIDED = 'reference,wasm,tfjs:cpu,tfjs:wasm'

/** The devices that this run must cover. */
export const REQUIRED = (process.env.KMEANS_REQUIRE ?? PROVIDED).split(',') as Device[]

const unknown = REQUIRED.filter((device) => !ALL.includes(device))
if (unknown.length > 0) throw new Error(`KMEANS_REQUIRE: expected a list of ${ALL.join(', ')}, got '${unknown.join(', ')}'`)
const left = ALL.filter((device) => !REQUIRED.includes(device))
if (left.length > 0) console.log(`not required, hence not run: ${left.join(', ')} (KMEANS_REQUIRE)`)

/** The backend of a required device. */
export function backendOf(device: Device): ReturnType<typeof selectBackend> {
  return selectBackend('conformance', { device, gpu: true }, { n: 1, d: 1, k: 1, niter: 1 })
}
