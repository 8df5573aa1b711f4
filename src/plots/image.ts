import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { checkNames } from '../optionChecks.js'
import { withPage } from './browser.js'
import type { Figure } from './figure.js'
import { FITTED } from './fit.js'
import { plotlyFile } from './plotlyScript.js'
import { figuresToHtml } from './render.js'
import { scriptJson } from './html.js'
import { writeWhole } from './writeWhole.js'

/** Options of a figure as an image. */
export interface ImageOptions {
  /** 'png' (default) or 'svg'. */
  format?: 'png' | 'svg'
  /** Pixels (default 900). */
  width?: number
  /** Pixels (default: the figure's own, else 420). */
  height?: number
  /** Dots of a PNG for each pixel (default 2, sharp on any screen). */
  scale?: number
}

const SIZES = ['width', 'height', 'scale']

/**
 * A figure as PNG or SVG, drawn by the Chromium, Chrome or Edge that is installed, without a window and without network; one second.
 * @throws Error where there is no browser, with the ways to get on; RangeError for sizes that cannot be
 */
export async function toImage({ data, layout }: Figure, options: ImageOptions = {}): Promise<Uint8Array> {
  const where = 'toImage'
  checkNames(where, options, ['format', ...SIZES])
  const { format = 'png', width = 900, height = typeof layout.height === 'number' ? layout.height : 420, scale = 2 } = options
  for (const [name, value] of Object.entries({ width, height, scale }))
    if (!(value > 0 && value <= 10_000)) throw new RangeError(`${where}: expected ${name} to be above 0 and at most 10,000, got ${value}`)
  if (format !== 'png' && format !== 'svg') throw new RangeError(`${where}: expected format to be 'png' or 'svg', got '${format}'`)
  const plotly = await readFile(plotlyFile(), 'utf8')
  const url = await withPage(where, { width, height }, async ({ evaluate }) => {
    await evaluate(`${plotly}\n;0`)
    return evaluate(
      `Plotly.toImage((${FITTED})({ data: ${scriptJson(data)}, layout: ${scriptJson(layout)} }, ${width}), ${JSON.stringify({ format, width, height, scale: format === 'png' ? scale : 1 })})`,
    )
  })
  const [head, body] = String(url).split(/,(.*)/s)
  return head.endsWith(';base64') ? Buffer.from(body, 'base64') : Buffer.from(decodeURIComponent(body))
}

/**
 * Writes a figure to a file whose name ends in '.html' (self-contained; no browser is needed to write it), '.png' or '.svg'. Makes the
 * folder if it is missing. The file is written as a whole or not at all.
 */
export async function writeFigure(path: string, figure: Figure, options: Omit<ImageOptions, 'format'> = {}): Promise<void> {
  checkNames('writeFigure', options, SIZES)
  const ending = extname(path).toLowerCase()
  if (ending === '.html') return writeWhole(path, figuresToHtml({ title: titleOf(figure), sections: [{ heading: '', figure }] }))
  if (ending !== '.png' && ending !== '.svg')
    throw new RangeError(`writeFigure: expected a name that ends in .html, .png or .svg, got '${path}'`)
  return writeWhole(path, await toImage(figure, { ...options, format: ending === '.png' ? 'png' : 'svg' }))
}

function titleOf({ layout }: Figure): string {
  const text = (layout.title as { text?: unknown } | undefined)?.text
  return typeof text === 'string' ? text.replace(/<[^>]*>/g, ' ') : 'Figure'
}
