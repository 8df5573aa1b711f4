/** @file Copies from one context to another, perhaps of another device. */
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from '../context/context.js'
import { check, readable } from '../driver/errors.js'

interface Place {
  context: CudaContext
  at: Pointer
}

/** Copies in the order of both contexts' streams; what is copied must stay as it is until this is done. */
export function copyBetween(from: Place, to: Place, bytes: number): void {
  const { device, stream } = to.context
  const { api, context, info } = device
  const event = from.context.newEvent()
  from.context.record(event)
  const code =
    api.ctxSetCurrent(context) ||
    api.streamWaitEvent(stream, event, 0) ||
    api.memcpyPeerAsync(to.at, context, from.at, from.context.device.context, bytes, stream)
  from.context.endEvent(event)
  check(device, code, `to copy ${readable(bytes)} from cuda:${from.context.info.ordinal} to cuda:${info.ordinal}`)
}
