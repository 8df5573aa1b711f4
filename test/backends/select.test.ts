import { afterEach, describe, expect, test, vi } from 'vitest'
import * as cpu from '../../src/backends/cpu/cpu.js'
import * as cuda from '../../src/backends/cuda/cuda.js'
import { reference } from '../../src/backends/reference.js'
import { selectBackend, selectTableBackend } from '../../src/backends/select.js'
import type { Choice } from '../../src/backends/select.js'
import type * as wasm from '../../src/backends/wasm/wasm.js'
import type { Device } from '../../src/options.js'
import { PLAN } from './sessionRuns.js'

const SMALL = { n: 150, d: 4, k: 3, niter: 25 }
const LARGE = { n: 1_000_000, d: 128, k: 8192, niter: 25 }
const auto = (work: typeof SMALL): ReturnType<typeof selectBackend> => selectBackend('test', { device: 'auto', gpu: true }, work)

vi.mock('../../src/backends/cpu/cpu.js', async (original) => ({ ...(await original<typeof cpu>()) }))
vi.mock('../../src/backends/cuda/cuda.js', async (original) => ({ ...(await original<typeof cuda>()) }))
vi.mock('../../src/backends/wasm/wasm.js', async (original) => ({ ...(await original<typeof wasm>()) }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe("device 'auto'", () => {
  test('takes plain loops for small problems, where nothing has to start', async () => {
    const { backend, why } = await auto(SMALL)
    expect(backend.name).toBe('reference')
    expect(why).toMatch(/^auto: estimated [\d.]+ ms, /)
  })

  test('takes something faster for large ones', async () => {
    expect((await auto(LARGE)).backend.name).not.toBe('reference')
  })

  test('takes the native library for smaller problems once it is loaded', async () => {
    vi.resetModules()
    const { selectBackend } = await import('../../src/backends/select.js')
    const native = await import('../../src/backends/cpu/cpu.js')
    vi.spyOn(native, 'cpuAvailable').mockReturnValue({ available: true, why: '' })
    vi.spyOn(native, 'cpuIsa').mockReturnValue('avx2')
    vi.spyOn(native, 'openCpu').mockResolvedValue({ ...reference, name: 'cpu:avx2' })
    const taken = async (device: 'auto' | 'cpu', work = { n: 2000, d: 32, k: 20, niter: 10 }): Promise<string> =>
      (await selectBackend('test', { device, gpu: false }, work)).backend.name
    expect(await taken('auto')).toBe('reference')
    await taken('cpu')
    expect(await taken('auto')).toBe('cpu:avx2')
    expect(await taken('auto', SMALL)).toBe('reference')
  })

  test('takes the native library when many small problems together have taken as long as its start', async () => {
    vi.resetModules()
    const { selectBackend } = await import('../../src/backends/select.js')
    const native = await import('../../src/backends/cpu/cpu.js')
    vi.spyOn(native, 'cpuAvailable').mockReturnValue({ available: true, why: '' })
    vi.spyOn(native, 'openCpu').mockResolvedValue({ ...reference, name: 'cpu:avx2' })
    const taken = async (work = { n: 500, d: 8, k: 5, niter: 25 }): Promise<string> =>
      (await selectBackend('test', { device: 'auto', gpu: false }, work)).backend.name
    const names: string[] = []
    for (let i = 0; i < 500; i++) names.push(await taken())
    expect(names.slice(0, 5)).toStrictEqual(Array(5).fill('reference'))
    expect(names.slice(-5)).toStrictEqual(Array(5).fill('cpu:avx2'))
    expect(await taken({ n: 1, d: 8, k: 5, niter: 0 })).toBe('reference')
  })

  test('takes WebAssembly without the native library, and says why', async () => {
    vi.spyOn(cpu, 'cpuAvailable').mockReturnValue({ available: false, why: 'no compiler' })
    const { backend, why } = await auto(LARGE)
    expect(backend.name).toMatch(/^wasm/)
    expect(why).toMatch(/^auto: estimated .*, no cpu: no compiler$/)
  })

  test('goes on without shared memory too, and says why', async () => {
    vi.spyOn(cpu, 'cpuAvailable').mockReturnValue({ available: false, why: 'no compiler' })
    vi.stubGlobal('SharedArrayBuffer', undefined)
    const { backend, why } = await auto(LARGE)
    expect(backend.name).toMatch(/^tfjs:/)
    expect(why).toMatch(/, no cpu: no compiler, no wasm: this JavaScript engine has no SharedArrayBuffer$/)
  })

  test('goes on when the native library does not load, and says why', async () => {
    vi.spyOn(cpu, 'cpuAvailable').mockReturnValue({ available: true, why: '' })
    vi.spyOn(cpu, 'openCpu').mockRejectedValue(new Error('wrong ELF class'))
    const { backend, why } = await auto(LARGE)
    expect(backend.name).toMatch(/^wasm/)
    expect(why).toContain('no cpu: wrong ELF class')
  })

  test('takes an NVIDIA device where there is one and the work is worth its start', async () => {
    const available = vi.spyOn(cuda, 'cudaAvailable').mockResolvedValue({ available: true, why: 'GPU' })
    vi.spyOn(cuda, 'openCuda').mockResolvedValue({ ...reference, name: 'cuda:0' })
    expect((await auto(LARGE)).backend.name).toBe('cuda:0')
    expect(available).toHaveBeenCalledOnce()
    expect((await auto(SMALL)).backend.name).toBe('reference')
    expect(available).toHaveBeenCalledOnce()
  })

  test('keeps off GPUs where gpu is false, and says so', async () => {
    vi.spyOn(cuda, 'cudaAvailable').mockResolvedValue({ available: true, why: 'GPU' })
    const { backend, why } = await selectBackend('test', { device: 'auto', gpu: false }, LARGE)
    expect(backend.name).not.toMatch(/^cuda/)
    expect(why).toContain('no cuda: gpu: false')
  })

  test('goes on without an NVIDIA driver, and says why', async () => {
    vi.spyOn(cuda, 'cudaAvailable').mockResolvedValue({ available: false, why: 'no NVIDIA driver' })
    const { backend, why } = await auto(LARGE)
    expect(backend.name).not.toMatch(/^cuda/)
    expect(why).toContain('no cuda: no NVIDIA driver')
  })
})

describe('a device that was asked for by name', () => {
  test.each(['webgpu'] as const)('is refused where it is not there: %s', async (device) => {
    await expect(selectBackend('FastKMeans.train', { device, gpu: true }, SMALL)).rejects.toThrow(
      /^FastKMeans\.train: device '.*' is not there: this version has no \w+ backend; use 'auto', 'cuda', 'cpu', 'wasm', 'tfjs' or 'reference'$/,
    )
  })

  test('is not replaced when it does not load', async () => {
    vi.spyOn(cpu, 'openCpu').mockRejectedValue(new Error('wrong ELF class'))
    await expect(selectBackend('test', { device: 'cpu', gpu: true }, LARGE)).rejects.toThrow('wrong ELF class')
  })
})

describe('selectTableBackend', () => {
  const table = (device: Device, n: number): Promise<Choice> =>
    selectTableBackend('test', { device, gpu: false }, { n, d: 64, k: 512, niter: 0 })

  test('takes a device by name if it computes tables of distances, and else one of those that do', async () => {
    for (const device of ['reference', 'wasm'] as const) expect((await table(device, 1e6)).why).toBe(`device: '${device}'`)
    for (const device of ['auto', 'cuda', 'tfjs:wasm'] as const) {
      const { device: taken, backend, why } = await table(device, 1e6)
      expect(['cpu', 'wasm'], device).toContain(taken)
      expect(why).toMatch(/^auto: estimated /)
      expect(why).not.toContain('tfjs')
      const session = await backend.open({ blocks: [new Float32Array(4)], n: 2, d: 2 }, { ...PLAN, k: 1 })
      expect(session.distances, device).toBeDefined()
      session.dispose()
    }
  })

  test('takes plain loops for few distances', async () => {
    expect((await table('auto', 2)).device).toBe('reference')
  })
})
