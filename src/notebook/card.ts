/** @file A small card: a heading, and facts by their names. Colours are the theme's where JupyterLab has one. */
import { evenly } from '../plots/figure.js'
import { escapeHtml } from '../plots/html.js'

/** A name and what is to be said under it; text. */
export type Fact = readonly [name: string, value: string]

/**
 * @param heading text
 * @param facts those without a value are left out
 * @param drawing HTML taken as it is, below the facts
 */
export function cardHtml(heading: string, facts: readonly Fact[], drawing = ''): string {
  const rows = facts
    .filter(([, value]) => value !== '')
    .map(
      ([name, value]) =>
        `<div style="color:var(--jp-ui-font-color2,#666);white-space:nowrap">${escapeHtml(name)}</div><div>${escapeHtml(value)}</div>`,
    )
  return (
    '<div style="display:inline-block;max-width:720px;border:1px solid var(--jp-border-color1,#ccc);border-radius:6px;padding:10px 14px;' +
    'background:var(--jp-layout-color1,#fff);color:var(--jp-ui-font-color1,#222);' +
    'font:13px/1.5 system-ui,&quot;Segoe UI&quot;,Roboto,&quot;Helvetica Neue&quot;,Arial,sans-serif">' +
    `<div style="font-weight:600;font-size:14px;margin-bottom:4px">${escapeHtml(heading)}</div>` +
    `<div style="display:grid;grid-template-columns:max-content auto;column-gap:14px">${rows.join('')}</div>${drawing}</div>`
  )
}

const BARS = 60
const WIDTH = 360
const HEIGHT = 40

/** Values as a row of thin bars, in their order; of more than 60, evenly spaced ones. */
export function barsSvg(values: ArrayLike<number>, label: string): string {
  const shown = evenly(values.length, BARS).map((i) => values[i])
  const max = Math.max(...shown, Number.MIN_VALUE)
  const step = Math.min(24, WIDTH / shown.length)
  const bars = shown.map((value, i) => {
    const height = value > 0 ? Math.max(1, (value / max) * HEIGHT) : 0
    return `<rect x="${(i * step).toFixed(1)}" y="${(HEIGHT - height).toFixed(1)}" width="${(step * 0.8).toFixed(1)}" height="${height.toFixed(1)}"/>`
  })
  return (
    `<svg role="img" aria-label="${escapeHtml(label)}" width="${Math.ceil(step * shown.length)}" height="${HEIGHT}" fill="#0072b2" ` +
    `style="display:block;margin-top:8px"><title>${escapeHtml(label)}</title>${bars.join('')}</svg>`
  )
}

/** Values as a small line beside text, in their order; of more than 60, evenly spaced ones. */
export function sparkline(values: ArrayLike<number>, label: string): string {
  const shown = evenly(values.length, BARS).map((i) => values[i])
  const low = Math.min(...shown)
  const range = Math.max(...shown) - low || 1
  const points = shown.map(
    (value, i) => `${((i / Math.max(1, shown.length - 1)) * 118 + 1).toFixed(1)},${(21 - ((value - low) / range) * 20).toFixed(1)}`,
  )
  return (
    `<svg role="img" aria-label="${escapeHtml(label)}" width="120" height="22" fill="none" stroke="#0072b2" stroke-width="1.5" ` +
    `style="vertical-align:middle"><title>${escapeHtml(label)}</title><polyline points="${points.join(' ')}"/></svg>`
  )
}
