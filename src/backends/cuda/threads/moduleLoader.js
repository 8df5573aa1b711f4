/**
 * @file A thread that has the driver load device code: translating takes it up to a second the first time, a millisecond from its cache
 * later. Modules belong to the context, not to the thread; koffi's own threads will not do, as they have no context. In JavaScript, so that
 * Node runs it as it stands, from src as from dist.
 */
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

const ERROR_LOG = 5
const ERROR_LOG_BYTES = 6
const LOG_BYTES = 4096

const koffi = createRequire(import.meta.url)('koffi')
const driver = koffi.load(workerData.library)
const setCurrent = driver.func('int cuCtxSetCurrent(uint64 context)')
const load = driver.func('int cuModuleLoadDataEx(void *module, void *image, unsigned int count, void *options, void *values)')

parentPort.on('message', ({ context, image }) => {
  const module = new BigUint64Array(1)
  const log = new Uint8Array(LOG_BYTES)
  const values = BigUint64Array.of(koffi.address(log), BigInt(LOG_BYTES))
  const code = setCurrent(context) || load(module, image, values.length, Int32Array.of(ERROR_LOG, ERROR_LOG_BYTES), values)
  parentPort.postMessage({ code, module: Number(module[0]), log: Buffer.from(log.subarray(0, log.indexOf(0))).toString() })
})
