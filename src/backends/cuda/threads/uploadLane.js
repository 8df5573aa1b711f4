/**
 * @file One lane of an upload: pieces of pageable memory go to the device through two pinned buffers, one being filled while the other is
 * read by the device. Several lanes, each on a thread (uploadThread.js), take pieces from one list in turn. In JavaScript, so that Node
 * runs it as it stands, from src as from dist; the driver's calls are handed in.
 */

/** Bytes of a pinned buffer, and of a piece at most: large enough that a copy takes longer than its launch, small enough for the cache. */
export const PIECE_BYTES = 2 ** 21
/** Numbers of a piece: address on the host, address on the device, bytes. */
export const PIECE_NUMBERS = 3
/** Place of what lanes share: the number of the next piece. */
export const NEXT = 0
/** Place of what lanes share: 1 where they are to stop. */
export const STOP = 1

const STREAM_NON_BLOCKING = 1
const EVENT_WITHOUT_TIME = 2
const BUFFERS = 2

/** @returns a lane that has nothing yet */
export function newLane() {
  return { stream: 0, buffers: [] }
}

/** Takes what the lane lacks; it stays with the device, since pinning takes longer than the copy of as many bytes. @returns CUresult */
function equip(driver, lane) {
  const out = new BigUint64Array(1)
  let code = 0
  const take = (call) => {
    code ||= call(out)
    return code === 0 ? Number(out[0]) : 0
  }
  lane.stream ||= take((to) => driver.streamCreate(to, STREAM_NON_BLOCKING))
  for (let i = lane.buffers.length; i < BUFFERS; i++) {
    const event = take((to) => driver.eventCreate(to, EVENT_WITHOUT_TIME))
    const address = take((to) => driver.memHostAlloc(to, PIECE_BYTES, 0))
    if (code === 0) lane.buffers.push({ event, address })
  }
  return code
}

/**
 * Copies pieces until none is left, or until told to stop; those begun are complete when it returns.
 * @param pieces Float64Array, PIECE_NUMBERS each
 * @param control Int32Array over shared memory: NEXT, STOP
 * @returns CUresult; one that is not 0 stops the other lanes
 */
export function runLane(driver, lane, pieces, control) {
  let code = equip(driver, lane)
  for (let turn = 0; code === 0 && Atomics.load(control, STOP) === 0; turn++) {
    const at = PIECE_NUMBERS * Atomics.add(control, NEXT, 1)
    if (at >= pieces.length) break
    const { address, event } = lane.buffers[turn % BUFFERS]
    code = driver.eventSynchronize(event)
    if (code !== 0) break
    const [from, to, bytes] = pieces.subarray(at, at + PIECE_NUMBERS)
    driver.memcpy(address, from, bytes)
    code = driver.memcpyHtoDAsync(to, address, bytes, lane.stream) || driver.eventRecord(event, lane.stream)
  }
  if (code !== 0) Atomics.store(control, STOP, 1)
  const completed = lane.stream === 0 ? 0 : driver.streamSynchronize(lane.stream)
  return code || completed
}
