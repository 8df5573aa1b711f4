/** @file Charts in a narrow page: a phone, half a notebook. The page decides, since a figure does not know its width. */

/**
 * A JavaScript function of the page, (figure, width in pixels) → figure: unchanged where everything has room. Else titles are broken into
 * more lines, labels of an axis left out, counts in cells that are too small for them left out (pointing at a cell tells), and a legend
 * stands below the chart, unless the figure gives it a place. The sizes of letters are those of common fonts. Text with tags of its own is
 * left as it is.
 */
export const FITTED = `function (figure, width) {
  var layout = Object.assign({}, figure.layout), data = figure.data || [], room = width - 92
  function wrapped(text, letters) {
    var lines = String(text).split('<br>'), kept = [], line = ''
    if (lines.every(function (one) { return one.length <= letters }) || /<(?!br>)/.test(text)) return text
    lines.join(' ').split(' ').forEach(function (word) {
      // Words longer than a line are cut behind hyphens and the like.
      var parts = word.length > letters ? word.match(/[^-_/.]+[-_/.]*|[-_/.]+/g) : [word]
      parts.forEach(function (part, i) {
        var longer = line && i === 0 ? line + ' ' + part : line + part
        if (line && longer.length > letters) { kept.push(line); line = part } else line = longer
      })
    })
    return kept.concat(line).join('<br>')
  }
  function longest(texts) { return texts.reduce(function (most, text) { return Math.max(most, String(text).length) }, 0) }
  var title = layout.title && layout.title.text
  // Over the chart it begins beside the labels of the axis.
  if (title && 8.5 * longest(title.split('<br>')) > width - 100 && !/<(?!br>)/.test(title)) {
    var again = wrapped(title, Math.floor((width - 32) / 8.5))
    var more = again.split('<br>').length - title.split('<br>').length
    layout.title = Object.assign({}, layout.title, { text: again, x: 0, xref: 'container', pad: { t: 16, l: 16 } })
    layout.margin = Object.assign({}, layout.margin, { t: ((layout.margin || {}).t || 60) + 20 * more })
  }
  var map = data.find(function (trace) { return trace.type === 'heatmap' && Array.isArray(trace.x) })
  if (map) {
    var names = (layout.yaxis || {}).ticktext || []
    room = width - 120 - Math.max(36, 8 * longest(names))
    data = data.filter(function (trace) {
      return trace.mode !== 'text' || !Array.isArray(trace.text) || (7 * longest(trace.text) + 4) * map.x.length <= room
    })
  }
  var x = layout.xaxis
  if (x && x.title && x.title.text) {
    var words = wrapped(x.title.text, Math.floor((width - 90) / 8))
    if (words !== x.title.text) x = Object.assign({}, x, { title: Object.assign({}, x.title, { text: words }) })
  }
  if (x && Array.isArray(x.tickvals) && Array.isArray(x.ticktext)) {
    var at = x.tickvals.map(function (value) { return x.type === 'log' ? Math.log(value) : +value })
    var span = (at[at.length - 1] - at[0]) * (1 + (map ? 1 / at.length : 0.1))
    // Longer ones are turned, and stand as close as lines of text.
    var gap = longest(x.ticktext) <= 4 ? 8 * longest(x.ticktext) + 5 : 16, last = -Infinity
    var kept = at.map(function (place) { return (place - last) * room / span >= gap && ((last = place), true) })
    if (span > 0 && kept.indexOf(false) >= 0) {
      var some = function (_, i) { return kept[i] }
      x = Object.assign({}, x, { tickvals: x.tickvals.filter(some), ticktext: x.ticktext.filter(some) })
    }
  }
  if (x !== layout.xaxis) layout.xaxis = x
  var placed = ['orientation', 'x', 'y'].some(function (name) { return name in (layout.legend || {}) })
  if (width < 500 && layout.legend && layout.showlegend !== false && !placed)
    layout.legend = Object.assign({}, layout.legend, { orientation: 'h', yref: 'container', y: 0, yanchor: 'bottom', x: 0 })
  return { data: data, layout: layout }
}`
