import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byteChunks, describeSource } from '../../src/datasets/bytes.js'
import type { ByteSource } from '../../src/datasets/bytes.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bytes-'))
})
afterAll(() => rm(folder, { recursive: true }))

const all = async (source: ByteSource): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of byteChunks(source, 'test')) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * i) >> 5))

describe('byteChunks', () => {
  it('yields the bytes of a file and of memory, gzipped or not, whole and in order', async () => {
    const plain = join(folder, 'plain')
    const packed = join(folder, 'packed')
    await writeFile(plain, content)
    await writeFile(packed, gzipSync(content))
    for (const source of [plain, packed, content, gzipSync(content)]) expect(content.equals(await all(source))).toBe(true)
  })
  it('goes by the bytes, not by the name', async () => {
    const path = join(folder, 'not-packed.gz')
    await writeFile(path, 'plain')
    expect(String(await all(path))).toBe('plain')
  })
  it('reads gzip files of several members, as gzip joins them', async () => {
    expect(String(await all(Buffer.concat([gzipSync('one '), gzipSync('two')])))).toBe('one two')
  })
  it('reads files of no byte and of one', async () => {
    const path = join(folder, 'tiny')
    for (const text of ['', 'x']) {
      await writeFile(path, text)
      expect(String(await all(path))).toBe(text)
      expect(String(await all(gzipSync(text)))).toBe(text)
    }
  })
  it('hands on an error of the reader unchanged', async () => {
    const mine = new Error('mine')
    const read = async (): Promise<void> => {
      for await (const chunk of byteChunks(gzipSync(content), 'test')) if (chunk.length > 0) throw mine
    }
    await expect(read()).rejects.toBe(mine)
  })
  it.runIf(process.platform === 'linux')('closes the file when the reader stops early, packed or not', async () => {
    const paths = [join(folder, 'early'), join(folder, 'early.gz')]
    await writeFile(paths[0], content)
    await writeFile(paths[1], gzipSync(content))
    const openFiles = async (): Promise<string[]> => {
      const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
      return (await Promise.all(links)).filter((target) => paths.includes(target))
    }
    for (const path of paths) for await (const chunk of byteChunks(path, 'test')) if (chunk.length > 0) break
    for (let tries = 0; tries < 50 && (await openFiles()).length > 0; tries++) await new Promise((done) => setTimeout(done, 10))
    expect(await openFiles()).toEqual([])
  })
})

describe('describeSource', () => {
  it('gives the path, or the size', () => {
    expect(describeSource('a/b.gz')).toBe('a/b.gz')
    expect(describeSource(new URL('file:///a%20b.csv'))).toBe('/a b.csv')
    expect(describeSource(new Uint8Array(7))).toBe('7 bytes')
  })
})
