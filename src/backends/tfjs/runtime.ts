/**
 * @file A tf backend to compute on, started and used without disturbing other users of tfjs in the process: the backend that they made
 * active stays active, and their ops never run on one that is half initialised. tfjs keeps a single engine on globalThis, even where
 * several copies of it are loaded.
 */
import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core'
import { withoutItsListeners } from './listeners.js'
import { loadTfjs } from './load.js'
import type { Tf } from './load.js'

export type { Tf } from './load.js'
/** One tf backend. */
export interface TfjsRuntime {
  readonly tf: Tf
  readonly name: string
  /** Whether products of float32 are computed in float32, as measured at the start. If not (TF32, bfloat16), no score can be proved. */
  readonly fullPrecision: boolean
  /** Unit roundoff of its additions and multiplications. */
  readonly unit: number
  /** Floating-point operations a second that are expected until a call has been timed. */
  readonly rate: number
  /** Whether scores can be read in place, so that a loop over them beats more ops. */
  readonly hostMemory: boolean
  /** Bytes that points may occupy unless the plan says otherwise. */
  readonly memory: number
  /** Runs ops on this backend; `compute` must be synchronous. Tensors that it does not return are freed, also when it throws. */
  run<T>(compute: () => T): T
  /** Calls `use` with the values of a float32 tensor: where hostMemory, a view that is valid only while `use` runs. */
  read<T>(tensor: Tensor, use: (values: Float32Array) => T): Promise<T>
}

/**
 * What is known about each tf backend beforehand: its unit roundoff, an estimated rate, and how its memory behaves. WGSL, webgpu's
 * language, does not say in which direction a result is rounded, so its unit roundoff is twice that of rounding to nearest.
 */
const TRAITS: Record<string, Pick<TfjsRuntime, 'unit' | 'rate' | 'hostMemory' | 'memory'>> = {
  cpu: { unit: 2 ** -24, rate: 0.5e9, hostMemory: true, memory: 2 ** 29 },
  wasm: { unit: 2 ** -24, rate: 10e9, hostMemory: true, memory: 2 ** 29 },
  tensorflow: { unit: 2 ** -24, rate: 100e9, hostMemory: false, memory: 2 ** 30 },
  webgpu: { unit: 2 ** -23, rate: 500e9, hostMemory: false, memory: 2 ** 30 },
}
/** Other backends are refused: webgl, for one, rounds to 16 bits on some devices. */
const supported = (name: string): boolean => name in TRAITS

/** Private fields of tfjs's engine, exchanged around our ops: tf.setBackend would do it too, but sets up hundreds of kernels each time. */
interface EngineFields {
  backendName: string | null
  backendInstance: KernelBackend | null
}

const runtimes = new Map<string, Promise<TfjsRuntime>>()

/**
 * The runtime of a tf backend.
 * @param name without one: the tf backend that is active in this process, else tfjs-node(-gpu) if installed, else wasm
 * @throws if the package is absent, its addon not built, or a library missing: three errors, each with its way out
 */
export async function openRuntime(name?: string): Promise<TfjsRuntime> {
  if (name !== undefined && !supported(name))
    throw new RangeError(`openTfjs: expected 'cpu', 'wasm', 'tensorflow' or 'webgpu', got '${name}'`)
  const key = name ?? `active ${activeTfBackend() ?? ''}`
  let runtime = runtimes.get(key)
  if (runtime === undefined) {
    runtime = start(name)
    runtimes.set(key, runtime)
    runtime.catch(() => runtimes.delete(key))
  }
  return runtime
}

/** The tf backend that someone made active in this process, if it is one of those that can be used. */
export function activeTfBackend(): string | undefined {
  const engine = (globalThis as { _tfengine?: { backendName?: string | null } })._tfengine
  const active = engine?.backendName ?? undefined
  return active !== undefined && supported(active) ? active : undefined
}

async function start(wanted: string | undefined): Promise<TfjsRuntime> {
  const { tf, name } = await loadTfjs(wanted, activeTfBackend())
  await initialise(tf, name)
  const run = runner(tf, name)
  const fullPrecision = await measuresFull(tf, run)
  return { tf, name, fullPrecision, run, read: reader(tf, name), ...TRAITS[name] }
}

/** Initialises a backend beside the active one. tf.setBackend alone would make ops of others throw until it is done. */
async function initialise(tf: Tf, name: string): Promise<void> {
  const engine = tf.engine()
  const fields = engine as unknown as EngineFields
  const instance = engine.registry[name] ?? (await withoutItsListeners(tf.findBackendFactory(name)))
  const { backendName, backendInstance } = fields
  if (!(name in engine.registry)) {
    const { priority } = engine.registryFactory[name]
    tf.removeBackend(name)
    tf.registerBackend(name, () => instance, priority)
  }
  void tf.setBackend(name) // synchronous for an instance that is there; sets up its kernels
  if (backendName !== name) Object.assign(fields, { backendName, backendInstance })
  if (name === 'cpu') (engine.registry[name] as { firstUse?: boolean }).firstUse = false // or it advertises tfjs-node
}

function runner(tf: Tf, name: string): TfjsRuntime['run'] {
  const engine = tf.engine()
  const fields = engine as unknown as EngineFields
  return (compute) => {
    const { backendName, backendInstance } = fields
    fields.backendName = name
    fields.backendInstance = engine.registry[name]
    try {
      let result: unknown
      tf.tidy(() => {
        result = compute()
        for (const tensor of tensorsIn(result)) tf.keep(tensor as never)
      })
      return result as ReturnType<typeof compute>
    } finally {
      fields.backendName = backendName
      fields.backendInstance = backendInstance
    }
  }
}

function tensorsIn(result: unknown): unknown[] {
  if (Array.isArray(result)) return result.flatMap(tensorsIn)
  return result !== null && typeof result === 'object' && 'dataId' in result ? [result] : []
}

function reader(tf: Tf, name: string): TfjsRuntime['read'] {
  const backend = tf.engine().registry[name] as { typedArrayFromHeap?: (tensor: object) => Float32Array }
  if (backend.typedArrayFromHeap === undefined) return async (tensor, use) => use((await tensor.data()) as Float32Array)
  return async (tensor, use) => use(backend.typedArrayFromHeap!(tensor))
}

/** Multiplies by the identity matrix: a product computed in float32 returns each value unchanged, whatever the order of summation. */
async function measuresFull(tf: Tf, run: TfjsRuntime['run']): Promise<boolean> {
  const size = 128
  const values = Float32Array.from({ length: size * size }, (_, i) => 1 + (2 * i + 1) * 2 ** -23)
  const product = run(() => tf.matMul(tf.tensor2d(values, [size, size]), tf.eye(size)))
  const result = await product.data()
  product.dispose()
  return values.every((value, i) => value === result[i])
}
