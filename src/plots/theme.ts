/**
 * @file Charts on a dark page: JupyterLab's dark theme, VS Code's. The page decides, since the notebook's file knows nothing of its
 * reader's theme.
 */

/**
 * A JavaScript function of the page, (figure, host) → figure: unchanged where the page behind the element `host` is light; else with the
 * page's colour as paper, and with the inks of our charts (src/plots) made light. Only properties whose name ends in 'color' are touched,
 * so that scales of heat maps and images keep theirs. A figure with colours of its own keeps them; those it leaves open suit the page.
 */
export const THEMED = `function (figure, host) {
  var paper = '#ffffff', rgb = [255, 255, 255]
  for (var element = host; element; element = element.parentElement) {
    var color = getComputedStyle(element).backgroundColor, parts = /^rgba?\\(/.test(color) ? color.match(/[\\d.]+/g).map(Number) : []
    if (parts.length === 3 || parts[3] > 0.5) { rgb = parts; paper = 'rgb(' + parts.slice(0, 3).join() + ')'; break }
  }
  if (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2] > 110) return figure
  var inks = {
    '#ffffff': paper, '#ffffffcc': paper, '#e6e6e6': '#3d3d3d', '#888888': '#8c8c8c',
    '#666666': '#ababab', '#444444': '#c9c9c9', '#222222': '#e2e2e2', '#000000': '#f2f2f2'
  }
  function ink(value) {
    var opaque = inks[value.slice(0, 7)]
    return inks[value] || (value.length === 9 && /^#/.test(opaque) ? opaque + value.slice(7) : value)
  }
  function lit(value, name) {
    if (typeof value === 'string') return /color$/.test(name) ? ink(value) : value
    if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(function (one) { return lit(one, name) })
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(function (entry) { return [entry[0], /scale$/.test(entry[0]) ? entry[1] : lit(entry[1], entry[0])] }))
  }
  var axis = { gridcolor: inks['#e6e6e6'], linecolor: inks['#888888'], zerolinecolor: inks['#888888'] }
  var open = { paper_bgcolor: paper, plot_bgcolor: paper, font: { color: inks['#222222'] }, xaxis: axis, yaxis: axis }
  return { data: lit(figure.data, 'data'), layout: Object.assign({ template: { layout: open } }, lit(figure.layout, 'layout')) }
}`
