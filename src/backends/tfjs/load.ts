/**
 * @file Finds and loads tfjs: the only file that imports it at run time. tfjs-node(-gpu) is an optional peer; FASTKMEANS_TFJS_NODE may name
 * the folder of such a package elsewhere (one that was built from source, say).
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import util from 'node:util'
import type * as tfjsCore from '@tensorflow/tfjs-core'

/** tfjs-core's namespace; that of tfjs-node contains it. */
export type Tf = typeof tfjsCore

const NATIVE = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']
/** The addon's place in the package for every Node that we support. */
const ADDON = join('lib', 'napi-v8', 'tfjs_binding.node')

/** A tfjs-node package that was found, not loaded. */
export interface TfjsNode {
  /** '@tensorflow/tfjs-node' or '@tensorflow/tfjs-node-gpu'. */
  name: string
  folder: string
  /** Whether its addon is there; without it, loading fails. */
  built: boolean
}

/** Looks for tfjs-node-gpu, then tfjs-node: under FASTKMEANS_TFJS_NODE, beside this package, in the working directory. Loads nothing. */
export function findTfjsNode(): TfjsNode | undefined {
  const given = process.env.FASTKMEANS_TFJS_NODE
  if (given !== undefined && given !== '') return describe(resolve(given))
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))])
    for (const name of NATIVE)
      try {
        return describe(resolve(createRequire(from).resolve(`${name}/package.json`), '..'))
      } catch {
        // not there: the next one
      }
  return undefined
}

function describe(folder: string): TfjsNode | undefined {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) return undefined
  const { name } = createRequire(pathToFileURL(manifest))(manifest) as { name: string }
  return { name, folder, built: existsSync(join(folder, ADDON)) }
}

/**
 * Loads tfjs with the backend `wanted`; or, without one, with the `active` backend, tfjs-node, or wasm, whichever comes first.
 * The active backend is left as it was.
 */
export async function loadTfjs(wanted: string | undefined, active: string | undefined): Promise<{ tf: Tf; name: string }> {
  const name = wanted ?? active ?? (findTfjsNode()?.built ? 'tensorflow' : 'wasm')
  const tf = await quietly(() => (name === 'tensorflow' && !isRegistered(name) ? loadNative() : loadCore(name)))
  if (isRegistered(name)) return { tf, name }
  throw new Error(
    `openTfjs: expected the tf backend '${name}' to be registered, got none; import @tensorflow/tfjs-backend-${name} before, or take 'wasm'`,
  )
}

interface Engine {
  backendName: string | null
  backendInstance: unknown
  registryFactory: object
  ENV: { set(flag: string, value: boolean): void; getBool(flag: string): boolean }
}
const engine = (): Engine | undefined => (globalThis as { _tfengine?: Engine })._tfengine
const isRegistered = (name: string): boolean => name in (engine()?.registryFactory ?? {})

/** Loads without tfjs's remark that a platform is set twice. */
async function quietly<T>(load: () => Promise<T>): Promise<T> {
  const before = engine()
  const production = before?.ENV.getBool('PROD')
  before?.ENV.set('PROD', true)
  try {
    return await load()
  } finally {
    if (production !== undefined) before?.ENV.set('PROD', production)
  }
}

async function loadCore(name: string): Promise<Tf> {
  const tf = await import('@tensorflow/tfjs-core')
  if (!isRegistered(name)) {
    if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu')
    if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm')
  }
  return 'default' in tf ? (tf.default as Tf) : tf
}

async function loadNative(): Promise<Tf> {
  const found = findTfjsNode()
  if (found === undefined) {
    const given = process.env.FASTKMEANS_TFJS_NODE
    throw new Error(
      `openTfjs: expected @tensorflow/tfjs-node, got ${given ? `none at FASTKMEANS_TFJS_NODE=${given}` : 'none installed'}; ` +
        `install it with 'npm install @tensorflow/tfjs-node@4.22.0', or take device 'wasm'`,
    )
  }
  const { name, folder, built } = found
  if (!built)
    throw new Error(
      `openTfjs: expected the addon of ${name} (${ADDON}), got a package without it; its install script did not finish: ` +
        `run 'npm rebuild ${name} --build-addon-from-source', or take device 'wasm'`,
    )
  prepareProcess()
  const { backendName = null, backendInstance = null } = engine() ?? {}
  try {
    return createRequire(join(folder, 'package.json'))(folder) as Tf
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_DLOPEN_FAILED') throw cause
    throw new Error(
      `openTfjs: expected ${name} to load its libraries, got '${(cause as Error).message}'; reinstall it so that libtensorflow ` +
        `(and CUDA for tfjs-node-gpu) is found, or take device 'wasm'`,
      { cause },
    )
  } finally {
    Object.assign(engine() ?? {}, { backendName, backendInstance }) // it makes itself the active backend
  }
}

/** What libtensorflow reads from the environment when it is loaded, and what tfjs-node 4.22 misses since Node 23. */
function prepareProcess(): void {
  process.env.NVIDIA_TF32_OVERRIDE ??= '0' // TF32 keeps 10 bits of a product's factors: no score could be proved
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2' // errors only
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean }
  old.isNullOrUndefined ??= (value) => value === null || value === undefined
  old.isArray ??= Array.isArray
}
