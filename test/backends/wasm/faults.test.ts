/**
 * @file The WebAssembly backend at its edges: aborts, disposal at work, two at once, workers that die, processes that end, what is missing.
 */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../../src/backends/backend.js'
import { Engine } from '../../../src/backends/wasm/engine.js'
import { openWasm, wasmAvailable } from '../../../src/backends/wasm/wasm.js'
import { limbScales } from '../../../src/exact.js'
import { describeAtWork, firstRows, openAtWork } from '../atWork.js'
import { PLAN } from '../sessionRuns.js'

const open = async (centroids: Float32Array): Promise<Session> => openAtWork(await openWasm({ threads: 2 }), centroids)

/** Runs a script in a Node of its own, from a folder of the package, so that the package's name resolves to dist. */
const node = (script: string): string =>
  execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: resolve(import.meta.dirname, '../../../notebooks'),
    encoding: 'utf8',
    timeout: 30_000,
  })

/** The engines that sessions take from now on. */
function watchEngines(): Engine[] {
  const engines: Engine[] = []
  const take = Engine.take.bind(Engine)
  vi.spyOn(Engine, 'take').mockImplementation(async (threads, isa) => {
    engines.push(await take(threads, isa))
    return engines.at(-1)!
  })
  return engines
}

const TRAINING = `
  import { FastKMeans } from 'fastkmeans'
  const x = Float32Array.from({ length: 40000 * 64 }, (_, i) => (i * 7919) % 1009)
  const km = new FastKMeans(64, 2000, { device: 'wasm', niter: 3, maxPointsPerCentroid: null, minPointsPerCentroid: 1 })`

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describeAtWork(() => openWasm({ threads: 2 }))

describe('workers', () => {
  test.each([
    ['the one that makes the calls', 0],
    ['one that helps', 1],
  ])('when %s dies, the call rejects and says so, and the next call works', async (_, index) => {
    const engines = watchEngines()
    const session = await open(firstRows(2000))
    await session.assign()
    const labels = await session.labels()
    await session.update()
    const work = session.assign()
    setTimeout(() => void engines[0].workers[index].terminate(), 5)
    await expect(work).rejects.toThrow(/^Session: expected the worker threads to live, got the end of one: exit code 1; /)
    expect(await session.labels()).toStrictEqual(labels)
    await session.assign()
    const fresh = await open(await session.centroids())
    await fresh.assign()
    expect(await session.labels()).toStrictEqual(await fresh.labels())
    expect(await session.sums()).toStrictEqual(await fresh.sums())
    session.dispose()
    fresh.dispose()
  })

  test('serve one session after the other, but not one at work and its neighbour, nor other numbers of threads', async () => {
    const engines = watchEngines()
    const first = await open(firstRows(100))
    await first.assign()
    first.dispose()
    const second = await open(firstRows(100))
    const neighbour = await open(firstRows(100))
    await Promise.all([second.assign(), neighbour.assign()])
    expect(await second.labels()).toStrictEqual(await neighbour.labels())
    second.dispose()
    neighbour.dispose()
    const alone = await openAtWork(await openWasm({ threads: 1 }), firstRows(100))
    alone.dispose()
    expect(engines[1]).toBe(engines[0])
    expect(new Set(engines).size).toBe(3)
    expect(engines[3].workers.length).toBe(1)
  })

  test('that ended while they were idle, or with their session at work, serve no other', async () => {
    const engines = watchEngines()
    const first = await open(firstRows(100))
    first.dispose()
    const gone = new Promise((resolve) => engines[0].workers[1].once('exit', resolve))
    void engines[0].workers[1].terminate()
    await gone
    const second = await open(firstRows(2000))
    const work = second.assign()
    second.dispose()
    await expect(work).rejects.toThrow(/disposed/)
    const third = await open(firstRows(100))
    await third.assign()
    third.dispose()
    expect(new Set(engines).size).toBe(3)
  })

  test('are idle for a moment, with little memory, and end', async () => {
    const engines = watchEngines()
    const [first, second] = [await open(firstRows(100)), await open(firstRows(100))]
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    first.dispose()
    vi.advanceTimersByTime(5000)
    expect(engines[0].failure).toBeNull()
    vi.advanceTimersByTime(10_000)
    expect(engines[0].failure).not.toBeNull()
    engines[1].release(engines[1].reserve(2 ** 28))
    second.dispose()
    expect(engines[1].failure).not.toBeNull()
  })

  test('idle ones keep no process alive, with a session that was never disposed', () => {
    const printed = node(`${TRAINING}
      const { openWasm } = await import(new URL('backends/wasm/wasm.js', import.meta.resolve('fastkmeans')))
      const session = await (await openWasm({ threads: 2 })).open({ blocks: [x], n: 40000, d: 64 }, { k: 10, precision: 'exact' })
      console.log((await session.columnStats()).max.length)`)
    expect(printed.trim()).toBe('64')
  })

  test('a training at work keeps its process alive, and process.exit ends it', () => {
    expect(node(`${TRAINING}; await km.train(x); console.log(km.stats.backend, km.nIter)`).trim()).toMatch(/^wasm(:relaxed)? 3$/)
    expect(node(`${TRAINING}; setTimeout(() => { console.log('leaves'); process.exit() }, 150); await km.train(x)`).trim()).toBe('leaves')
  })
})

describe('what is missing', () => {
  test('points that the memory cannot hold even in part are refused, and the process lives', async () => {
    const columns = 2 ** 20
    const session = await (
      await openWasm({ threads: 1 })
    ).open({ blocks: [new Float32Array(columns)], n: 1, d: columns }, { ...PLAN, k: 1 })
    await session.columnStats()
    await session.prepare({ scales: limbScales(new Float64Array(columns), 1), mean: new Float32Array(columns), spherical: false })
    vi.spyOn(Engine.prototype, 'reserve').mockImplementation(() => {
      throw new RangeError('Session: expected 8 more bytes of WebAssembly memory, got none')
    })
    await session.setCentroids(new Float32Array(columns))
    await expect(session.assign()).rejects.toThrow(/WebAssembly memory, got none/)
    vi.restoreAllMocks()
    await session.assign()
    expect(await session.labels()).toStrictEqual(Int32Array.of(0))
    session.dispose()
  })

  test('without shared memory it says so', async () => {
    expect(wasmAvailable()).toStrictEqual({ available: true, why: 'WebAssembly SIMD and shared memory found' })
    vi.stubGlobal('SharedArrayBuffer', undefined)
    const why = 'this JavaScript engine has no SharedArrayBuffer'
    expect(wasmAvailable()).toStrictEqual({ available: false, why })
    await expect(openWasm()).rejects.toThrow(`openWasm: expected WebAssembly SIMD and shared memory, got none: ${why}`)
  })
})
