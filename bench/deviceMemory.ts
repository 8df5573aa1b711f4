/** @file How much memory of the GPU is in use, as the driver tells it: the same measure for every library. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

const MIB = 2 ** 20
const INTERVAL_MS = '20'
const PLACES = ['/usr/bin/nvidia-smi', '/usr/local/nvidia/bin/nvidia-smi']

export interface DeviceWatch {
  /** Most bytes in use since the first reading, beyond it; undefined where there is no GPU. */
  peak(): number | undefined
  stop(): void
}

/** Reads every few milliseconds how much memory of the first GPU is in use; returns once there is an answer to compare the later ones with. */
export async function watchDevice(): Promise<DeviceWatch> {
  const none: DeviceWatch = { peak: () => undefined, stop() {} }
  const place = PLACES.find((path) => existsSync(path))
  if (place === undefined) return none
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '--id=0', '-lms', INTERVAL_MS]
  const child = spawn(place, query, { stdio: ['ignore', 'pipe', 'ignore'] })
  let first: number | undefined
  let most = 0
  const answered = new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false))
    child.on('close', () => resolve(false))
    child.stdout.on('data', (text: Buffer) => {
      for (const value of text.toString().split('\n').filter(Boolean).map(Number)) {
        if (!Number.isFinite(value)) continue
        first ??= value
        most = Math.max(most, value)
      }
      resolve(true)
    })
  })
  if (!(await answered)) return none
  return { peak: () => (first === undefined ? undefined : (most - first) * MIB), stop: () => void child.kill() }
}
