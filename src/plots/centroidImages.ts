import type { Figure } from './figure.js'
import { baseLayout, checkFinite, plainText, roundedTo } from './figure.js'
import { counted, formatCount } from '../numberText.js'
import { checkNames } from '../optionChecks.js'

/** Options of centroidImages. */
export interface CentroidImagesOptions {
  /** Default: 'Means of 10 clusters', with '(100 shown)' where there are more. */
  title?: string
  /** A caption for each image (default: its number). */
  names?: readonly string[]
  /** Images in a row (default: about twice as many as rows, whichever leaves the last row fullest). */
  perRow?: number
  /** Images shown, the first ones (default 100). */
  maxImages?: number
}

/** Space between images, and for a caption above each, as parts of an image's size. */
const GAP = 0.12
const CAPTION = 0.28
/** Captions below this many pixels per image would run into each other. */
const MIN_CAPTION_CELL = 44
/** Width that the charts are laid out for; wider pages leave a margin. */
const WIDTH = 720

/**
 * Centroids drawn as a grid of images: one heat map, on one scale, dark where the value is low.
 * @param centroids k·d values, row by row, such as `model.centroids`
 * @param shape [rows, columns] of one image, with rows · columns = d: [28, 28] for MNIST
 */
export function centroidImages(centroids: ArrayLike<number>, shape: readonly number[], options: CentroidImagesOptions = {}): Figure {
  checkNames('centroidImages', options, ['title', 'names', 'perRow', 'maxImages'])
  const where = 'centroidImages'
  const [rows, columns] = shape
  if (shape.length !== 2 || !shape.every((s) => Number.isInteger(s) && s > 0))
    throw new RangeError(`${where}: expected a shape of [rows, columns], got [${shape.join(', ')}]`)
  const d = rows * columns
  const k = centroids.length / d
  if (k === 0 || !Number.isInteger(k))
    throw new RangeError(`${where}: expected k · ${d} values (k images of ${rows} × ${columns}), got ${centroids.length}`)
  checkFinite(where, 'centroids', centroids)
  const { maxImages = 100, names } = options
  if (names && names.length !== k) throw new RangeError(`${where}: expected k = ${k} names, got ${names.length}`)
  const shown = Math.min(k, maxImages)
  const perRow = Math.min(shown, options.perRow ?? fullestRow(shown))
  if (!(Number.isInteger(perRow) && perRow > 0))
    throw new RangeError(`${where}: expected perRow and maxImages to be positive integers, got ${options.perRow} and ${maxImages}`)

  const grid = gridOf(shown, perRow, [rows, columns])
  const { cellPixels, width, height } = grid
  const heatmap = {
    type: 'heatmap',
    z: pixels(centroids, grid),
    colorscale: [
      [0, '#000000'],
      [1, '#ffffff'],
    ],
    showscale: false,
    hoverongaps: false,
    hovertemplate: '%{z}<extra></extra>',
  }
  // Not `visible: false`: with it Plotly would ignore to which side the images are to stand.
  const bare = { showgrid: false, zeroline: false, showticklabels: false, ticks: '', fixedrange: true, constrain: 'domain' }
  const layout = baseLayout(options.title ?? `Means of ${counted(k, 'cluster')}${shown < k ? ` (${formatCount(shown)} shown)` : ''}`, {
    xaxis: { ...bare, range: [-0.5, width - 0.5], constraintoward: 'left' },
    yaxis: { ...bare, range: [height - 0.5, -0.5], scaleanchor: 'x', constraintoward: 'top' },
    margin: { l: 12, r: 12, t: 52, b: 12 },
    height: 64 + Math.ceil((height / width) * Math.min(WIDTH, perRow * cellPixels)),
    showlegend: false,
  })
  return { data: grid.captions ? [heatmap, captionTrace(grid, names)] : [heatmap], layout }
}

/** Where the images stand. Lengths are in pixels of the images, each of which is one cell of the heat map. */
interface Grid {
  shown: number
  rows: number
  columns: number
  width: number
  height: number
  /** Height of the strip above each image. */
  caption: number
  /** Whether there is room for words in it. */
  captions: boolean
  /** Width of an image on the page, in CSS pixels. */
  cellPixels: number
  /** The upper left corner of image j. */
  corner(j: number): { top: number; left: number }
}

function gridOf(shown: number, perRow: number, [rows, columns]: readonly [number, number]): Grid {
  const gap = Math.max(1, Math.round(GAP * columns))
  const cellPixels = Math.min(130, WIDTH / perRow)
  const captions = cellPixels >= MIN_CAPTION_CELL
  const caption = captions ? Math.max(1, Math.round(CAPTION * Math.max(rows, columns))) : gap
  const width = perRow * (columns + gap) - gap
  const height = Math.ceil(shown / perRow) * (rows + caption)
  const corner = (j: number): { top: number; left: number } => ({
    top: Math.floor(j / perRow) * (rows + caption) + caption,
    left: (j % perRow) * (columns + gap),
  })
  return { shown, rows, columns, width, height, caption, captions, cellPixels, corner }
}

/** The heat map: the images' values, null between them. */
function pixels(centroids: ArrayLike<number>, { shown, rows, columns, width, height, corner }: Grid): (number | null)[][] {
  const z: (number | null)[][] = Array.from({ length: height }, () => new Array<number | null>(width).fill(null))
  const rounded = roundedTo(3, centroids)
  for (let j = 0; j < shown; j++) {
    const { top, left } = corner(j)
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) z[top + r][left + c] = rounded(centroids[(j * rows + r) * columns + c])
  }
  return z
}

/** The images' names, or else their numbers, as text above them, cut to the width of an image. */
function captionTrace({ shown, columns, caption, cellPixels, corner }: Grid, names?: readonly string[]): Figure['data'][number] {
  const images = Array.from({ length: shown }, (_, j) => ({ ...corner(j), name: names?.[j] ?? String(j) }))
  return {
    type: 'scatter',
    mode: 'text',
    x: images.map(({ left }) => left + (columns - 1) / 2),
    y: images.map(({ top }) => top - 0.5 - caption * 0.42),
    text: images.map(({ name }) => plainText(name, Math.floor(cellPixels / 8), 1)),
    textfont: { size: cellPixels > 70 ? 13 : 11 },
    hoverinfo: 'skip',
    cliponaxis: false,
  }
}

/** Images in a row: among grids of about two to one, the one with the fewest empty places. */
function fullestRow(shown: number): number {
  let best = Math.ceil(Math.sqrt(1.5 * shown))
  for (let perRow = best + 1; perRow <= Math.sqrt(2.5 * shown); perRow++) {
    const empty = (columns: number): number => Math.ceil(shown / columns) * columns - shown
    if (empty(perRow) < empty(best)) best = perRow
  }
  return best
}
