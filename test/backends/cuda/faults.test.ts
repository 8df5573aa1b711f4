/** @file The CUDA backend when things go wrong: what is missing is named with the way to get it, and nothing stays behind. */
import { describe, expect, test } from 'vitest'
import type { Session } from '../../../src/backends/backend.js'
import type { CudaApi } from '../../../src/backends/cuda/driver/api.js'
import { cudaAvailable, openCuda } from '../../../src/backends/cuda/cuda.js'
import { initialise } from '../../../src/backends/cuda/driver/driver.js'
import { reference } from '../../../src/backends/reference.js'
import { fakeCuda } from './fake/fakeCuda.js'
import type { FakeOptions } from './fake/fakeCuda.js'
import { fakeBackend, history, PLAN, prepare, uniformPoints } from './helpers.js'

const NOTHING = { bytes: 0, streams: 0, events: 0 }
const POINTS = uniformPoints(500, 6)
/** Large enough to pass through pinned memory. */
const LARGE = uniformPoints(40_000, 32)

const opened = (options: FakeOptions, which?: string): Promise<unknown> => fakeBackend(options, which).then(({ backend }) => backend)

/** A start of the driver where there is none. */
const start = (): Promise<never> => Promise.reject(new Error('no NVIDIA driver: libcuda.so.1: cannot open; install one, 550 or newer'))

describe('a device that cannot be had is refused with the reason', () => {
  test.each<[string, FakeOptions, string, RegExp]>([
    ['no device', { fail: { call: 'init', code: 100 } }, '0', /found no device/],
    ['all devices hidden', { devices: 0 }, '0', /found no device; CUDA_VISIBLE_DEVICES may hide it/],
    ['a driver that does not start', { fail: { call: 'init', code: 3 } }, '0', /CUDA_ERROR_NOT_INITIALIZED; check it with nvidia-smi/],
    ['an old driver', { version: 11_080 }, '0', /is for CUDA 11\.8; update it to 550 \(CUDA 12\.4\) or newer/],
    ['an old device', { capability: [6, 1] }, '0', /'cuda:0', got none: .* compute capability 6\.1; 7\.5 or newer is needed/],
    ['a device beyond the last', { devices: 2 }, '7', /'cuda:7', got none: .*there is cuda:0 \(Fake GPU\), cuda:1 \(Fake GPU\)/],
    [
      'a device that others hold',
      { fail: { call: 'devicePrimaryCtxRetain', code: 2 } },
      '0',
      /a context on cuda:0, got CUDA_ERROR_OUT_OF_MEMORY/,
    ],
  ])('%s', async (_, options, which, message) => {
    await expect(opened(options, which)).rejects.toThrow(message)
  })

  test('no driver, as here or as elsewhere', async () => {
    await expect(openCuda('0', start)).rejects.toThrow(
      "openCuda: expected device 'cuda:0', got none: no NVIDIA driver: libcuda.so.1: cannot open; install one, 550 or newer; or use device 'cpu'",
    )
    expect(await cudaAvailable(start)).toMatchObject({ available: false, why: expect.stringMatching(/^no NVIDIA driver/) })
  })

  test('PTX that the driver refuses', async () => {
    await expect(opened({ fail: { call: 'loadModules', code: 218 } })).rejects.toThrow(
      /Fake GPU to take the kernels of \w+ \(ptxas: unknown version\), got CUDA_ERROR_INVALID_PTX; update the NVIDIA driver/,
    )
  })

  test.each<[capability: [number, number], sharedBytes: number, screens: string[]]>([
    [[7, 5], 65_536, []],
    [[8, 6], 101_376, ['screenAmpere:screenAmpere']],
    [[9, 0], 232_448, ['screenHopper:screen8', 'screenHopperInt8:screenInt8x4']],
    [[12, 0], 101_376, ['screenAmpere:screenAmpere']],
  ])('on a device of capability %j sessions load what they need, once', async (capability, sharedBytes, screens) => {
    const fake = fakeCuda({ capability, sharedBytes })
    const driver = await initialise(() => fake)
    const loaded: (string | undefined)[] = []
    const { loadModules } = fake
    fake.loadModules = (context, images) => {
      loaded.push(...images.map((image) => /\.target (\w+)/.exec(Buffer.from(image).toString())?.[1]))
      return loadModules(context, images)
    }
    const backends = await Promise.all(Array.from({ length: 3 }, () => openCuda('0', async () => driver)))
    for (const backend of backends) (await backend.open({ ...POINTS, d: 128, n: 20_000 }, { ...PLAN, k: 256 })).dispose()
    const { modules, loading } = (await driver.opened.get(0))!
    await Promise.all(loading.values())
    expect([...modules.keys()].filter((name) => /^screen(?!Plain|Direct)/.test(name))).toStrictEqual(screens)
    expect(modules).not.toContain('seeding')
    expect(loaded).toHaveLength(modules.size)
    expect(loaded.every((target) => Number(/\d+/.exec(target!)![0]) <= 10 * capability[0] + capability[1])).toBe(true)
  })

  test('PTX that the driver refuses when it is needed ends what needs it', async () => {
    const { backend, fake } = await fakeBackend()
    const refused = /kernels of \w+ \(ptxas: fatal\), got CUDA_ERROR_INVALID_PTX; update the NVIDIA driver/
    const { loadModules } = fake
    fake.loadModules = (_, images) => images.map(async () => ({ code: 218, module: 0, log: 'ptxas: fatal\n' }))
    await expect(backend.open(POINTS, PLAN)).rejects.toThrow(refused)
    fake.loadModules = loadModules
    const session = await backend.open(POINTS, PLAN)
    await prepare(session, POINTS)
    fake.loadModules = (_, images) => images.map(async () => ({ code: 218, module: 0, log: 'ptxas: fatal\n' }))
    await expect(session.seedWith(new Float32Array(6))).rejects.toThrow(refused)
    session.dispose()
    expect(fake.held()).toStrictEqual(NOTHING)
  })

  test('a context is tried anew where it failed before', async () => {
    const fake = fakeCuda({ fail: { call: 'devicePrimaryCtxRetain', code: 2 } })
    const driver = await initialise(() => fake)
    await expect(openCuda('0', async () => driver)).rejects.toThrow(/OUT_OF_MEMORY/)
    expect((await openCuda('0', async () => driver)).name).toBe('cuda:0')
  })
})

/** Every call of a whole session, by name, and how often it is made. */
async function callsOf(points: typeof POINTS): Promise<Map<keyof CudaApi, number>> {
  const { backend, fake } = await fakeBackend()
  const session = await backend.open(points, PLAN)
  await history(session, points, 7)
  const counts = new Map<keyof CudaApi, number>()
  for (const call of fake.calls as (keyof CudaApi)[]) counts.set(call, (counts.get(call) ?? 0) + 1)
  return counts
}

async function runToError(options: FakeOptions, points: typeof POINTS): Promise<{ error: unknown; held: object; session?: Session }> {
  const { backend, fake } = await fakeBackend(options)
  let session: Session | undefined
  let error: unknown
  try {
    session = await backend.open(points, PLAN)
    await history(session, points, 7)
  } catch (caught) {
    error = caught
  }
  session?.dispose()
  return { error, held: fake.held(), session }
}

const STARTING = [
  'init',
  'driverGetVersion',
  'deviceGetCount',
  'deviceGet',
  'deviceGetName',
  'deviceGetAttribute',
  'deviceTotalMem',
  'devicePrimaryCtxRetain',
  'loadModules',
]
const CALLS = await callsOf(LARGE)

describe('whichever call fails, whenever: an error that names it, and everything is given back', () => {
  test.each([...CALLS.keys()].filter((call) => !STARTING.includes(call)))('%s', async (call) => {
    const points = call.startsWith('mem') || call === 'upload' ? LARGE : POINTS
    const times = points === LARGE ? CALLS.get(call)! : Math.min(CALLS.get(call)!, 40)
    for (const nth of new Set([0, 1, times >> 2, times >> 1, times - 1])) {
      for (const code of [1, 719]) {
        const { error, held } = await runToError({ fail: { call, nth, code } }, points)
        // Calls of dispose() come last: what fails there ends the process's use of the device, and is nobody's error.
        if (error !== undefined) expect(String(error)).toMatch(code === 1 ? /CUDA_ERROR_INVALID_VALUE/ : /CUDA_ERROR_LAUNCH_FAILED/)
        if (code === 1 && call !== 'memFree' && call !== 'eventDestroy' && call !== 'streamDestroy')
          expect(held, `${call} ${nth}`).toStrictEqual(NOTHING)
      }
    }
  })

  test('a fault of a kernel ends the use of its device in this process, and says so', async () => {
    const fake = fakeCuda({ fail: { call: 'launchKernel', nth: 9, code: 700 } })
    const driver = await initialise(() => fake)
    const backend = await openCuda('0', async () => driver)
    const session = await backend.open(POINTS, PLAN)
    await expect(history(session, POINTS, 7)).rejects.toThrow(
      /to launch \w+.*, got CUDA_ERROR_ILLEGAL_ADDRESS; cuda:0 cannot be used any more in this process; start a new one/,
    )
    await expect(session.centroids()).rejects.toThrow(/its context failed before \(CUDA_ERROR_ILLEGAL_ADDRESS\); start a new process/)
    session.dispose()
    await expect(openCuda('0', async () => driver)).rejects.toThrow(/its context failed before \(CUDA_ERROR_ILLEGAL_ADDRESS\)/)
  })

  test('memory that runs out in the middle: what for, how much, how much is free, the way out', async () => {
    const { backend, fake } = await fakeBackend()
    const { memAlloc } = fake
    let calls = 0
    // The first asks for all at once, and gets less.
    fake.memAlloc = (out, bytes) => (calls++ === 0 || calls > 9 ? 2 : memAlloc(out, bytes))
    const session = await backend.open(POINTS, PLAN)
    await expect(history(session, POINTS, 7)).rejects.toThrow(
      /^cuda: expected \d+ bytes of memory for .+ \(.+ of 8\.00 GB free on cuda:0\), got CUDA_ERROR_OUT_OF_MEMORY; .* memoryBudget/,
    )
    session.dispose()
    expect(fake.held()).toStrictEqual(NOTHING)
  })

  test('a memoryBudget that not even one block of rows fits', async () => {
    const { backend, fake } = await fakeBackend()
    await expect(backend.open(LARGE, { ...PLAN, memoryBudget: 1e6 })).rejects.toThrow(
      /^cuda: expected memory for 40000 × 32 points in blocks and 7 centroids, at least .+, got 1\.00 MB; raise memoryBudget/,
    )
    expect(fake.held()).toStrictEqual(NOTHING)
  })
})

describe('what is cut off', () => {
  test('an E-step that is aborted in the middle leaves the labels of the last one, and the session works on', async () => {
    const [n, d, k] = [30_000, 130, 3]
    const points = uniformPoints(n, d)
    const controller = new AbortController()
    let launches = 0
    const onLaunch = (kernel: string): void => {
      if (kernel === 'assign_plain' && controller.signal.aborted === false && ++launches === 5) controller.abort(new Error('stop'))
    }
    const { backend, fake } = await fakeBackend({ onLaunch })
    const session = await backend.open(points, { ...PLAN, k, memoryBudget: 3e7 })
    const twin = await reference.open(points, { ...PLAN, k })
    for (const s of [session, twin]) {
      await prepare(s, points)
      await s.setCentroids(points.blocks[1].slice(0, k * d))
      await s.step()
    }
    await expect(session.step({ signal: controller.signal })).rejects.toThrow('stop')
    expect(await session.labels()).toStrictEqual(await twin.labels())
    await session.step()
    await twin.step()
    expect(await session.labels()).toStrictEqual(await twin.labels())
    expect(await session.centroids()).toStrictEqual(await twin.centroids())
    session.dispose()
    expect(fake.held()).toStrictEqual(NOTHING)
  })

  test('an upload that is aborted stops before its last piece, and is made anew at the next call', async () => {
    const { backend, fake } = await fakeBackend()
    const session = await backend.open(LARGE, PLAN)
    const controller = new AbortController()
    const work = session.columnStats(undefined, { signal: controller.signal })
    controller.abort(new Error('stop'))
    await expect(work).rejects.toThrow('stop')
    expect(fake.calls).not.toContain('launchKernel')
    expect(await history(session, LARGE, 7)).toStrictEqual(await history(await reference.open(LARGE, PLAN), LARGE, 7))
    session.dispose()
    expect(fake.held()).toStrictEqual(NOTHING)
  })

  test('a session that is disposed of at work says so, and its memory goes when the copies under way are done', async () => {
    const { backend, fake } = await fakeBackend()
    const session = await backend.open(LARGE, PLAN)
    const work = session.columnStats()
    await new Promise((resolve) => setImmediate(resolve))
    session.dispose()
    await expect(work).rejects.toThrow('expected a live session, got a disposed one')
    await expect(session.centroids()).rejects.toThrow('disposed')
    expect(fake.held()).toStrictEqual(NOTHING)
  })

  test('points whose buffer was given away are refused', async () => {
    const { backend } = await fakeBackend()
    const x = new Float32Array(400)
    const session = await backend.open({ blocks: [x], n: 100, d: 4 }, PLAN)
    structuredClone(x, { transfer: [x.buffer] })
    await expect(session.columnStats()).rejects.toThrow('expected points in memory, got a detached buffer')
    session.dispose()
  })
})
