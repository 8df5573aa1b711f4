/**
 * @file Pieces of one allocation of device memory. For each of its own the driver takes 40 to 150 µs, and 50 to free it: of a training of
 * 10 ms, which needs two dozen, a fifth. What is freed is used again in the order of the session's stream, as all its work.
 */

/** Every piece begins at a multiple of this, as the driver's own allocations do. */
const ALIGNMENT = 256

/** Which bytes of an allocation are taken. */
export interface Slab {
  /** Where a piece of so many bytes begins; undefined where there is no room for it. */
  take(bytes: number): number | undefined
  /** Frees the piece that begins there, if one does. */
  give(at: number): void
}

/** So many bytes, counted from 0: which of them are taken. */
export function createSlab(bytes: number): Slab {
  const taken = new Map<number, number>()
  /** In order, none beside another. */
  const holes = [{ at: 0, end: bytes }]
  return {
    take(length) {
      const size = Math.ceil(Math.max(length, 1) / ALIGNMENT) * ALIGNMENT
      const found = holes.findIndex(({ at, end }) => end - at >= size)
      if (found < 0) return undefined
      const hole = holes[found]
      const { at } = hole
      hole.at += size
      if (hole.at === hole.end) holes.splice(found, 1)
      taken.set(at, size)
      return at
    },
    give(at) {
      const size = taken.get(at)
      if (size === undefined) return
      taken.delete(at)
      const end = at + size
      const behind = holes.findIndex((hole) => hole.at >= end)
      const index = behind < 0 ? holes.length : behind
      const [before, after] = [holes[index - 1], holes[index]]
      const joinsBefore = before?.end === at
      const joinsAfter = after?.at === end
      if (joinsBefore) before.end = joinsAfter ? after.end : end
      else if (joinsAfter) after.at = at
      else holes.splice(index, 0, { at, end })
      if (joinsBefore && joinsAfter) holes.splice(index, 1)
    },
  }
}
