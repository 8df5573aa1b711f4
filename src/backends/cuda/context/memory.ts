/** @file Several pieces of device memory in one allocation: each takes the driver tens of microseconds, and a training needs dozens. */
import type { Pointer } from '../driver/api.js'
import type { CudaContext } from './context.js'

/** Every piece begins at a multiple of this, as the driver's own allocations do. */
const ALIGNMENT = 256

/** Pieces by name, and what holds them. */
export type Pieces<Name extends string> = Record<Name, Pointer> & { readonly held: Pointer; readonly bytes: number }

/** Device memory of so many bytes for each name, not initialised; context.free(held) frees all. @param what for the error: 'sums' */
export function takeTogether<Name extends string>(context: CudaContext, sizes: Readonly<Record<Name, number>>, what: string): Pieces<Name> {
  let bytes = 0
  const offsets = Object.entries<number>(sizes).map(([name, size]) => {
    const offset = bytes
    bytes += Math.ceil(size / ALIGNMENT) * ALIGNMENT
    return [name, offset] as const
  })
  const held = context.alloc(bytes, what)
  const pieces = Object.fromEntries(offsets.map(([name, offset]) => [name, held + offset])) as Record<Name, Pointer>
  return { ...pieces, held, bytes }
}
