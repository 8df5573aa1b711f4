/**
 * @file One worker thread over the shared memory: the first makes the calls that it is told, the others help it for ever. In JavaScript, so
 * that Node runs it as it stands, from src as from dist.
 */
import { parentPort, workerData } from 'node:worker_threads'

const { module, memory, worker, stack } = workerData
const { exports } = new WebAssembly.Instance(module, { env: { memory } })
exports.__stack_pointer.value = stack

if (worker > 0) exports.fastkmeans_help(worker)
parentPort.on('message', ({ name, values }) => parentPort.postMessage(exports[name](...values)))
