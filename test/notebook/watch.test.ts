import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FastKMeans } from '../../src/fastkmeans.js'
import { calinskiHarabaszScore, daviesBouldinScore, silhouetteSamples, silhouetteScore } from '../../src/metrics/index.js'
import { interruptible } from '../../src/notebook/index.js'
import type { InitContext, IterationStats } from '../../src/options.js'

interface Sent {
  html: string
  text: string
  id?: string
  update?: boolean
}
interface Kernel {
  __displayBundle?: (data: Record<string, string>, metadata: object, id?: string, update?: boolean) => void
  __interruptHandlers?: Set<() => void>
}
const kernel = globalThis as Kernel
const x = Float32Array.from(
  { length: 4000 },
  (_, i) => Math.sin(i * 12.9898) * 43_758.5453 - Math.floor(Math.sin(i * 12.9898) * 43_758.5453),
)
const options = { device: 'reference', niter: 8, tol: -1, seed: 3 } as const
const press = (): void => kernel.__interruptHandlers?.forEach((handle) => handle())
const pressAt =
  (iteration: number) =>
  (stats: IterationStats): void => {
    if (stats.iteration === iteration) press()
  }
const startAfterPress = async ({ rows }: InitContext): Promise<Float32Array> => {
  press()
  return rows(Uint32Array.of(0, 1, 2, 3, 4))
}

/**
 * A training that lasts for some pauses of a chart, by a clock of its own, in a notebook that has Plotly already or not.
 * @returns what was sent: live states of the chart, its last, and the bar
 */
async function slowly({ pauses, hasPlotly }: { pauses: number; hasPlotly: boolean }) {
  vi.resetModules()
  const { CHART_PAUSE } = await import('../../src/notebook/live.js')
  const { show } = await import('../../src/notebook/show.js')
  const { FastKMeans: Fresh } = await import('../../src/fastkmeans.js')
  if (hasPlotly) show({ data: [], layout: {} })
  sent = []
  vi.useFakeTimers({ toFake: ['performance'] })
  const niter = 40
  const onIteration = (): void => void vi.advanceTimersByTime((pauses * CHART_PAUSE) / niter)
  await new Fresh(4, 5, { ...options, niter, progress: true, onIteration }).fit(x)
  const charts = sent.filter(({ html }) => html.includes('data-figure'))
  const bars = sent.filter((one) => !charts.includes(one)).map(({ html }) => html)
  return { states: charts.slice(0, -1), last: charts[charts.length - 1], bars }
}

let sent: Sent[] = []
beforeEach(() => {
  sent = []
  kernel.__displayBundle = (data, _metadata, id, update) => sent.push({ html: data['text/html'], text: data['text/plain'], id, update })
  kernel.__interruptHandlers = new Set()
})
afterEach(() => {
  delete kernel.__displayBundle
  delete kernel.__interruptHandlers
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('the option progress', () => {
  it('replaces a bar, and adds a static chart of every iteration to it at the end', async () => {
    const km = await new FastKMeans(4, 5, { ...options, progress: true }).fit(x)
    const [bar, chart] = [sent.slice(0, -1), sent[sent.length - 1]]
    expect(new Set(bar.map(({ id }) => id)).size).toBe(1)
    expect(bar.map(({ update }) => update)).toEqual([false, ...bar.slice(1).map(() => true)])
    expect(bar[bar.length - 1].text).toMatch(
      /^k-means, d = 4, k = 5: 8 iterations, [\d.]+ s on reference, inertia [\d.]+; ended by: all iterations \(niter\) were run$/,
    )
    expect([chart.update, chart.text]).toEqual([false, '[chart: Inertia by iteration, 1 trace]'])
    expect(chart.html).toMatch(/"x":\[1,2,3,4,5,6,7,8\].*,false\)<\/script>$/s)
    expect(km.nIter).toBe(8)
  })

  it('spares a short training the chart until its end', async () => {
    const { states } = await slowly({ pauses: 0.9, hasPlotly: true })
    expect(states).toEqual([])
  })

  it('spares a longer one the loading of Plotly', async () => {
    const { states } = await slowly({ pauses: 2.9, hasPlotly: false })
    expect(states).toEqual([])
  })

  it('draws the same chart throughout, states no closer than the pause, Plotly with the first and with the last, which is the one that is saved', async () => {
    const { states, last } = await slowly({ pauses: 8.5, hasPlotly: false })
    expect(states.length).toBeGreaterThanOrEqual(5)
    expect(states.length).toBeLessThanOrEqual(6)
    const charts = [...states, last].map(({ html }) => /<div data-figure="([^"]+)"/.exec(html)?.[1])
    expect([charts.includes(undefined), new Set(charts).size]).toEqual([false, 1])
    expect([...states, last].map(({ html }) => html.includes('DecompressionStream'))).toEqual([
      true,
      ...states.slice(1).map(() => false),
      true,
    ])
    expect([...states, last].map(({ html }) => html.endsWith(',true)</script>'))).toEqual([...states.map(() => true), false])
  })

  it('shows the convergence from the start as a small line beside the bar', async () => {
    const { bars } = await slowly({ pauses: 2, hasPlotly: false })
    expect(bars[0]).not.toContain('<polyline')
    expect(bars.slice(1, -1).every((html) => /<polyline points="1\.0,1\.0 [\d., ]+119\.0,21\.0"/.test(html))).toBe(true)
    expect(bars.length).toBeGreaterThanOrEqual(3)
  })

  it('takes a label, escapes it, and draws each of several runs', async () => {
    await new FastKMeans(4, 5, { ...options, nredo: 3, progress: '<mine>' }).fit(x)
    const [bar, chart] = sent.slice(-2)
    expect(bar.text).toMatch(/^<mine>: 8 iterations in the best of 3 runs,/)
    expect(bar.html).toContain('&lt;mine&gt;')
    expect(bar.html).not.toContain('<mine>')
    expect(chart.html.match(/"name":"run \d( \(best\))?"/g)?.length).toBe(3)
  })

  it('ends where there is no result too; what was wrong is told by the error', async () => {
    const failing = new FastKMeans(4, 5, { ...options, progress: true }).fit(x.slice(0, 16))
    await expect(failing).rejects.toThrow('FastKMeans.fit: expected at least k = 5 points')
    expect(sent[sent.length - 1].text).toMatch(/^k-means, d = 4, k = 5: ended by an error, after [\d.]+ s$/)
  })

  it('prints lines on stderr where there is no notebook, and is not changed by them', async () => {
    delete kernel.__displayBundle
    const lines = vi.spyOn(console, 'error').mockImplementation(() => {})
    const km = await new FastKMeans(4, 5, { ...options, progress: true }).fit(x)
    expect(lines.mock.calls.map(([line]) => String(line).split(':')[0])).toEqual(['k-means, d = 4, k = 5', 'k-means, d = 4, k = 5'])
    expect(km.centroids).toEqual((await new FastKMeans(4, 5, options).fit(x)).centroids)
  })
})

describe('what takes long', () => {
  let now = performance.now()
  /** A clock on which a second passes between two looks. */
  beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000)))
  // pace.ts remembers when the event loop had its turn: else it would be ahead of the tests that follow.
  afterEach(async () => {
    vi.restoreAllMocks()
    // Backends are loaded anew after vi.resetModules, with a clock of their own.
    const { pace } = await import('../../src/pace.js')
    await pace().rest()
  })
  const large = new Float32Array(60_000).map((_, i) => x[i % x.length] + (i % 7))

  it('is shown in a training: how far the start and an iteration are, and the time they take yet', async () => {
    await new FastKMeans(4, 80, { ...options, niter: 2, init: 'k-means++', maxPointsPerCentroid: null, progress: true }).fit(large)
    const bar = sent.filter(({ text }) => text.startsWith('k-means, d = 4'))
    const texts = bar.map(({ text }) => text).join('\n')
    expect(texts).toMatch(/^k-means, d = 4, k = 80: k-means\+\+: 20 of 80 centroids, [\d.]+ s, at most .* to the first iteration$/m)
    expect(texts).toMatch(/^k-means, d = 4, k = 80: iteration 1 of at most 2: \d+ % of the rows, [\d.]+ s, at most .* left$/m)
    expect(texts).toMatch(/^k-means, d = 4, k = 80: the last labels: \d+ % of the rows, [\d.]+ s/m)
    const shares = bar.flatMap(({ html }) => /<progress value="([\d.]+)"/.exec(html)?.[1] ?? []).map(Number)
    shares.forEach((share, i) => expect(share).toBeGreaterThanOrEqual(shares[i - 1] ?? 0))
  })

  it('is shown in a prediction, under the label of its model, and ends with a line', async () => {
    const km = FastKMeans.fromCentroids(large.slice(0, 800), 4, { ...options, progress: '<mine>' })
    await km.predict(large)
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    expect(sent[0].text).toMatch(/^<mine>, predict: \d+ % of the rows, [\d.]+ s/)
    expect(sent[0].html).toContain('&lt;mine&gt;')
    expect(sent[sent.length - 1].text).toMatch(/^<mine>, predict: done, after [\d.]+ s$/)
  })

  it('says of a prediction how it ended', async () => {
    const km = FastKMeans.fromCentroids(large.slice(0, 800), 4, { ...options, progress: true })
    await expect(km.transform(large, { onProgress: press })).rejects.toThrow('Interrupted')
    expect(sent[sent.length - 1].text).toMatch(/^transform: stopped, after/)
  })
})

describe('the stop button', () => {
  it('ends a training with words for the cell, keeps its centroids, leaves no handler, and lets the next one run', async () => {
    const km = new FastKMeans(4, 5, options)
    await expect(km.train(x, { onIteration: pressAt(3) })).rejects.toThrow(
      'FastKMeans.train: interrupted after 3 iterations; the model holds its best centroids so far',
    )
    expect([km.stopReason, km.nIter, km.labels.length]).toEqual(['aborted', 3, 1000])
    expect(kernel.__interruptHandlers?.size).toBe(0)
    await km.train(x)
    expect([km.stopReason, km.nIter]).toEqual(['niter', 8])
  })

  it('ends it before the first iteration too, and says that these are no better than the start', async () => {
    const km = new FastKMeans(4, 5, { ...options, init: startAfterPress })
    await expect(km.train(x)).rejects.toThrow('interrupted after 0 iterations; the model holds the centroids it started from')
    expect([km.stopReason, km.nIter]).toEqual(['aborted', 0])
  })

  it('is the business of an interruptible around it: then the training resolves', async () => {
    const km = new FastKMeans(4, 5, options)
    await interruptible((signal) => km.train(x, { signal, onIteration: pressAt(2) }))
    expect([km.stopReason, km.nIter]).toEqual(['aborted', 2])
  })

  it('leaves a signal of the caller its meaning', async () => {
    const controller = new AbortController()
    const km = new FastKMeans(4, 5, options)
    await km.train(x, { signal: controller.signal, onIteration: ({ iteration }) => (iteration === 2 ? controller.abort() : undefined) })
    expect([km.stopReason, km.nIter]).toEqual(['aborted', 2])
  })

  it('ends predictions', async () => {
    const km = FastKMeans.fromCentroids(x.slice(0, 2000), 4, { device: 'reference' })
    const work = km.predict(new Float32Array(800_000))
    await vi.waitUntil(() => kernel.__interruptHandlers?.size === 1, { interval: 1, timeout: 10_000 })
    press()
    await expect(work).rejects.toThrow('Interrupted')
    expect(kernel.__interruptHandlers?.size).toBe(0)
  })

  it.each(Object.entries({ silhouetteSamples, silhouetteScore, daviesBouldinScore, calinskiHarabaszScore }))(
    'ends %s, whose computation does not go on',
    async (_, metric) => {
      const points = Float32Array.from({ length: 120_000 }, (_, i) => x[i % x.length] + (i % 7))
      const labels = Int32Array.from({ length: 30_000 }, (_, i) => i % 3000)
      const work = metric(points, labels, { d: 4 })
      await vi.waitUntil(() => kernel.__interruptHandlers?.size === 1, { interval: 1, timeout: 10_000 })
      press()
      await expect(work).rejects.toThrow('Interrupted')
      expect(kernel.__interruptHandlers?.size).toBe(0)
      // Within interruptible its signal decides.
      const within = interruptible<unknown>((signal) => metric(points, labels, { d: 4, signal }))
      await vi.waitUntil(() => kernel.__interruptHandlers?.size === 1, { interval: 1, timeout: 10_000 })
      press()
      await expect(within).rejects.toThrow('Interrupted')
    },
  )

  it('is not listened for outside of a notebook', async () => {
    delete kernel.__displayBundle
    delete kernel.__interruptHandlers
    const before = process.listenerCount('SIGINT')
    const counts: number[] = []
    await new FastKMeans(4, 5, options).train(x, { onIteration: () => void counts.push(process.listenerCount('SIGINT')) })
    expect(counts).toEqual(counts.map(() => before))
  })
})
