/**
 * @file The thread that has the driver load device code, started with the first device. One will do: the driver translates one module at a
 * time (H100, eleven modules: 2.3 s by one thread, 2.4 s by four).
 */
import type { CudaApi, LoadedModule, Pointer } from '../driver/api.js'
import { DeviceThread } from './deviceThread.js'

/** Loads by a thread of its own. */
export function moduleThread(library: string): Pick<CudaApi, 'startLoader' | 'loadModules'> {
  let thread: DeviceThread<{ context: Pointer; image: Uint8Array }, LoadedModule> | undefined
  const started = (): NonNullable<typeof thread> => {
    if (thread === undefined || thread.ended) thread = new DeviceThread('./moduleLoader.js', { library })
    return thread
  }
  return {
    startLoader: () => void started(),
    loadModules: (context, images) => images.map((image) => started().run({ context, image })),
  }
}
