/** @file The points that every backend must label alike: awkward shapes, ties, offsets, scales. Made from the library's own generator. */
import { random } from '../../src/random.js'

export interface Case {
  name: string
  n: number
  d: number
  k: number
  /** n·d values. */
  x: Float32Array
  /** k·d values to start from. */
  start: Float32Array
  weights?: Float64Array
  spherical?: boolean
}

type Fill = (u: (i: number) => number, i: number, d: number) => number

const FILLS: Record<string, Fill> = {
  uniform: (u, i) => u(i) * 2 - 1,
  'clustered far apart': (u, i, d) => Math.floor(u(1e6 + Math.floor(i / d)) * 7) * 10 + u(i),
  'few different rows': (u, i, d) => Math.floor(u(1e6 + Math.floor(i / d)) * 5) + (i % d),
  'integer lattice with exact ties': (u, i) => Math.floor(u(i) * 3),
  'offset 1e4': (u, i) => 1e4 + u(i),
  'offset 1e6': (u, i) => 1e6 + u(i),
  'scale 1e-20': (u, i) => (u(i) - 0.5) * 1e-20,
  'scale 1e20': (u, i) => (u(i) - 0.5) * 1e20,
  'scale 1e-42, denormal': (u, i) => (u(i) - 0.5) * 1e-42,
  'scale 1e37': (u, i) => (u(i) - 0.5) * 1e37,
  'one huge feature': (u, i, d) => (u(i) - 0.5) * (i % d === 0 ? 1e6 : 1),
  'a huge feature of few values': (u, i, d) => (i % d === 1 ? 1e6 * Math.floor(u(i) * 3) : Math.floor(u(i) * 2)),
  'two huge features': (u, i, d) => (u(i) - 0.5) * (i % d < 2 ? 1e3 : 1),
  'clumps far apart in one feature': (u, i, d) => u(i) + (i % d === 0 ? 1e7 * Math.floor(u(1e6 + i) * 2) : 0),
  'tiny beside one feature': (u, i, d) => (u(i) - 0.5) * (i % d === 0 ? 1 : 1e-15),
  'one feature near the end of float32': (u, i, d) => (u(i) - 0.5) * (i % d === 0 ? 1e37 : 1),
  'a heavy-tailed feature': (u, i, d) => (i % d === 0 ? 1 / (u(i) + 1e-7) : u(i)),
  'one huge outlier': (u, i) => (i === 0 ? 1e18 : u(i)),
  'bytes, mostly 0': (u, i) => (u(i) < 0.8 ? 0 : Math.floor(u(2e6 + i) * 256)),
  'unit norm': (u, i) => u(i) + u(3e6 + i) + u(6e6 + i) - 1.5,
}

function fill(kind: string, n: number, d: number, seed: number): Float32Array {
  const { uniform } = random(seed, 77)
  const x = new Float32Array(n * d)
  for (let i = 0; i < x.length; i++) x[i] = FILLS[kind](uniform, i, d)
  if (kind === 'unit norm') {
    for (let i = 0; i < n; i++) {
      const row = x.subarray(i * d, (i + 1) * d)
      const norm = Math.hypot(...row) || 1
      row.forEach((value, t) => (row[t] = value / norm))
    }
  }
  return x
}

function makeCase(kind: string, n: number, d: number, k: number): Case {
  const x = fill(kind, n, d, n * 1000 + d * 10 + k)
  return { name: `${kind}: n=${n} d=${d} k=${k}`, n, d, k, x, start: x.slice(0, k * d) }
}

/** Points on the perpendicular bisectors of centroids, moved by a few units in the last place. */
function nearTies(d: number): Case {
  const k = 6
  const n = 240
  const { uniform } = random(d, 78)
  const start = Float32Array.from({ length: k * d }, (_, i) => uniform(i) * 4 - 2)
  const x = new Float32Array(n * d)
  for (let i = 0; i < n; i++) {
    const a = i % k
    const b = (i + 1 + (Math.floor(i / k) % (k - 1))) % k
    for (let t = 0; t < d; t++) x[i * d + t] = (start[a * d + t] + start[b * d + t]) / 2
    x[i * d] += (uniform(1e5 + i) - 0.5) * 2 ** -21
  }
  return { name: `near ties: d=${d}`, n, d, k, x, start }
}

const weighted = (base: Case, scale: number): Case => {
  const { uniform } = random(base.n, 79)
  const raw = Float64Array.from({ length: base.n }, (_, i) => Math.fround(i % 7 === 3 ? 0 : uniform(i) * scale))
  const max = raw.reduce((a, b) => Math.max(a, b), 0)
  const down = 2 ** -Math.floor(Math.log2(max))
  return { ...base, name: `weights up to ${scale}, ${base.name}`, weights: raw.map((w) => w * down) }
}

/** The lightest are below the first limb of the heaviest, so that the second one counts. */
function weightsOfAllSizes(base: Case): Case {
  const { uniform } = random(base.n, 80)
  const weights = Float64Array.from({ length: base.n }, (_, i) => (1 + Math.fround(uniform(i))) * 2 ** -Math.floor(uniform(1e5 + i) * 60))
  weights[0] = 1.5
  return { ...base, name: `weights of all sizes, ${base.name}`, weights: weights.map(Math.fround) }
}

const SHAPES: readonly [n: number, d: number, k: number][] = [
  [1, 1, 1],
  [2, 3, 2],
  [63, 2, 7],
  [64, 16, 64],
  [65, 17, 63],
  [257, 33, 65],
  [300, 100, 5],
  [1000, 1, 64],
  [1000, 3, 1],
  [1000, 4, 1000],
  [1000, 128, 65],
  [130, 300, 20],
  [200, 400, 150],
  [90, 513, 9],
  [70, 784, 10],
  [60, 1100, 12],
]

/** Every shape with plain data, every kind of data with a middling shape, and the special ones. */
export const CASES: readonly Case[] = [
  ...SHAPES.map(([n, d, k]) => makeCase('uniform', n, d, k)),
  ...Object.keys(FILLS).flatMap((kind) => [makeCase(kind, 321, 19, 23), makeCase(kind, 200, 2, 6)]),
  ...[1, 2, 16, 33, 128, 784].map(nearTies),
  weighted(makeCase('uniform', 500, 6, 11), 1),
  weighted(makeCase('clustered far apart', 300, 20, 8), 1e-6),
  weighted(makeCase('bytes, mostly 0', 300, 64, 8), 1e9),
  weightsOfAllSizes(makeCase('uniform', 500, 6, 11)),
  weightsOfAllSizes(makeCase('clustered far apart', 300, 20, 290)),
  { ...makeCase('unit norm', 400, 32, 12), spherical: true },
  { ...makeCase('integer lattice with exact ties', 400, 3, 12), spherical: true },
]

/** Large enough for what is chosen by a sample of the rows; columns that hold most of the spread, or all of it. */
export const LEAD_CASES: readonly Case[] = [
  makeCase('uniform', 2500, 2, 100),
  makeCase('clustered far apart', 2500, 3, 130),
  makeCase('integer lattice with exact ties', 2500, 4, 60),
  makeCase('uniform', 2100, 8, 33),
  makeCase('one huge feature', 2500, 20, 100),
  makeCase('a huge feature of few values', 2500, 9, 300),
  makeCase('one huge feature', 3000, 33, 900),
  makeCase('one huge feature', 1200, 100, 300),
  makeCase('two huge features', 900, 200, 260),
  makeCase('two huge features', 3000, 20, 700),
  makeCase('clumps far apart in one feature', 2500, 16, 600),
  makeCase('tiny beside one feature', 2000, 8, 400),
  makeCase('a heavy-tailed feature', 2500, 12, 70),
]

/** Cases more than one block of rows long, for the sums over rows. */
export const LONG_CASE: Case = makeCase('uniform', 9000, 3, 5)
