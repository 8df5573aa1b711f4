/** @file What the machine's own matrix products reach: the roof that effective rates are set beside. */
import { LIBRARIES } from './runners/libraries.js'
import { startLibrary } from './runners/process.js'

/** Multiplications and additions a second, by type; nothing where the library that measures is not here. */
export async function measureRoof(library: 'float64' | 'float64-gpu'): Promise<Record<string, number>> {
  try {
    const process = await startLibrary(LIBRARIES[library])
    try {
      return await process.roof()
    } finally {
      process.close()
    }
  } catch {
    return {}
  }
}
