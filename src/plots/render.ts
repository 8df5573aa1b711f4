/** @file A report: figures, text and tables in one HTML file that needs nothing else, neither network nor server. */
import type { Figure } from './figure.js'
import { FITTED } from './fit.js'
import { escapeHtml, scriptJson } from './html.js'
import { plotlyScript } from './plotlyScript.js'
import { THEMED } from './theme.js'
import { writeWhole } from './writeWhole.js'

/** A part of a report: a heading, text, figures or HTML. */
export interface ReportSection {
  /** May be empty. */
  heading: string
  /** Plain text above the rest; an empty line starts a new paragraph. */
  text?: string
  /** HTML taken as it is, such as `htmlTable(...)`; what comes from outside goes through `escapeHtml` first. */
  html?: string
  figure?: Figure
}

/** A page of sections. */
export interface Report {
  title: string
  /** Plain text under the title. */
  text?: string
  sections: readonly ReportSection[]
}

// The page's policy is the promise that no request leaves it; scripts and images can only be those inside of it.
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"

const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #222; --line: #ddd; --rule: #888 }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #181818; --ink: #e2e2e2; --line: #3d3d3d; --rule: #8c8c8c } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1120px; padding: 24px 32px 48px; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
h1 { font-size: 28px; line-height: 1.25; margin: 8px 0 12px; overflow-wrap: anywhere }
h2 { font-size: 20px; line-height: 1.3; margin: 36px 0 8px; overflow-wrap: anywhere }
p { max-width: 76ch; margin: 8px 0 12px }
.table { overflow-x: auto; margin: 12px 0 }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
thead th { border-bottom: 2px solid var(--rule); vertical-align: bottom }
td.number, th.number { text-align: right; white-space: nowrap }
td.short { white-space: nowrap }
td.long { min-width: 32ch }
.scroll { overflow-x: auto; margin: 12px 0 }
.figure { min-width: 560px }
@media (max-width: 900px) { body { padding: 16px } table { font-size: 12.5px } th, td { padding: 4px 7px } }
@media print {
  body { max-width: none; padding: 0; font-size: 11pt }
  h1, h2, p { break-after: avoid }
  .figure, tr { break-inside: avoid }
  .figure { height: auto !important; min-width: 0 }
  .scroll { overflow: visible }
  .figure .svg-container { width: 100% !important; height: auto !important }
  .figure .main-svg { width: 100%; height: auto }
  .figure .main-svg ~ .main-svg { position: absolute; left: 0; top: 0 }
  .figure .svg-container > .main-svg:first-child { position: static !important; display: block }
  .modebar-container { display: none }
  .table { overflow: visible }
  table { font-size: 8pt }
  th, td { padding: 3px 5px }
}`

// An SVG scales on paper only if it has a viewBox, which Plotly does not give it. Paper is light, whatever the screen is.
const DRAW = `
(function () {
  var hosts = Array.from(document.querySelectorAll('.figure')), themed = ${THEMED}, fitted = ${FITTED}
  function fail(error) { hosts.forEach(function (host) { if (!host.querySelector('svg')) host.textContent = 'This chart could not be drawn: ' + error.message }) }
  function scalable(host) {
    host.querySelectorAll('.main-svg').forEach(function (svg) { svg.setAttribute('viewBox', '0 0 ' + svg.getAttribute('width') + ' ' + svg.getAttribute('height')) })
  }
  window.__fastkmeansPlotly.then(async function (Plotly) {
    function paint(host, onPaper) {
      var figure = fitted(JSON.parse(host.nextElementSibling.textContent), host.offsetWidth || 900), shown = onPaper ? figure : themed(figure, host)
      return Plotly.react(host, shown.data, shown.layout, { responsive: true, displaylogo: false })
    }
    for (var host of hosts) {
      host.textContent = ''
      await paint(host, false)
      scalable(host)
      host.on('plotly_afterplot', scalable.bind(null, host))
    }
    function all(onPaper) { hosts.forEach(function (host) { paint(host, onPaper) }) }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () { all(false) })
    addEventListener('beforeprint', function () { all(true) })
    addEventListener('afterprint', function () { all(false) })
    document.documentElement.dataset.drawn = hosts.length
  }).catch(fail)
})()`

/** A page with all sections, in order. Plotly is in it once, and only if there is a figure. */
export function figuresToHtml({ title, text, sections }: Report): string {
  const figures = sections.some((section) => section.figure)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${paragraphs(text)}
${sections.map(sectionHtml).join('\n')}
${figures ? `${plotlyScript()}\n<script>${DRAW}</script>` : ''}
</body>
</html>
`
}

function sectionHtml({ heading, text, html = '', figure }: ReportSection): string {
  return `<section>
${heading === '' ? '' : `<h2>${escapeHtml(heading)}</h2>`}
${paragraphs(text)}
${html}
${figure ? figureHtml(figure) : ''}
</section>`
}

const paragraphs = (text = ''): string =>
  text
    .split(/\n\s*\n/)
    .filter((p) => p.trim() !== '')
    .map((p) => `<p>${escapeHtml(p.trim())}</p>`)
    .join('\n')

function figureHtml({ data, layout }: Figure): string {
  const height = typeof layout.height === 'number' ? layout.height : 420
  return `<div class="scroll"><div class="figure" style="height:${height}px">This chart needs JavaScript.</div>
<script type="application/json">${scriptJson({ data, layout })}</script></div>`
}

/** Writes a report to `path`, making its folder. Whole or not at all: a file that was there stays until the new one is complete. */
export const writeReport = (path: string, report: Report): Promise<void> => writeWhole(path, figuresToHtml(report))
