import type { Figure } from '../plots/index.js'
import { scriptJson } from '../plots/html.js'

/** Seconds that a chart waits for the cell that brings Plotly: outputs of a long notebook are put into the page one after the other. */
const PATIENCE = 30

// Draws into every element with the figure's id, since a notebook can be open in two views; redraws when the view changes its width.
const DRAW = `function (id, figure, patience) {
  var started = Date.now()
  function hosts() { return Array.from(document.querySelectorAll('[data-figure="' + id + '"]')).filter(function (host) { return !host.querySelector('svg') }) }
  function say(text) { hosts().forEach(function (host) { host.textContent = text }) }
  function draw(Plotly) {
    hosts().forEach(function (host) {
      host.textContent = ''
      Plotly.newPlot(host, figure.data, figure.layout, { displaylogo: false }).then(function () {
        new ResizeObserver(function () { if (host.isConnected && host.offsetWidth) Plotly.Plots.resize(host) }).observe(host)
      })
    })
  }
  function wait() {
    var plotly = window.__fastkmeansPlotly || (window.Plotly && Promise.resolve(window.Plotly))
    if (plotly && hosts().length) plotly.then(draw).catch(function (error) { say('This chart could not be drawn: ' + error.message) })
    else if (Date.now() - started < patience * 1000) setTimeout(wait, 50)
    else say('Plotly is not in this page: run the first cell with a chart again.')
  }
  wait()
}`

/** One chart as HTML for a notebook's output. Plotly comes from another output, see `plotlyScript`. */
export function figureHtml({ data, layout }: Figure, id: string): string {
  const height = typeof layout.height === 'number' ? layout.height : 420
  const host = `<div data-figure="${id}" style="height:${height}px">A chart: run this notebook, or trust it, to see it.</div>`
  return `${host}<script>(${DRAW})("${id}",${scriptJson({ data, layout })},${PATIENCE})</script>`
}
