/**
 * @file Devices that add up among themselves copy from each other's memory: directly where they can (NVLink, or the bus), through the host
 * where not, by the driver in either case. A direct copy is tried before it is relied on: on some machines it arrives altered.
 */
import { CudaContext } from '../context/context.js'
import { copyBetween } from './copyBetween.js'
import type { Device } from '../driver/driver.js'
import { check } from '../driver/errors.js'

/** What the driver says where there is no direct way; and where there is one already. */
const NO_WAY: ReadonlySet<number> = new Set([217, 711])
const THERE_ALREADY = 704
/** Words of the copy that is tried, and a factor that makes them all different. */
const TRIED = 2 ** 18
const SPREAD = 0x9e3779b1

/** Opens the direct ways between the first device and each of the others, both ways, where there are any. */
export async function connectDevices([first, ...others]: readonly Device[]): Promise<void> {
  for (const other of others) {
    await connect(first, other)
    await connect(other, first)
  }
}

/** Lets `device` read the memory of another directly. */
async function connect(device: Device, other: Device): Promise<void> {
  const { api, context } = device
  const inContext = (call: () => number): number => api.ctxSetCurrent(context) || call()
  const code = inContext(() => api.ctxEnablePeerAccess(other.context, 0))
  if (NO_WAY.has(code) || code === THERE_ALREADY) return
  check(device, code, `cuda:${device.info.ordinal} to reach cuda:${other.info.ordinal}`)
  if (await arrivesWhole(device, other)) return
  check(
    device,
    inContext(() => api.ctxDisablePeerAccess(other.context)),
    `cuda:${device.info.ordinal} to leave cuda:${other.info.ordinal}`,
  )
}

async function arrivesWhole(device: Device, other: Device): Promise<boolean> {
  const sent = Uint32Array.from({ length: TRIED }, (_, i) => Math.imul(i + 1, SPREAD) + device.info.ordinal)
  const [to, from] = [new CudaContext(device), new CudaContext(other)]
  try {
    const [target, source] = [to, from].map((context) => context.alloc(sent.byteLength, 'a copy between devices'))
    from.write(source, sent)
    copyBetween({ context: from, at: source }, { context: to, at: target }, sent.byteLength)
    const got = await to.read(new Uint32Array(TRIED), target)
    return got.every((value, i) => value === sent[i])
  } finally {
    to.dispose()
    from.dispose()
  }
}
