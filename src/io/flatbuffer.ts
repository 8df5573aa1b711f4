/**
 * @file The few parts of FlatBuffers that Arrow's metadata needs. Every access is bounds-checked by DataView, so a damaged file ends in a
 * RangeError and not in nonsense or an endless loop. Format: https://flatbuffers.dev/internals
 */

/** A table in a buffer. */
export interface Table {
  readonly view: DataView
  readonly at: number
}

/** The table at the root of a buffer. */
export function rootTable(bytes: Uint8Array): Table {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { view, at: view.getUint32(0, true) }
}

/** Position of a field's value, or 0 where it has its default. */
function fieldAt({ view, at }: Table, field: number): number {
  const vtable = at - view.getInt32(at, true)
  const slot = 4 + 2 * field
  if (slot >= view.getUint16(vtable, true)) return 0
  const offset = view.getUint16(vtable + slot, true)
  return offset === 0 ? 0 : at + offset
}

/** A field of a few bytes: an integer of that size, signed but for single bytes. */
export function scalar(table: Table, field: number, bytes: 1 | 2 | 4 | 8): number {
  const at = fieldAt(table, field)
  if (at === 0) return 0
  if (bytes === 1) return table.view.getUint8(at)
  if (bytes === 2) return table.view.getInt16(at, true)
  return bytes === 4 ? table.view.getInt32(at, true) : int64(table.view, at)
}

/** A 64-bit integer. @throws RangeError beyond 2^53, which no size in a file reaches */
export function int64(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true))
  if (!Number.isSafeInteger(value)) throw new RangeError(`expected an integer below 2^53, got ${value}`)
  return value
}

/** A field that is a table, or undefined. */
export function table(parent: Table, field: number): Table | undefined {
  const at = fieldAt(parent, field)
  return at === 0 ? undefined : { view: parent.view, at: at + parent.view.getUint32(at, true) }
}

/** A field that is a vector: where its items start and how many there are. */
export function vector(parent: Table, field: number, itemBytes: number): { start: number; length: number } {
  const at = fieldAt(parent, field)
  if (at === 0) return { start: 0, length: 0 }
  const start = at + parent.view.getUint32(at, true)
  const length = parent.view.getUint32(start, true)
  if (start + 4 + length * itemBytes > parent.view.byteLength)
    throw new RangeError(`expected a vector inside the metadata, got ${length} items`)
  return { start: start + 4, length }
}

/** A field that is a vector of tables. */
export function tables(parent: Table, field: number): Table[] {
  const { start, length } = vector(parent, field, 4)
  const { view } = parent
  return Array.from({ length }, (_, i) => ({ view, at: start + 4 * i + view.getUint32(start + 4 * i, true) }))
}

/** A field that is a string; empty where it is missing. */
export function text(parent: Table, field: number): string {
  const { start, length } = vector(parent, field, 1)
  return new TextDecoder().decode(new Uint8Array(parent.view.buffer, parent.view.byteOffset + start, length))
}
