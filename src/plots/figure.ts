/** @file What all charts share: the figure type, colours, fonts, axes, and text that is safe to draw. */

/** A Plotly figure: what `Plotly.newPlot(div, figure.data, figure.layout)` takes. Plain data, so it can be changed, stored and compared. */
export interface Figure {
  data: Record<string, unknown>[]
  layout: Record<string, unknown>
}

/** Okabe and Ito's colours, told apart with any kind of colour vision; yellow last, since it is faint on white. */
export const PALETTE = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#f0e442'] as const

/** Beside colour, the second mark of a series: each time the colours start again, the next symbol and dash. */
export const SYMBOLS = ['circle', 'square', 'triangle-up', 'diamond', 'x-thin-open'] as const
/** The dash of a series whose mark is a line. */
export const DASHES = ['solid', 'dash', 'dot', 'dashdot', 'longdash'] as const

const TITLE_WIDTH = 78
/** Letters in a line of an axis' title, which the shortest axis has room for; beyond two lines it is cut. */
const AXIS_WIDTH = 44
const LINE_HEIGHT = 20

/**
 * Text for Plotly, which reads HTML tags and entities in titles and names: taken literally, and broken into lines of about `width` letters;
 * of more than `most` lines the first ones, with an ellipsis.
 */
export function plainText(text: string, width = Infinity, most = Infinity): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).flatMap((w) => pieces(w, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  const all = [...lines, line]
  const kept =
    all.length > most
      ? [
          ...all.slice(0, most - 1),
          `${all
            .slice(most - 1)
            .join(' ')
            .slice(0, width - 1)}…`,
        ]
      : all
  return kept.map((s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')).join('<br>')
}

/** A word longer than a line, cut: behind hyphens and the like where it has any ('tokens-1024'), else where the line ends. */
function pieces(word: string, width: number): string[] {
  if (word.length <= width) return [word]
  const cut: string[] = []
  for (const part of word.split(/(?<=[-_/.])/)) {
    const last = cut.at(-1)
    if (last !== undefined && last.length + part.length <= width) cut[cut.length - 1] = last + part
    else for (let i = 0; i < part.length; i += width) cut.push(part.slice(i, i + width))
  }
  return cut
}

/** Indices into `length` values: all, or `most` of them, evenly spaced, the first and the last among them. */
export const evenly = (length: number, most: number): number[] =>
  length <= most
    ? Array.from({ length }, (_, i) => i)
    : Array.from({ length: most }, (_, i) => (most === 1 ? 0 : Math.round((i * (length - 1)) / (most - 1))))

/**
 * Rounds values to what a chart can show, which makes its JSON a third of the size: `digits` digits of their range, so that values far from
 * zero and close to each other stay apart.
 */
export function roundedTo(digits: number, values: ArrayLike<number>): (value: number) => number {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i])
    high = Math.max(high, values[i])
  }
  const offset = high > low ? Math.max(Math.abs(low), Math.abs(high)) / (high - low) : 1
  const kept = Math.min(17, digits + Math.max(0, Math.ceil(Math.log10(offset))))
  return (value) => Number(value.toPrecision(kept))
}

/** An axis with its title, in at most two lines of `width` letters. */
export function axis(title: string, more: Record<string, unknown> = {}, width = AXIS_WIDTH): Record<string, unknown> {
  return {
    title: { text: plainText(title, width, 2), standoff: 12 },
    automargin: true,
    gridcolor: '#e6e6e6',
    linecolor: '#888888',
    zeroline: false,
    exponentformat: 'power',
    ...more,
  }
}

/** The layout that all charts start from; `height` in pixels, the width is the page's. */
export function baseLayout(title: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const text = plainText(title, TITLE_WIDTH, 4)
  const lines = text.split('<br>').length
  return {
    title: { text, x: 0, xref: 'paper', xanchor: 'left', y: 1, yref: 'container', yanchor: 'top', pad: { t: 16 }, font: { size: 16 } },
    font: { family: 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif', size: 13, color: '#222222' },
    margin: { l: 64, r: 24, t: 32 + lines * LINE_HEIGHT, b: 56 },
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    hoverlabel: { align: 'left', namelength: -1 },
    height: 420,
    ...more,
  }
}

/** Refuses values that are no finite numbers, by their index. */
export function checkFinite(where: string, what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) throw new RangeError(`${where}: expected finite ${what}, got ${values[i]} (index ${i})`)
}
