/** @file A thread that copies to one device: a lane of every upload that it is told of (uploadLane.js). */
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { newLane, runLane } from './uploadLane.js'

const { library, context, runtime } = workerData
const koffi = createRequire(import.meta.url)('koffi')
const cuda = koffi.load(library)
const func = (prototype) => cuda.func(prototype)
const driver = {
  streamCreate: func('int cuStreamCreate(void *stream, unsigned int flags)'),
  streamSynchronize: func('int cuStreamSynchronize(uint64 stream)'),
  eventCreate: func('int cuEventCreate(void *event, unsigned int flags)'),
  eventRecord: func('int cuEventRecord(uint64 event, uint64 stream)'),
  eventSynchronize: func('int cuEventSynchronize(uint64 event)'),
  memHostAlloc: func('int cuMemHostAlloc(void *address, size_t bytes, unsigned int flags)'),
  memcpyHtoDAsync: func('int cuMemcpyHtoDAsync_v2(uint64 to, uint64 from, size_t bytes, uint64 stream)'),
  memcpy: koffi.load(runtime).func('uint64 memcpy(uint64 to, uint64 from, size_t bytes)'),
}
const entered = func('int cuCtxSetCurrent(uint64 context)')(context)
const lane = newLane()
parentPort.on('message', ({ pieces, control }) => parentPort.postMessage(entered || runLane(driver, lane, pieces, control)))
