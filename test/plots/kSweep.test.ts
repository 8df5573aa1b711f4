import { describe, expect, it } from 'vitest'
import type { Figure } from '../../src/plots/index.js'
import { elbow, kSweep } from '../../src/plots/index.js'

const lines = ({ data }: Figure): Figure['data'] => data.filter(({ mode }) => mode === 'lines+markers')
const text = ({ layout }: Figure): string | undefined => (layout.annotations as { text: string }[] | undefined)?.[0].text
const runs = (ks: number[]): { k: number; inertia: number }[] => ks.map((k) => ({ k, inertia: 100 / k }))

describe('elbow', () => {
  it('is where two straight lines meet', () => {
    expect(elbow([1, 2, 3, 4, 5, 6], [100, 60, 20, 15, 10, 5])).toBe(3)
  })

  it("names what kneed's KneeLocator finds", () => {
    // KneeLocator(range(1, 11), [round(1000/i, 3) for i in range(1, 11)], curve='convex', direction='decreasing').knee → 3 (kneed 0.9.0)
    const ks = Array.from({ length: 10 }, (_, i) => i + 1)
    expect(
      elbow(
        ks,
        ks.map((k) => Number((1000 / k).toFixed(3))),
      ),
    ).toBe(3)
    // KneeLocator([2, 3, 4, 6, 8, 12, 20], [100, 70, 52, 40, 33, 27, 22], curve='convex', direction='decreasing').knee → 6
    expect(elbow([2, 3, 4, 6, 8, 12, 20], [100, 70, 52, 40, 33, 27, 22])).toBe(6)
  })
})

describe('kSweep', () => {
  it('draws inertia against k in ascending order, the mean of several runs, and the band they lie in', () => {
    const figure = kSweep([
      { k: 4, inertia: 1 },
      { k: 2, inertia: 4 },
      { k: 2, inertia: 8 },
    ])
    expect(lines(figure)[0]).toMatchObject({ x: [2, 4], y: [6, 1] })
    expect(figure.data[0]).toMatchObject({ x: [2, 4, 4, 2], y: [8, 1, 1, 4], fill: 'toself' })
  })

  it('gives each score a panel of its own, one below the other without an overlap', () => {
    const { data, layout } = kSweep(runs([2, 3, 4]).map((run) => ({ ...run, scores: { a: run.k, b: -run.k } })))
    expect(data.map(({ yaxis = 'y' }) => yaxis)).toEqual(['y', 'y2', 'y3'])
    const domains = [layout.yaxis, layout.yaxis2, layout.yaxis3].map((axis) => (axis as { domain: [number, number] }).domain)
    expect(domains[0][1]).toBe(1)
    expect(domains[0][0]).toBeGreaterThan(domains[1][1])
    expect(domains[1][0]).toBeGreaterThan(domains[2][1])
    expect(domains[2][0]).toBeCloseTo(0, 2)
  })

  it('marks the elbow from four k on, another k on demand, or none', () => {
    const many = runs([1, 2, 3, 4, 6, 10])
    expect(text(kSweep(many))).toBe('elbow at k = 3')
    expect(text(kSweep(many, { mark: 6 }))).toBe('k = 6')
    expect(text(kSweep(many, { mark: false }))).toBeUndefined()
    expect(text(kSweep(runs([1, 2, 3])))).toBeUndefined()
  })

  it('is logarithmic in k where k spans a factor of twenty, and labels no two ticks closer than a twentieth', () => {
    const ks = Array.from({ length: 60 }, (_, i) => i + 1)
    const { xaxis } = kSweep(runs(ks)).layout as { xaxis: { type: string; tickvals: number[] } }
    expect(xaxis.type).toBe('log')
    const gaps = xaxis.tickvals.slice(1).map((k, i) => Math.log(k / xaxis.tickvals[i]))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(Math.log(60) / 20)
  })

  it('refuses nothing, a k that is none, a score that some runs lack, and a mark beside the runs', () => {
    expect(() => kSweep([])).toThrow('kSweep: expected at least one run, got none')
    expect(() => kSweep([{ k: 0, inertia: 1 }])).toThrow('kSweep: expected k to be a positive integer, got 0')
    expect(() => kSweep([{ k: 1, inertia: NaN }])).toThrow('kSweep: expected finite inertia, got NaN (index 0)')
    expect(() => kSweep([{ k: 1, inertia: 1, scores: { s: 1 } }, { k: 2, inertia: 1 }])).toThrow("expected finite score 's' of every run, got NaN (index 1)") // prettier-ignore
    expect(() => kSweep(runs([1, 2]), { mark: 5 })).toThrow('kSweep: expected mark to be a k of the runs, got 5')
  })
})
