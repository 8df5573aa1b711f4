import { checkNames } from '../optionChecks.js'
import type { Figure } from './figure.js'
import { axis, baseLayout, checkFinite, DASHES, evenly, PALETTE, plainText, roundedTo } from './figure.js'

/** One run: a value for each iteration, the first of iteration 1. */
export interface Curve {
  name: string
  values: ArrayLike<number>
}

/** Options of convergence. */
export interface ConvergenceOptions {
  /** Default 'Convergence'. */
  title?: string
  /** What the values are (default 'inertia'). */
  yTitle?: string
  /** Divide each curve by its last value, so that runs of different size share one chart (default false). */
  relative?: boolean
  /** Logarithmic y axis (default false). */
  log?: boolean
  /** Pixels (default 420). */
  height?: number
}

/** At most so many values of a curve are drawn, evenly chosen: a chart is some 700 pixels wide, and cannot show more. */
const MAX_STEPS = 500

/** A line for each run over its iterations. Lines differ in colour, and in dash once the colours start again. */
export function convergence(curves: readonly Curve[], options: ConvergenceOptions = {}): Figure {
  checkNames('convergence', options, ['title', 'yTitle', 'relative', 'log', 'height'])
  const { title = 'Convergence', yTitle = 'inertia', relative = false, log = false, height = 420 } = options
  if (curves.length === 0) throw new RangeError('convergence: expected at least one curve, got none')
  const data = curves.map(({ name, values }, i) => {
    if (values.length === 0) throw new RangeError(`convergence: expected at least one value in curve '${name}', got none`)
    checkFinite('convergence', `values in curve '${name}'`, values)
    const last = values[values.length - 1]
    if (relative && !(last > 0))
      throw new RangeError(`convergence: expected curve '${name}' to end above 0 with relative: true, got ${last}`)
    const scaled = Array.from(values, (value) => (relative ? value / last : value))
    const y = scaled.map(roundedTo(6, scaled))
    if (log && y.some((value) => value <= 0))
      throw new RangeError(`convergence: expected values above 0 in curve '${name}' with log: true, got ${Math.min(...y)}`)
    const steps = evenly(y.length, MAX_STEPS)
    return {
      type: 'scatter',
      mode: values.length > 60 ? 'lines' : 'lines+markers',
      name: plainText(name, 26, 2),
      x: steps.map((step) => step + 1),
      y: steps.map((step) => y[step]),
      line: { color: PALETTE[i % PALETTE.length], dash: DASHES[Math.floor(i / PALETTE.length) % DASHES.length], width: 2 },
      marker: { size: 5 },
    }
  })
  const label = relative ? `${yTitle} ÷ its last value` : yTitle
  const steps = curves.reduce((most, { values }) => Math.max(most, values.length), 0)
  const layout = baseLayout(title, {
    xaxis: axis('iteration', { rangemode: 'tozero', ...(steps <= 12 && { dtick: 1 }) }),
    yaxis: axis(log ? `${label} (logarithmic)` : label, log ? { type: 'log' } : {}),
    showlegend: curves.length > 1,
    hovermode: 'closest',
    height,
  })
  return { data, layout }
}
