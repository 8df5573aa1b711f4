import type { Figure } from '../plots/index.js'
import { scriptJson } from '../plots/html.js'

/** Seconds that a chart waits for the cell that brings Plotly: outputs of a long notebook are put into the page one after the other. */
const PATIENCE = 30

// Draws into every element with the figure's id, since a notebook can be open in two views; redraws when the view changes its width.
// The front end replaces a display by new HTML. The chart of a live one is kept in the page's registry meanwhile, and moved into its new place
// before the next frame: so it neither flickers nor loses zoom, which Plotly keeps while `uirevision` stays the same.
const DRAW = `function (id, figure, patience, live) {
  var started = Date.now(), all = window.__fastkmeansCharts || (window.__fastkmeansCharts = {}), chart = all[id] || { nodes: [] }
  chart.figure = figure
  if (live) all[id] = chart; else delete all[id]
  function hosts() { return Array.from(document.querySelectorAll('[data-figure="' + id + '"]')) }
  function say(text) { hosts().forEach(function (host) { if (!host.querySelector('svg')) host.textContent = text }) }
  function nodeIn(host, Plotly) {
    if (host.firstElementChild) return host.firstElementChild
    var node = chart.nodes.find(function (other) { return !other.isConnected })
    if (!node) {
      node = document.createElement('div')
      node.style.height = '100%'
      chart.nodes.push(node)
      new ResizeObserver(function () { if (node._fullLayout && node.isConnected && node.offsetWidth) Plotly.Plots.resize(node) }).observe(node)
    }
    host.textContent = ''
    host.appendChild(node)
    return node
  }
  function draw(Plotly) {
    hosts().forEach(function (host) {
      var node = nodeIn(host, Plotly)
      if (node.__figure === chart.figure) return
      node.__figure = chart.figure
      Plotly.react(node, chart.figure.data, Object.assign({ uirevision: id }, chart.figure.layout), { displaylogo: false })
    })
  }
  function attempt() {
    var plotly = window.__fastkmeansPlotly
    if (hosts().length && window.Plotly) return draw(window.Plotly)
    if (hosts().length && plotly) plotly.then(draw).catch(function (error) { say('This chart could not be drawn: ' + error.message) })
    else if (Date.now() - started < patience * 1000) setTimeout(attempt, 50)
    else say('Plotly is not in this page: run the first cell with a chart again.')
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
  return `${host}<script>(${DRAW})("${id}",${scriptJson({ data, layout })},${PATIENCE},${live})</script>`
}
