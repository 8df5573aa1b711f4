/** @file One chart as a notebook's output: HTML that draws it, and its line of text. */
import type { Figure } from '../plots/index.js'
import { FITTED } from '../plots/fit.js'
import { scriptJson } from '../plots/html.js'
import { THEMED } from '../plots/theme.js'

/** Seconds that a chart waits for the cell that brings Plotly: outputs of a long notebook are put into the page one after the other. */
const PATIENCE = 30
/**
 * Times the milliseconds that a drawing took: the least pause before the next state of a live chart, where the page is slower than the
 * kernel thinks.
 */
const REST = 30

// Draws into every element with the figure's id, since a notebook can be open in two views; redraws when the view changes its width or its
// theme. The front end replaces a display by new HTML. The chart of a live one is kept in the page's registry meanwhile, and moved into its
// new place before the next frame: so it neither flickers nor loses zoom, which Plotly keeps while `uirevision` stays the same.
const DRAW = `function (id, figure, live) {
  var started = Date.now(), all = window.__fastkmeansCharts || (window.__fastkmeansCharts = {}), chart = all[id] || { nodes: [] }
  var themed = ${THEMED}
  var fitted = ${FITTED}
  chart.figure = figure
  if (live) all[id] = chart; else delete all[id]
  function hosts() { return Array.from(document.querySelectorAll('[data-figure="' + id + '"]')) }
  function say(text) { hosts().forEach(function (host) { if (!host.querySelector('svg')) host.textContent = text }) }
  function paint(Plotly, node, figure) {
    var before = performance.now(), cold = !node._fullLayout, shown = themed(fitted(figure, node.offsetWidth || 900), node.parentElement)
    node.__repaint = function () { if (node.isConnected) paint(Plotly, node, figure) }
    Plotly.react(node, shown.data, Object.assign({ uirevision: id }, shown.layout), { displaylogo: false })
    // The first drawing compiles Plotly, and says nothing of the next.
    if (!cold) node.__rest = performance.now() + ${REST} * (performance.now() - before)
  }
  function nodeIn(host, Plotly) {
    if (host.firstElementChild) return host.firstElementChild
    var node = chart.nodes.find(function (other) { return !other.isConnected })
    if (!node) {
      node = document.createElement('div')
      node.style.height = '100%'
      chart.nodes.push(node)
      new ResizeObserver(function () {
        var width = node.isConnected && node._fullLayout && node.offsetWidth
        if (width && width !== node._fullLayout.width) Plotly.Plots.resize(node).then(node.__repaint)
      }).observe(node)
    }
    host.textContent = ''
    host.appendChild(node)
    return node
  }
  function draw(Plotly) {
    hosts().forEach(function (host) {
      var node = nodeIn(host, Plotly)
      if (node.__figure === chart.figure || live && performance.now() < node.__rest) return
      node.__figure = chart.figure
      paint(Plotly, node, chart.figure)
    })
  }
  function attempt() {
    var plotly = window.__fastkmeansPlotly
    if (hosts().length && window.Plotly) return draw(window.Plotly)
    if (hosts().length && plotly) plotly.then(draw).catch(function (error) { say('This chart could not be drawn: ' + error.message) })
    else if (Date.now() - started < ${PATIENCE * 1000}) setTimeout(attempt, 50)
    else say('Plotly is not in this page: run the first cell with a chart again.')
  }
  if (!window.__fastkmeansTheme) {
    window.__fastkmeansTheme = new MutationObserver(function () {
      document.querySelectorAll('[data-figure] > *').forEach(function (node) { if (node.__repaint) node.__repaint() })
    })
    window.__fastkmeansTheme.observe(document.body, { attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name', 'data-vscode-theme-kind'] })
  }
  attempt()
}`

/**
 * One chart as HTML for a notebook's output. Plotly comes from another output, see `plotlyOnce`.
 * @param live whether it will be replaced by the next state of the same chart, under the same id
 */
export function figureHtml({ data, layout }: Figure, id: string, live = false): string {
  const height = typeof layout.height === 'number' ? layout.height : 420
  const host = `<div data-figure="${id}" style="height:${height}px">A chart: run this notebook, or trust it, to see it.</div>`
  return `${host}<script>(${DRAW})("${id}",${scriptJson({ data, layout })},${live})</script>`
}

/** '[chart: its title, 3 traces]'. */
export function figureText({ data, layout }: Figure): string {
  const title = (layout.title as { text?: unknown } | undefined)?.text
  const traces = `${data.length} trace${data.length === 1 ? '' : 's'}`
  return typeof title === 'string' ? `[chart: ${title.replace(/<[^>]*>/g, ' ')}, ${traces}]` : `[chart: ${traces}]`
}
