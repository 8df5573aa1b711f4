/**
 * @file Typed arrays of the same bytes are equal: said at once for every `toEqual` and `toStrictEqual`. Where bytes differ vitest goes
 * through the values itself, as it otherwise does for all, in most of the time that the conformance tests took.
 */
import { expect } from 'vitest'

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

function sameBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0 || undefined
}

expect.addEqualityTesters([sameBytes])
