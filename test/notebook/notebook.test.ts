import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as notebook from '../../src/notebook/index.js'
import type { Figure } from '../../src/plots/index.js'

interface Sent {
  data: Record<string, string>
  id?: string
  update?: boolean
}
interface Kernel {
  __displayBundle?: (data: Record<string, string>, metadata: object, id?: string, update?: boolean) => void
  __runningCell?: { id?: string; run: number }
}
const kernel = globalThis as Kernel
const figure: Figure = { data: [{ y: [1], name: '</script>' }], layout: { title: { text: 'A <br>title' }, height: 250 } }
const stats = (iteration: number, redo = 0): { iteration: number; redo: number; obj: number } => ({ iteration, redo, obj: 1234.56789 })
/** A fresh module: what is shown first is remembered in it. */
const load = (): Promise<typeof notebook> => {
  vi.resetModules()
  return import('../../src/notebook/index.js')
}

let sent: Sent[] = []
beforeEach(() => {
  sent = []
  kernel.__displayBundle = (data, _metadata, id, update) => sent.push({ data, id, update })
})
afterEach(() => {
  delete kernel.__displayBundle
  delete kernel.__runningCell
  vi.restoreAllMocks()
  vi.useRealTimers()
})
const withPlotly = (): boolean[] => sent.map(({ data }) => data['text/html'].includes('DecompressionStream'))

describe('show', () => {
  it('brings Plotly with the first figure only', async () => {
    const { show } = await load()
    for (let i = 0; i < 3; i++) show(figure)
    expect(withPlotly()).toEqual([true, false, false])
  })

  it('brings Plotly again, once, when the cell that held it is run again', async () => {
    const { show } = await load()
    kernel.__runningCell = { id: 'a', run: 1 }
    show(figure)
    show(figure)
    kernel.__runningCell = { id: 'b', run: 2 }
    show(figure)
    kernel.__runningCell = { id: 'a', run: 3 }
    show(figure)
    show(figure)
    expect(withPlotly()).toEqual([true, false, false, true, false])
  })

  it('sends a host of the right height, data that cannot leave the script, and a line of text', async () => {
    const { show } = await load()
    show(figure)
    const { 'text/html': html, 'text/plain': text } = sent[0].data
    expect(html).toMatch(/<div data-figure="figure-[\w-]+" style="height:250px">/)
    expect(html.endsWith(',false)</script>')).toBe(true)
    expect(html.match(/<\/script/g)?.length).toBe(2)
    expect(text).toBe('[chart: A  title, 1 trace]')
  })

  it('prints a line where there is no notebook', async () => {
    delete kernel.__displayBundle
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const { show } = await load()
    show(figure)
    expect(log.mock.calls).toEqual([['[chart: A  title, 1 trace] (plots.writeReport writes it to a file)']])
  })

  it('refuses a promise of a figure, and what is none', async () => {
    const { show } = await load()
    expect(() => show(Promise.resolve(figure) as unknown as Figure)).toThrow('got a promise; await it first')
    expect(() => show(undefined as unknown as Figure)).toThrow('show: expected a figure { data, layout }, Points or a model, got undefined')
  })
})

describe('progress', () => {
  it('replaces one display, at most ten times a second, and ends with the last state', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { progress } = await load()
    const { BAR_PAUSE } = await import('../../src/notebook/live.js')
    const bar = progress({ niter: 200, label: '<fit>' })
    for (let i = 1; i <= 200; i++) {
      vi.advanceTimersByTime(10)
      bar.onIteration(stats(i))
    }
    bar.done()
    bar.done()
    bar.onIteration(stats(7))
    expect(BAR_PAUSE).toBeGreaterThanOrEqual(100)
    expect(sent.length).toBe(Math.ceil(2000 / (Math.ceil(BAR_PAUSE / 10) * 10)) + 1)
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    expect(sent.map(({ update }) => update)).toEqual([false, ...sent.slice(1).map(() => true)])
    expect(sent[sent.length - 1].data['text/plain']).toBe('<fit>: iteration 200 of at most 200, inertia 1234.57, 2.0 s')
    expect(sent[sent.length - 1].data['text/html']).toContain('value="1.0000"')
    expect(sent[sent.length - 1].data['text/html']).toContain('&lt;fit&gt;')
  })

  it('counts runs', async () => {
    const { progress } = await load()
    progress({ niter: 10, nredo: 4 }).onIteration(stats(5, 1))
    expect(sent[0].data['text/html']).toContain('value="0.3750"')
    expect(sent[0].data['text/plain']).toContain('run 2 of 4, iteration 5 of at most 10')
  })

  it('prints at most one line a second where there is no notebook', async () => {
    delete kernel.__displayBundle
    vi.useFakeTimers({ toFake: ['performance'] })
    const lines = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { progress } = await load()
    const bar = progress({ niter: 30 })
    for (let i = 1; i <= 30; i++) {
      bar.onIteration(stats(i))
      vi.advanceTimersByTime(100)
    }
    bar.done()
    expect(lines.mock.calls.map(([line]) => line)).toEqual(
      [1, 11, 21, 30].map(
        (i, s) =>
          `k-means: iteration ${i} of at most 30, inertia 1234.57, ${s}.0 s${['', ', at most 2 s left', ', at most 1 s left', ''][s]}`,
      ),
    )
  })

  it('refuses a number of iterations that is none', async () => {
    const { progress } = await load()
    expect(() => progress({ niter: 0 })).toThrow('progress: expected niter to be a positive integer, got 0')
  })
})

describe('interruptible', () => {
  it('aborts the signal on SIGINT, and leaves no listener behind', async () => {
    const { interruptible } = await load()
    const before = process.listenerCount('SIGINT')
    const reason = await interruptible(async (signal) => {
      process.emit('SIGINT')
      return (signal.reason as Error).message
    })
    expect(reason).toBe('Interrupted')
    expect(process.listenerCount('SIGINT')).toBe(before)
  })

  it('returns and throws what the work does', async () => {
    const { interruptible } = await load()
    expect(await interruptible(async (signal) => signal.aborted)).toBe(false)
    await expect(interruptible(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(process.listenerCount('SIGINT')).toBe(0)
  })
})

describe("Deno's kernel", () => {
  interface DenoKernel {
    Deno?: { jupyter: { broadcast(type: string, content: object): void } }
  }

  it('is sent displays and updates, whether its broadcast returns a promise or nothing', async () => {
    delete kernel.__displayBundle
    const types: string[] = []
    ;(globalThis as DenoKernel).Deno = { jupyter: { broadcast: (type) => void types.push(type) } }
    try {
      const { progress } = await load()
      const bar = progress({ niter: 1 })
      bar.onIteration(stats(1))
      bar.done()
    } finally {
      delete (globalThis as DenoKernel).Deno
    }
    expect(types).toEqual(['display_data', 'update_display_data'])
  })
})

describe('liveFigure', () => {
  it('replaces one chart, ends with a static one, and leaves later states out', async () => {
    const { liveFigure } = await load()
    const chart = liveFigure()
    chart.update(figure)
    chart.done({ ...figure, layout: { title: { text: 'last' } } })
    chart.update(figure)
    expect(sent.map(({ update }) => update)).toEqual([false, true])
    expect(sent[1].data['text/plain']).toBe('[chart: last, 1 trace]')
    expect([sent[0], sent[1]].map(({ data }) => data['text/html'].endsWith(',false)</script>'))).toEqual([false, true])
    expect(new Set(sent.map(({ data }) => /<div data-figure="([^"]+)"/.exec(data['text/html'])?.[1])).size).toBe(1)
  })

  it('prints its title once where there is no notebook', async () => {
    delete kernel.__displayBundle
    const lines = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { liveFigure } = await load()
    const chart = liveFigure()
    chart.update(figure)
    chart.done()
    expect(lines.mock.calls).toEqual([['[chart: A  title, 1 trace]']])
  })
})

describe('show', () => {
  it('shows points and models as cards, whose text is escaped', async () => {
    const { show } = await load()
    show({ blocks: [Float32Array.of(1, 2, 3, 4)], n: 2, d: 2, note: '<note>' })
    show({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': 'own', 'text/plain': 'own' }) } as never)
    expect(sent[0].data['text/plain']).toBe('Points(n=2, d=2, float32 in 1 block; <note>) [1, 2], [3, 4]')
    expect(sent[0].data['text/html']).toContain('&lt;note&gt;')
    expect(sent[1].data['text/html']).toBe('own')
  })
})
